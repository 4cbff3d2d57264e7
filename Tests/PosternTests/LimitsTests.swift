import Postern
import PosternTesting
import Testing

private let here = Network(of: "192.0.2.1")

@Suite struct LimitsTests {
  private let clock = StoppedClock()

  private func limits(_ change: (inout LimitSettings) -> Void = { _ in }) -> Limits {
    var settings = LimitSettings()
    change(&settings)
    return Limits(settings: settings, counts: LocalRateLimit(), clock: clock)
  }

  @Test func aWindowBeginsWithTheFirstAndEnds() throws {
    let limits = limits { $0.standard = Rate.list("3 per minute")! }
    for remaining in [2, 1, 0] {
      let standing = try #require(limits.count(.standard, of: here))
      #expect(!standing.isExceeded && standing.remaining == remaining && standing.seconds == 60)
    }
    clock.advance(by: .seconds(20))
    let refused = try #require(limits.count(.standard, of: here))
    #expect(refused.isExceeded && refused.remaining == 0 && refused.seconds == 40)
    #expect(limits.count(.standard, of: Network(of: "192.0.2.2"))?.isExceeded == false, "each network for itself")
    clock.advance(by: .milliseconds(39_500))
    #expect(limits.count(.standard, of: here)?.seconds == 1, "a refusal prolongs nothing; half a second is a second")
    clock.advance(by: .milliseconds(500))
    #expect(limits.count(.standard, of: here)?.remaining == 2)
  }

  @Test func allRatesOfAClassHoldAndTheTightestIsSaid() throws {
    let limits = limits { $0.standard = Rate.list("4 per hour; 3 per minute")! }
    #expect(limits.count(.standard, of: here)?.rate.count == 3)
    _ = limits.count(.standard, of: here)
    _ = limits.count(.standard, of: here)
    clock.advance(by: .seconds(60))
    let fourth = try #require(limits.count(.standard, of: here))
    #expect(fourth.rate.count == 4 && fourth.remaining == 0 && !fourth.isExceeded)
    let fifth = try #require(limits.count(.standard, of: here))
    #expect(fifth.isExceeded && fifth.seconds == 3_540)
  }

  @Test func aClassCountsForItselfAndForAll() throws {
    let limits = limits {
      $0.standard = Rate.list("3 per hour")!
      $0.login = Rate.list("1 per hour")!
    }
    #expect(limits.count(.login, of: here)?.isExceeded == false)
    #expect(limits.count(.login, of: here)?.isExceeded == true)
    #expect(limits.count(.mail, of: here)?.isExceeded == false, "another class is not full")
    #expect(limits.count(.standard, of: here)?.isExceeded == true, "all together are")
  }

  @Test func whatWasCountedBeforeIsOnlyLookedAt() {
    let limits = limits { $0.standard = Rate.list("2 per hour")! }
    _ = limits.count(.standard, of: here)
    for _ in 0..<5 { #expect(limits.count(.standard, of: here, isCounted: true)?.remaining == 1) }
  }

  @Test func nothingIsLimitedWhereNothingIsAskedFor() {
    #expect(limits().count(.none, of: here) == nil)
    #expect(limits { $0.isEnabled = false }.count(.login, of: here) == nil)
    #expect(limits { $0.isEnabled = false }.countWrite(of: AccountID(1)) == nil)
    let open = limits {
      $0.standard = []
      $0.writes = []
    }
    #expect(open.count(.standard, of: here) == nil && open.countWrite(of: AccountID(1)) == nil)
    let off = limits {
      $0.isEnabled = false
      $0.mailPerAddress = Rate.list("1 per day")!
    }
    for _ in 0..<3 { #expect(off.allowMail(to: EmailAddress("ada@example.com")!)) }
  }

  @Test func anAccountsWritesAreCountedWhereverItIs() throws {
    let limits = limits { $0.writes = Rate.list("2 per minute")! }
    #expect(
      try [1, 1, 1, 2].map { try #require(limits.countWrite(of: AccountID($0))).isExceeded } == [
        false, false, true, false,
      ])
  }

  @Test func aMailboxIsNotFlooded() {
    let limits = limits { $0.mailPerAddress = Rate.list("2 per hour; 3 per day")! }
    let ada = EmailAddress("ada@example.com")!
    #expect((0..<3).map { _ in limits.allowMail(to: ada) } == [true, true, false])
    #expect(!limits.allowMail(to: EmailAddress("ADA@example.com")!), "however it is written")
    #expect(limits.allowMail(to: EmailAddress("bob@example.com")!))
    clock.advance(by: .seconds(3_600))
    #expect(!limits.allowMail(to: ada), "the day is used up")
  }

  /// Nobody is locked out by a stranger who uses the limit up: what is refused is in the mailbox already, and good.
  @Test func aLinkThatIsNotThereYetGoesOutBeyondTheLimit() {
    let limits = limits { $0.mailPerAddress = Rate.list("2 per hour; 3 per day")! }
    let ada = EmailAddress("ada@example.com")!
    for _ in 0..<9 { _ = limits.allowMail(to: ada) }
    #expect((0..<3).map { _ in limits.allowMail(to: ada, bringing: .resetPassword) } == [true, false, false])
    #expect((0..<3).map { _ in limits.allowMail(to: ada, bringing: .confirmAddress) } == [true, false, false])
    clock.advance(by: .seconds(3_600))
    #expect(limits.allowMail(to: ada, bringing: .resetPassword), "the last one is good no more")
    #expect(!limits.allowMail(to: ada, bringing: .resetPassword))
    #expect(!limits.allowMail(to: ada, bringing: .confirmAddress), "that one is")
    #expect(!limits.allowMail(to: ada), "and what brings none waits")
  }

  @Test func whatStrangersAskForSilencesNoNotice() {
    let limits = limits { $0.mailPerAddress = Rate.list("2 per hour")! }
    let ada = EmailAddress("ada@example.com")!
    for _ in 0..<9 { _ = limits.allowMail(to: ada) }
    #expect((0..<3).map { _ in limits.allowNotice(toUnproven: ada) } == [true, true, false])
  }

  /// What a class, or an office, does in the morning: everybody signs in within minutes, some miss, some register.
  @Test func aClassBehindOneAddressIsNotLimited() {
    let limits = limits()
    for second in 0..<300 {
      for what in [Limit.Class.standard, .standard, .standard, .login] {
        #expect(limits.count(what, of: here)?.isExceeded == false, "second \(second)")
      }
      if second.isMultiple(of: 10) { #expect(limits.count(.register, of: here)?.isExceeded == false) }
      if second.isMultiple(of: 30) { #expect(limits.count(.mail, of: here)?.isExceeded == false) }
      clock.advance(by: .seconds(1))
    }
  }
}

@Suite struct LocalRateLimitTests {
  private func key(_ number: Int, _ what: Limit.Class = .standard) -> RateKey {
    let address = "10.\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)"
    return RateKey(what, .network(Network(of: address)), window: 3_600)
  }

  @Test func aFloodOfAddressesStaysBoundedAndSetsNobodyFree() {
    let limit = LocalRateLimit(shardCapacity: 16)
    let guilty = (0..<20).map { key(0xFFFF00 + $0) }
    for key in guilty { _ = limit.count(key, adding: 1_000, at: .zero) }
    for number in 0..<30_000 { _ = limit.count(key(number), adding: 1, at: .zero) }
    #expect(limit.size <= 64 * 16)
    for key in guilty { #expect(limit.count(key, adding: 1, at: .zero).count == 1_001) }
  }

  /// Whoever comes back after having been dropped is counted at least as often as they came.
  @Test func nobodyIsCountedTooLow() {
    let limit = LocalRateLimit(shardCapacity: 8)
    var came = [Int: Int]()
    var state: UInt64 = 1
    for _ in 0..<20_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let number = Int((state >> 33) % 3_000)
      came[number, default: 0] += 1
      #expect(limit.count(key(number), adding: 1, at: .zero).count >= came[number]!)
    }
  }

  @Test func whatIsOverMakesRoomFirst() {
    let limit = LocalRateLimit(shardCapacity: 16)
    for number in 0..<3_000 { _ = limit.count(key(number), adding: 5, at: .zero) }
    let later = Duration.seconds(3_600)
    #expect(limit.count(key(20_000), adding: 1, at: later).count == 1, "it inherits nothing from what is over")
    for number in 0..<64 { #expect(limit.count(key(number), adding: 1, at: later).count == 1) }
  }

  @Test func parallelCountsAreAllCounted() {
    let limit = LocalRateLimit()
    _ = concurrently(8) { _ in for _ in 0..<1_000 { _ = limit.count(self.key(1), adding: 1, at: .zero) } }
    #expect(limit.count(key(1), adding: 0, at: .zero).count == 8_000)
  }
}
