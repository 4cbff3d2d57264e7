import Postern
import PosternTesting
import Testing

/// Threat 19.
@Suite struct CodeAttemptsTests {
  private let stand = Stand()

  private enum End: Equatable { case right, wrong, wait(Int64) }

  private func attempt(
    _ account: Account, _ isRight: Bool = false, address: String = "192.0.2.1", mark: UInt64? = nil
  ) -> End {
    var client = Client(address: address, userAgent: "agent")
    if let mark { client.browserMarks = ["junk", OpenSeal().text(of: BrowserMark(mark), for: account)] }
    do throws(AuthError) {
      let proof = try stand.codeAttempts.check(of: account, client: client) { () throws(AuthError) -> Bool? in
        isRight ? true : nil
      }
      return proof == nil ? .wrong : .right
    } catch .tooManyAttempts(let wait) {
      return .wait(wait.components.seconds)
    } catch {
      Issue.record(error)
      return .wrong
    }
  }

  @Test func missesCountTogetherWhereverTheyComeFromAndARightCodeForgivesNone() throws {
    let ada = try stand.account()
    for number in 0..<4 { #expect(attempt(ada, address: "10.0.\(number).1") == .wrong) }
    #expect(attempt(ada, true) == .right)
    #expect(attempt(ada, address: "2001:db8::1") == .wrong, "the fifth")
    #expect(attempt(ada, true, address: "198.51.100.1") == .wait(60))
    for seconds: Int64 in [60, 120, 240, 480, 960, 1_800, 1_800] {
      #expect(attempt(ada, true) == .wait(seconds))
      stand.clock.advance(by: .seconds(seconds))
      #expect(attempt(ada) == .wrong)
    }
    stand.clock.advance(by: .seconds(3_600))
    #expect(attempt(ada, true) == .right)
  }

  @Test func anotherAccountCountsForItself() throws {
    let (ada, bob) = (try stand.account(), try stand.account("bob"))
    for _ in 0..<5 { _ = attempt(ada) }
    #expect(attempt(bob, true) == .right)
  }

  /// Whoever reads the mail, or has a session and the password, can set as many as they like.
  @Test func anotherPasswordBringsNoMoreGuesses() throws {
    var ada = try stand.account()
    for _ in 0..<5 { #expect(attempt(ada) == .wrong) }
    for _ in 0..<3 {
      ada.epoch += 1
      #expect(attempt(ada, true) == .wait(60))
    }
    // A mark of the new password is one of a browser that has signed in with it, and yet all of them count together.
    let ends = (0..<60).map { (number: UInt64) in
      ada.epoch += 1
      return attempt(ada, mark: number)
    }
    #expect(ends.prefix(50).allSatisfy { $0 == .wrong })
    #expect(ends.dropFirst(50).allSatisfy { $0 == .wait(60) })
  }

  @Test func whoKnowsThePasswordLocksNobodyOutOfTheBrowserTheyUse() throws {
    let ada = try stand.account()
    for _ in 0..<5 { #expect(attempt(ada) == .wrong) }
    #expect(attempt(ada, true, mark: 7) == .right)
    for _ in 0..<5 { #expect(attempt(ada, mark: 7) == .wrong) }
    #expect(attempt(ada, true, mark: 7) == .wait(60))
    #expect(attempt(ada, true, mark: 8) == .right)
  }

  /// Whoever knew the password before there was a second factor may have signed in a thousand times.
  @Test func manyMarksAreNoWayAround() throws {
    let ada = try stand.account()
    let ends = (0..<100).map { attempt(ada, mark: $0) }
    #expect(ends.prefix(50).allSatisfy { $0 == .wrong })
    #expect(ends.dropFirst(50).allSatisfy { $0 == .wait(60) })
  }

  /// Whoever else knows the password may have as many mailed as they like.
  @Test func nobodyUsesUpTheMailedCodesOfTheBrowserTheyUse() throws {
    let stand = Stand { $0.secondFactors.isEnabled = true }
    let ada = try stand.account(isVerified: true)
    try stand.enrolEmail(ada)
    func mailed(_ count: Int, to client: Client) throws -> Int {
      for _ in 0..<count {
        let pending = try stand.signIn.login(
          email: "ada@example.com", password: "correct horse", client: client, replacing: nil
        ).pending
        try stand.secondStep.mailCode(
          BroughtTicket(text: pending.ticket, browserSecrets: [pending.browserSecret]), client: client)
      }
      return stand.storage.mails.filter { $0.kind == .signInCode }.count
    }
    #expect(try mailed(10, to: .test) == 5)
    var known = Client.test
    known.browserMarks = [OpenSeal().text(of: BrowserMark(7), for: ada)]
    #expect(try mailed(1, to: known) == 6)
    #expect(try mailed(10, to: known) == 10)
  }

  @Test func theOwnerIsToldOnceAnHour() throws {
    let ada = try stand.account(isVerified: true)
    for _ in 0..<4 { _ = attempt(ada) }
    #expect(stand.storage.mails.isEmpty)
    _ = attempt(ada)
    #expect(stand.storage.mails.map(\.kind) == [.codesFailed])
    #expect(stand.storage.mails.map(\.recipient) == [ada.email])
    #expect(stand.storage.entries.last?.event.action == .codesRefused)
    #expect(stand.storage.entries.last?.event.target == ada.id)
    stand.clock.advance(by: .seconds(60))
    _ = attempt(ada)
    #expect(stand.storage.mails.count == 1)
    #expect(stand.storage.entries.filter { $0.event.action == .codesRefused }.count == 2)
    stand.clock.advance(by: .seconds(3_600))
    for _ in 0..<5 { _ = attempt(ada) }
    #expect(stand.storage.mails.count == 2)
  }

  @Test func whatCouldNotBeCheckedCountsForNothing() throws {
    let ada = try stand.account()
    for _ in 0..<10 {
      #expect(throws: AuthError.unavailable("disk")) {
        try stand.codeAttempts.check(of: ada, client: .test) { () throws(AuthError) -> Bool? in
          throw .unavailable("disk")
        }
      }
    }
    #expect(attempt(ada, true) == .right)
  }
}
