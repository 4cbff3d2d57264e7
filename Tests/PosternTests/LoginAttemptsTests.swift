import Postern
import PosternTesting
import Synchronization
import Testing

@Suite struct LoginAttemptsTests {
  private let clock = StoppedClock()
  private let counts = LocalAttemptCounts()
  private let attempts: LoginAttempts
  private let ada: Account

  init() {
    attempts = LoginAttempts(settings: Settings(), counts: counts, browsers: OpenSeal(), clock: clock)
    ada = Account(
      id: AccountID(1), email: EmailAddress("ada@example.com")!, passwordHash: "hash",
      createdAt: Instant(seconds: 0), updatedAt: Instant(seconds: 0))
  }

  /// What one attempt at Ada's password ends in: right, wrong, or so many seconds to wait.
  private enum End: Equatable { case right, wrong, wait(Int64) }

  private func attempt(
    _ isRight: Bool = false, account: Account?? = .none, name: String? = nil, address: String = "192.0.2.1",
    mark: UInt64? = nil
  ) -> End {
    let account = account ?? (name == nil ? ada : nil)
    var client = Client(address: address, userAgent: "agent")
    if let mark, let account { client.browserMarks = ["junk", OpenSeal().text(of: BrowserMark(mark), for: account)] }
    do throws(AuthError) {
      let key = name ?? account?.email.text ?? "?"
      return try attempts.check(account, name: key, client: client) { () throws(AuthError) in isRight ? true : nil }
        ?? false
        ? .right : .wrong
    } catch .tooManyAttempts(let wait) {
      return .wait(wait.components.seconds)
    } catch {
      Issue.record(error)
      return .wrong
    }
  }

  /// From that many addresses of different networks, one attempt each.
  private func botnet(_ count: Int, from first: Int = 0, account: Account?? = .none) -> [End] {
    (first..<first + count).map { attempt(account: account, address: "10.1.\($0 >> 8).\($0 & 255)") }
  }

  @Test func fiveMissesAreFree() {
    for _ in 0..<4 { #expect(attempt() == .wrong) }
    #expect(attempt(true) == .right)
    for _ in 0..<5 { #expect(attempt() == .wrong, "a right one shows that those before were slips") }
    #expect(attempt(true) == .wait(60))
    #expect(attempt(name: "bob@example.com") == .wrong, "the account, not all accounts behind the address")
    #expect(attempt(address: "192.0.2.2") == .wrong, "the address, not the account from everywhere")
  }

  @Test func eachWaitIsTwiceAsLongUpToTheWindow() {
    for _ in 0..<5 { _ = attempt() }
    for seconds: Int64 in [60, 120, 240, 480, 960, 1_800, 1_800] {
      #expect(attempt() == .wait(seconds))
      clock.advance(by: .seconds(seconds - 1))
      #expect(attempt() == .wait(1), "asking prolongs nothing")
      clock.advance(by: .seconds(1))
      #expect(attempt() == .wrong, "one attempt, and then the next wait")
    }
    #expect(attempt() == .wait(1_800))
    clock.advance(by: .seconds(1_800))
    #expect(attempt(true) == .right)
    for _ in 0..<5 { #expect(attempt() == .wrong) }
  }

  @Test func itIsForgottenAfterTheWindow() {
    for _ in 0..<5 { _ = attempt() }
    clock.advance(by: .seconds(60 + 1_799))
    #expect(attempt() == .wrong)
    #expect(attempt() == .wait(120), "not yet")
    clock.advance(by: .seconds(120 + 1_800))
    for _ in 0..<5 { #expect(attempt() == .wrong) }
    #expect(attempt() == .wait(60))
  }

  @Test func aNetworkMayMissTenTimesAsOftenOverAllAccounts() {
    for number in 0..<50 { #expect(attempt(name: "user\(number)@example.com") == .wrong) }
    #expect(attempt(name: "fresh@example.com") == .wait(60))
    #expect(attempt(true) == .wait(60), "a right one, too")
    #expect(attempt(name: "fresh@example.com", address: "192.0.2.2") == .wrong)
    clock.advance(by: .seconds(60))
    for number in 50..<60 { #expect(attempt(name: "user\(number)@example.com") == .wrong) }
    #expect(attempt(name: "fresh@example.com") == .wait(120))
  }

  @Test func signingInDoesNotRenewAGuesserOfOtherAccounts() {
    for number in 0..<50 {
      #expect(attempt(name: "user\(number)@example.com") == .wrong)
      if number < 49 { #expect(attempt(true) == .right) }
    }
    #expect(attempt(name: "fresh@example.com") == .wait(60))
  }

  @Test func anIPv6SubscriberIsOneNetwork() {
    for number in 0..<5 { #expect(attempt(address: "2001:db8:1:2::\(number + 1)") == .wrong) }
    #expect(attempt(address: "2001:db8:1:2:ffff:ffff:ffff:ffff") == .wait(60))
    #expect(attempt(address: "2001:db8:1:3::1") == .wrong)
    for _ in 0..<4 { #expect(attempt(address: "::ffff:192.0.2.9") == .wrong) }
    #expect(attempt(address: "192.0.2.9") == .wrong)
    #expect(attempt(address: "192.0.2.9") == .wait(60))
  }

  @Test func manyAddressesGuessOneAccountAndItsOwnerGetsIn() {
    #expect(botnet(50).allSatisfy { $0 == .wrong })
    #expect(botnet(200, from: 50).allSatisfy { $0 == .wait(60) })
    #expect(attempt(true, mark: 7) == .right, "the browser that has signed in before does not wait")
    #expect(attempt(true, address: "203.0.113.1") == .wait(60), "another one does")
    clock.advance(by: .seconds(60))
    #expect(attempt(true, address: "203.0.113.1") == .right, "and gets in then")
    #expect(botnet(10, from: 300).allSatisfy { $0 == .wrong })
    #expect(botnet(1, from: 400) == [.wait(120)], "the guessers do not begin anew for that")
  }

  @Test func anotherPasswordMakesAllCountsWorthless() {
    _ = botnet(60)
    for _ in 0..<5 { _ = attempt(mark: 7) }
    var reset = ada
    reset.epoch += 1
    #expect(attempt(true, account: reset, address: "203.0.113.1") == .right, "whoever has reset it signs in at once")
    #expect(botnet(60, from: 100, account: reset).count { $0 == .wrong } == 50)
    #expect(attempt(true, account: reset, mark: 8) == .right)
  }

  @Test func aKnownBrowserCountsForItselfAlone() {
    for _ in 0..<5 { #expect(attempt(mark: 7) == .wrong) }
    #expect(attempt(true, mark: 7) == .wait(60), "a stolen mark gives a few guesses")
    #expect(attempt(true, mark: 8) == .right)
    #expect(attempt(true) == .right)
    clock.advance(by: .seconds(60))
    #expect(attempt(mark: 7) == .wrong)
    #expect(attempt(true, mark: 7) == .wait(120))
  }

  @Test func aMarkIsForOneAccountInOneEpoch() {
    var bob = ada
    bob.id = AccountID(2)
    bob.email = EmailAddress("bob@example.com")!
    var later = ada
    later.epoch += 1
    let client = Client(
      address: "192.0.2.1", userAgent: "", browserMarks: [OpenSeal().text(of: BrowserMark(7), for: ada)])
    for other in [bob, later] {
      for _ in 0..<5 { _ = attempt(account: other) }
      #expect(throws: AuthError.tooManyAttempts(wait: .seconds(60))) {
        try attempts.check(other, name: other.email.text, client: client) { () throws(AuthError) in true }
      }
    }
  }

  @Test func unknownAccountsCountLikeKnownOnes() {
    for _ in 0..<5 { #expect(attempt(name: "nobody@example.com") == .wrong) }
    #expect(attempt(name: "nobody@example.com") == .wait(60))
  }

  @Test func ofAHundredAtOnceNoMoreAreTriedThanAllowed() {
    let tried = Atomic<Int>(0)
    let ends = concurrently(100) { number in
      do throws(AuthError) {
        let proof = try attempts.check(ada, name: ada.email.text, client: .test) { () throws(AuthError) -> Bool? in
          tried.add(1, ordering: .relaxed)
          return nil
        }
        return proof == nil ? "wrong" : "right"
      } catch { return "wait" }
    }
    #expect(tried.load(ordering: .relaxed) == 5)
    #expect(ends.count { $0 == "wrong" } == 5 && ends.count { $0 == "wait" } == 95)
  }

  @Test func whatCouldNotBeCheckedDoesNotCount() {
    for _ in 0..<20 {
      #expect(throws: AuthError.unavailable("memory")) {
        try attempts.check(ada, name: ada.email.text, client: .test) { () throws(AuthError) -> Bool? in
          throw .unavailable("memory")
        }
      }
    }
    #expect(counts.size == 0)
    #expect(attempt(true) == .right)
  }

  @Test func successesLeaveNothingBehind() {
    for number in 0..<100 { #expect(attempt(true, address: "10.2.3.\(number)", mark: UInt64(number)) == .right) }
    #expect(counts.size == 0)
  }

  /// Memory is bounded, and a flood of single failures does not set anybody free.
  @Test func aFloodOfAccountsForgetsNobodyWhoHasToWait() {
    let counts = LocalAttemptCounts(capacity: 10_000)
    let attempts = LoginAttempts(settings: Settings(), counts: counts, browsers: OpenSeal(), clock: clock)
    func fail(_ name: String, _ address: String) -> Bool {
      let client = Client(address: address, userAgent: "agent")
      do throws(AuthError) {
        _ = try attempts.check(nil, name: name, client: client) { () throws(AuthError) -> Bool? in nil }
        return true
      } catch { return false }
    }
    for _ in 0..<5 { #expect(fail("ada", "198.51.100.7")) }
    for number in 0..<30_000 {
      #expect(fail("u\(number)", "10.\(number >> 16).\(number >> 8 & 255).\(number & 255)"))
    }
    #expect(counts.size <= 10_003)
    #expect(!fail("ada", "198.51.100.7"))
  }
}
