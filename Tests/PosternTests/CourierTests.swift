import Postern
import PosternTesting
import Synchronization
import Testing

@Suite struct CourierTests {
  private let clock = StoppedClock()
  private let storage: MemoryStorage
  private let carrier = Carrier()
  private let log = RecordingLog()
  private let random = SequenceRandom()
  private let courier: Courier

  init() {
    storage = MemoryStorage(clock: clock)
    courier = Courier(outbox: storage.outbox, writer: Writer(), carrier: carrier, clock: clock, log: log)
  }

  private func post(_ name: String, link: Link.Purpose? = nil) throws {
    try storage.outbox.post(
      Mail(.passwordChanged, to: EmailAddress("\(name)@example.com")!, link: link, random: random))
    clock.advance(by: .microseconds(1))
  }

  /// Lets the courier work once a second. Whom mails were tried for, in the order of the attempts.
  private func work(seconds: Int) throws -> [String] {
    let before = carrier.tried.withLock { $0.count }
    for _ in 0..<seconds {
      try courier.work()
      clock.advance(by: .seconds(1))
    }
    return carrier.tried.withLock { Array($0[before...]) }
  }

  private func waiting() throws -> [OutgoingMail] { try storage.outbox.list(after: nil, limit: 99) }

  @Test func allThatIsDueIsDeliveredInOneGoAndOnce() throws {
    for name in ["ann", "ben", "cem"] { try post(name) }
    #expect(try work(seconds: 1) == ["ann", "ben", "cem"])
    #expect(try waiting() == [])
    #expect(try work(seconds: 100) == [])
    #expect(carrier.rests.load(ordering: .relaxed) == 101)
  }

  @Test func aRefusedMailIsGivenUpAndHoldsUpNobody() throws {
    for name in ["ann", "ben"] { try post(name) }
    carrier.fails(for: "ann", DeliveryFailure(.refused, "550 no such user"))
    #expect(try work(seconds: 100) == ["ann", "ben"])
    #expect(try waiting().map(\.problem) == ["550 no such user"])
    #expect(try waiting()[0].givenUpAt != nil)
    #expect(log.lines.filter { $0.level == .error }.map(\.event) == ["mail given up"])
  }

  @Test func aDeferredMailIsTriedAgainAfterLongerAndLongerWaits() throws {
    try post("ann")
    carrier.fails(for: "ann", DeliveryFailure(.deferred, "451 later"))
    var attempts: [Int] = []
    for second in 0..<9_000 where try work(seconds: 1) != [] { attempts.append(second) }
    #expect(attempts == [0, 1, 6, 36, 156, 756, 2_556, 6_156])
    carrier.fails(for: "ann", nil)
    #expect(try work(seconds: 3_600) == ["ann"])
    #expect(try waiting() == [])
  }

  @Test func aDeferredMailHoldsUpNobody() throws {
    for name in ["ann", "ben", "cem"] { try post(name) }
    carrier.fails(for: "ann", DeliveryFailure(.deferred, "451 later"))
    #expect(try work(seconds: 1) == ["ann", "ben", "cem"])
  }

  @Test func whileTheServerIsAwayOneMailAfterAnotherAsksForIt() throws {
    for name in ["ann", "ben", "cem"] { try post(name) }
    carrier.fails(for: nil, DeliveryFailure(.server, "cannot be reached"))
    var attempts: [Int] = []
    for second in 0..<60 where try work(seconds: 1) != [] { attempts.append(second) }
    #expect(attempts == [0, 1, 3, 8, 18, 48], "seldom, however many wait")
    #expect(Set(carrier.tried.withLock { $0 }) == ["ann", "ben", "cem"])
    carrier.fails(for: nil, nil)
    #expect(Set(try work(seconds: 150)) == ["ann", "ben", "cem"], "all of them within two minutes and a half")
    #expect(try waiting() == [])
  }

  @Test func otherSettingsAreTriedAtOnce() throws {
    for name in ["ann", "ben"] { try post(name) }
    carrier.fails(for: nil, DeliveryFailure(.server, "login refused"))
    _ = try work(seconds: 20)
    let other = Carrier()
    courier.adapt(writer: Writer(), carrier: other)
    try courier.work()
    #expect(other.tried.withLock { $0.count } >= 1)
  }

  @Test func aMailIsGivenUpWhenItsLinkIsGoodNoMore() throws {
    try post("ann", link: .resetPassword)
    carrier.fails(for: "ann", DeliveryFailure(.deferred, "451 later"))
    let posted = clock.now()
    _ = try work(seconds: 3_700)
    let end = try #require(try waiting().first)
    #expect(try #require(end.givenUpAt) - posted < .seconds(3_602))
    #expect(end.problem == "it has expired; the last attempt: 451 later")
    #expect(carrier.tried.withLock { $0.count } == 7, "none behind the hour")
  }

  @Test func whatWasDeliveredAndCouldNotBeNotedIsNotSentAgain() throws {
    for name in ["ann", "ben"] { try post(name) }
    carrier.whenDelivered { self.storage.fail(with: .unavailable("full")) }
    #expect(throws: StoreError.unavailable("full")) { try courier.work() }
    clock.advance(by: .seconds(300))
    #expect(throws: StoreError.unavailable("full")) { try courier.work() }
    carrier.whenDelivered {}
    storage.fail(with: nil)
    _ = try work(seconds: 300)
    #expect(carrier.tried.withLock { $0 } == ["ann", "ben"])
    #expect(try waiting() == [])
  }

  @Test func whatWasInterruptedIsTheFirstToGoAtTheNextStart() throws {
    try post("ann")
    carrier.fails(for: "ann", DeliveryFailure(.ended, "interrupted"))
    try courier.work()
    #expect(try waiting().map(\.problem) == [nil])
    courier.stop()
    carrier.fails(for: "ann", nil)
    #expect(try work(seconds: 9) == [], "none begins behind the stop")
    let next = Courier(outbox: storage.outbox, writer: Writer(), carrier: carrier, clock: clock, log: log)
    try next.work()
    #expect(try waiting() == [])
  }

  @Test func anAttemptGoesOnForFiveSecondsBehindTheStop() throws {
    try post("ann")
    let asked = Mutex<[Bool]>([])
    carrier.whenAsked { isToEnd in
      self.courier.stop()
      for _ in 0..<7 {
        asked.withLock { $0.append(isToEnd()) }
        self.clock.advance(by: .seconds(1))
      }
    }
    try courier.work()
    #expect(asked.withLock { $0 } == [false, false, false, false, false, true, true])
  }

  @Test func nothingLikeALinkGetsIntoListAndLog() throws {
    let seal = String(repeating: "aB3_-", count: 9)
    let link = "https://www.example.com/auth/reset/\(seal)"
    #expect(withoutLinks("554 spam: \(link) is bad, <\(seal)>") == "554 spam: … is bad, …")
    #expect(withoutLinks("250 2.0.0 Ok: queued as 4ZkT2F1x2y") == "250 2.0.0 Ok: queued as 4ZkT2F1x2y")
    try post("ann")
    carrier.fails(for: "ann", DeliveryFailure(.refused, "554 spam: \(link)"))
    try courier.work()
    #expect(try waiting().map(\.problem) == ["554 spam: …"])
    #expect(!"\(log.lines)".contains(seal))
  }

  @Test func whatWasGivenUpIsKeptForAMonth() throws {
    try post("ann")
    carrier.fails(for: "ann", DeliveryFailure(.refused, "550"))
    try courier.work()
    clock.advance(by: .seconds(29 * 86_400))
    try courier.purge()
    #expect(try waiting().count == 1)
    clock.advance(by: .seconds(2 * 86_400))
    try courier.purge()
    #expect(try waiting() == [])
  }
}

/// The mail's recipient, in place of its words.
private struct Writer: MailWriter {
  func message(for mail: OutgoingMail) -> Message {
    Message(
      id: "id", kind: mail.mail.kind, createdAt: mail.createdAt, sender: mail.mail.recipient,
      recipient: mail.mail.recipient, content: [])
  }
}

/// Takes every mail unless it was told to fail.
private final class Carrier: MailCarrier {
  let tried = Mutex<[String]>([])
  let rests = Atomic<Int>(0)
  private let failures = Mutex<[String?: DeliveryFailure]>([:])
  private let delivered = Mutex<@Sendable () -> Void>({})
  private let asked = Mutex<@Sendable (@Sendable () -> Bool) -> Void>({ _ in })

  /// - Parameter name: whose mails; `nil`: all.
  func fails(for name: String?, _ failure: DeliveryFailure?) { failures.withLock { $0[name] = failure } }
  func whenDelivered(_ act: @escaping @Sendable () -> Void) { delivered.withLock { $0 = act } }
  func whenAsked(_ act: @escaping @Sendable (@Sendable () -> Bool) -> Void) { asked.withLock { $0 = act } }

  func deliver(_ message: Message, isToEnd: @Sendable () -> Bool) throws(DeliveryFailure) -> String {
    let name = String(message.recipient.text.prefix { $0 != "@" })
    tried.withLock { $0.append(name) }
    asked.withLock { $0 }(isToEnd)
    if let failure = failures.withLock({ $0[name] ?? $0[nil] }) { throw failure }
    delivered.withLock { $0 }()
    return "taken"
  }

  func rest() { rests.add(1, ordering: .relaxed) }
}
