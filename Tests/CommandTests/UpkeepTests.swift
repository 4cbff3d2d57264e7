import Postern
import PosternTesting
import Testing

@testable import Command

@Suite struct UpkeepTests {
  private let clock = StoppedClock()
  private let storage: MemoryStorage
  private let revocations = Revocations()
  private let activity = Activity()

  init() { storage = MemoryStorage(clock: clock) }

  private func upkeep(_ change: (inout Settings) -> Void) -> Upkeep {
    var settings = Settings()
    change(&settings)
    return Upkeep(
      settings, revocations: revocations, activity: activity, log: storage.revocations,
      sessions: storage.sessions, apiTokens: storage.apiTokens, audit: storage.audit, links: storage.links,
      factors: storage.factors,
      clock: clock)
  }

  private func begun() throws -> Session {
    let account = try storage.accounts.create(NewAccount(email: EmailAddress("ada@example.com")!, passwordHash: nil))
    let new = NewSession(
      id: SessionID(high: 1, low: 2), account: account.id, epoch: 0, methods: [], address: "", userAgent: "")
    return try storage.sessions.create(new, replacing: nil, endingOthers: false).session
  }

  /// A token that was issued for a day is good for a day, also when later ones are issued for less.
  @Test func whatEndedIsRememberedAsLongAsTokensOfFormerSettingsLive() throws {
    let upkeep = upkeep { $0.accessLifetime = .seconds(86_400) }
    let session = try begun()
    _ = try storage.sessions.revoke(session.id)
    try upkeep.readRevocations()
    upkeep.adapt(to: Settings())
    clock.advance(by: .seconds(80_000))
    try upkeep.forgetRevocations()
    #expect(revocations.contains(session: session.id, account: session.account, epoch: 0))
    clock.advance(by: .seconds(20_000))
    try upkeep.forgetRevocations()
    #expect(!revocations.contains(session: session.id, account: session.account, epoch: 0))
  }

  /// A token from the time when the clock was a day ahead comes alive a day later.
  @Test func whatEndsAfterTheClockWasSetBackIsRememberedUntilTheLatestTimeIsThereAgain() throws {
    let upkeep = upkeep { _ in }
    let session = try begun()
    let (right, ahead) = (clock.now(), clock.now() + .seconds(86_400))
    try upkeep.readRevocations()
    clock.step(to: ahead)
    try upkeep.readRevocations()
    clock.step(to: right)
    try upkeep.readRevocations()
    revocations.insert(session: session.id, at: clock.now())
    for _ in 0..<48 {
      clock.advance(by: .seconds(1_800))
      try upkeep.readRevocations()
      try upkeep.forgetRevocations()
    }
    #expect(clock.now() == ahead)
    #expect(revocations.contains(session: session.id, account: session.account, epoch: 0))
    clock.advance(by: .seconds(7_200))
    try upkeep.forgetRevocations()
    #expect(!revocations.contains(session: session.id, account: session.account, epoch: 0), "not for ever")
  }

  /// A machine without a battery starts in 1970, and gets the time from the network a minute later.
  @Test func aClockThatWasBehindAtTheStartIsBelievedAMonthLater() throws {
    let upkeep = upkeep { _ in }
    let session = try begun()
    clock.step(to: clock.now() + .seconds(1_700_000_000))
    // The step may have been the mistake: until that is clear, much more is remembered than has to be.
    try upkeep.readRevocations()
    revocations.insert(session: session.id, at: clock.now())
    func isRemembered(after days: Int) throws -> Bool {
      for _ in 0..<days {
        clock.advance(by: .seconds(86_400))
        try upkeep.forgetRevocations()
      }
      return revocations.contains(session: session.id, account: session.account, epoch: 0)
    }
    #expect(try isRemembered(after: 30))
    #expect(try !isRemembered(after: 2), "not for ever")
  }

  /// An entry that was written just before the clock was set ahead is not passed over, whatever is written behind it.
  @Test func whatEndedBeforeTheClockWasSetAheadIsRead() throws {
    let upkeep = upkeep { _ in }
    let session = try begun()
    try upkeep.readRevocations()
    _ = try storage.sessions.revoke(session.id)
    clock.step(to: clock.now() + .seconds(86_400))
    let account = try storage.accounts.create(NewAccount(email: EmailAddress("bob@example.com")!, passwordHash: nil))
    _ = try storage.accounts.setActive(account.id, false)
    try upkeep.readRevocations()
    #expect(revocations.contains(session: session.id, account: session.account, epoch: 0))
  }

  @Test func whatHasHappenedCanBeLookedUpForNinetyDays() throws {
    let upkeep = upkeep { _ in }
    let account = try begun().account
    clock.advance(by: .seconds(90 * 86_400))
    try upkeep.purgeSessions()
    try upkeep.purgeAuditLog()
    #expect(try storage.audit.list(of: account, limit: 9, offset: 0).map(\.event.action) == [.login])
    clock.advance(by: .seconds(1))
    try upkeep.purgeAuditLog()
    #expect(try storage.audit.list(of: account, limit: 9, offset: 0) == [])
  }

  @Test func whatBecameOfALinkCanBeToldForAWeekAfterItsEnd() throws {
    let upkeep = upkeep { _ in }
    let account = try begun().account
    let mail = Mail(
      .resetPassword, to: EmailAddress("ada@example.com")!, link: .resetPassword, random: SequenceRandom(seed: 5))
    try storage.links.post(
      mail, about: account,
      .request(
        .passwordResetRequested, to: account,
        client: .init(
          address: "192.0.2.1", userAgent: "agent")))
    clock.advance(by: .seconds(3600 + 7 * 86_400))
    try upkeep.purgeLinks()
    #expect(try storage.links.find(mail.link!.id) != nil)
    clock.advance(by: .seconds(1))
    try upkeep.purgeLinks()
    #expect(try storage.links.find(mail.link!.id) == nil)
  }

  @Test func activityIsWrittenAtMostAQuarterOfTheInactivityLate() throws {
    let upkeep = upkeep { $0.sessionInactivity = .seconds(120) }
    let session = try begun()
    for second in 1...31 {
      clock.advance(by: .seconds(1))
      activity.note(.session(session.id))
      try upkeep.writeActivity()
      let written = try storage.sessions.find(session.id)!.lastActiveAt
      #expect((written == session.lastActiveAt) == (second < 30))
    }
    upkeep.adapt(to: Settings())
    clock.advance(by: .seconds(58))
    activity.note(.session(session.id))
    try upkeep.writeActivity()
    #expect(try storage.sessions.find(session.id)!.lastActiveAt != clock.now(), "a minute without that setting")
    try upkeep.finish()
    #expect(try storage.sessions.find(session.id)!.lastActiveAt == clock.now(), "nothing is lost with the process")
  }
}
