import Postern
import PosternTesting
import Testing

/// Sessions whose storage does something else on the way.
private struct TrickySessionStore: SessionStore {
  var base: MemorySessionStore
  var beforeRotating: @Sendable () -> Void = {}
  var cannotRevoke = false

  func create(
    _ session: NewSession, replacing: SessionID?, endingOthers: Bool
  ) throws(StoreError) -> (session: Session, ended: [SessionID]) {
    try base.create(session, replacing: replacing, endingOthers: endingOthers)
  }
  func find(_ id: SessionID) throws(StoreError) -> Session? { try base.find(id) }
  func list(of account: AccountID, limit: Int) throws(StoreError) -> [Session] {
    try base.list(of: account, limit: limit)
  }
  func revokeOthers(
    of account: AccountID, except: SessionID, _ end: SessionEnd, client: Client?
  ) throws(StoreError) -> [SessionID] { try base.revokeOthers(of: account, except: except, end, client: client) }
  func rotate(_ id: SessionID, from generation: Int64) throws(StoreError) -> Session? {
    beforeRotating()
    return try base.rotate(id, from: generation)
  }
  func revoke(_ id: SessionID, _ end: SessionEnd, client: Client?) throws(StoreError) -> Bool {
    if cannotRevoke { throw .unavailable("full") }
    return try base.revoke(id, end, client: client)
  }
  func noteActivity(of sessions: [SessionID]) throws(StoreError) { try base.noteActivity(of: sessions) }
  func purge(before: Instant) throws(StoreError) { try base.purge(before: before) }
}

@Suite struct RefreshTests {
  private let stand = Stand()

  private func refreshed(_ token: TokenClaims, _ stand: Stand) throws -> TokenClaims {
    stand.codec.claims(try stand.sessions.refresh(token).refresh)
  }

  private func first(_ stand: Stand) throws -> TokenClaims {
    stand.codec.claims(try stand.begin(try stand.account()).refresh)
  }

  @Test func aRefreshRotates() throws {
    let token = try first(stand)
    #expect(token.generation == 1)
    stand.clock.advance(by: .seconds(600))
    let next = try refreshed(token, stand)
    #expect(next.generation == 2)
    #expect(next.session == token.session)
    #expect(next.identifier != token.identifier)
    #expect(next.provenAt == token.provenAt, "a refresh proves nothing anew")
    #expect(next.issuedAt == token.issuedAt + 600)
    stand.clock.advance(by: .seconds(600))
    #expect(try refreshed(next, stand).generation == 3)
  }

  /// Or a tab whose request took part in the first race, and was slow, would be two behind, and all would be signed
  /// out.
  @Test func noGenerationIsTwoBehindWithinTheGrace() throws {
    let token = try first(stand)
    var next = try refreshed(token, stand)
    for _ in 0..<30 {
      next = try refreshed(next, stand)
      #expect(next.generation == 2)
      #expect(try refreshed(token, stand).generation == 2)
      stand.clock.advance(by: .seconds(1))
    }
    stand.clock.advance(by: .microseconds(1))
    next = try refreshed(next, stand)
    #expect(next.generation == 3)
    #expect(throws: AuthError.sessionInactive, "the grace counts from the rotation still") {
      try stand.sessions.refresh(token)
    }
  }

  @Test func aRefreshThatDoesNotRotateCountsAsUse() throws {
    let stand = Stand { $0.sessionInactivity = .seconds(20) }
    var token = try refreshed(try first(stand), stand)
    for _ in 0..<20 {
      stand.clock.advance(by: .seconds(15))
      token = try refreshed(token, stand)
      try stand.activity.write(to: stand.storage.sessions, stand.storage.apiTokens)
    }
  }

  @Test func theGenerationBeforeGivesThePresentOneWithinTheGrace() throws {
    let token = try first(stand)
    _ = try refreshed(token, stand)
    for _ in 0..<5 { #expect(try refreshed(token, stand).generation == 2) }
    stand.clock.advance(by: .seconds(30))
    #expect(try refreshed(token, stand).generation == 2)
    #expect(try stand.storage.sessions.find(token.session)?.generation == 2, "the grace does not rotate")
  }

  @Test func theGenerationBeforeIsTheftAfterTheGrace() throws {
    let token = try first(stand)
    let next = try refreshed(token, stand)
    stand.clock.advance(by: .milliseconds(30_001))
    #expect(throws: AuthError.sessionInactive) { try stand.sessions.refresh(token) }
    #expect(stand.revoked(token))
    #expect(try stand.storage.sessions.find(token.session)?.revokedAt == stand.clock.now())
    #expect(stand.log.lines(of: "refresh token reused: session ended").map(\.level) == [.warning])
    #expect(throws: AuthError.sessionInactive) { try stand.sessions.refresh(next) }
    #expect(throws: AuthError.sessionInactive) { try stand.sessions.renew(next) }
  }

  @Test func aClockThatIsSetBackProlongsNoGrace() throws {
    let token = try first(stand)
    let next = try refreshed(token, stand)
    stand.clock.step(to: stand.clock.now() + .seconds(-3_600))
    let third = try refreshed(next, stand)
    #expect(third.generation == 3, "and keeps nothing from rotating")
    stand.clock.step(to: stand.clock.now() + .seconds(-3_600))
    #expect(throws: AuthError.sessionInactive) { try stand.sessions.refresh(next) }
    #expect(stand.revoked(token))
  }

  @Test func anOlderGenerationIsTheftEvenWithinTheGrace() throws {
    let token = try first(stand)
    let second = try refreshed(token, stand)
    stand.clock.advance(by: .seconds(31))
    let third = try refreshed(second, stand)
    #expect(third.generation == 3)
    #expect(throws: AuthError.sessionInactive) { try stand.sessions.refresh(token) }
    #expect(stand.revoked(third))
    #expect(throws: AuthError.sessionInactive) { try stand.sessions.refresh(third) }
  }

  @Test func aGenerationThatWasNeverGivenEndsNothing() throws {
    let token = try first(stand)
    var forged = token
    forged.generation = 2
    #expect(throws: AuthError.sessionInactive) { try stand.sessions.refresh(forged) }
    forged.generation = nil
    #expect(throws: AuthError.sessionInactive) { try stand.sessions.refresh(forged) }
    #expect(!stand.revoked(token))
    for generation in [Int64.min, -1] {
      let stand = Stand()
      var forged = try first(stand)
      forged.generation = generation
      #expect(throws: AuthError.sessionInactive) { try stand.sessions.refresh(forged) }
    }
  }

  @Test func whatDoesNotBelongTogetherIsRefused() throws {
    let token = try first(stand)
    let bob = stand.codec.claims(try stand.begin(try stand.account("bob")).refresh)
    var forged = token
    forged.session = SessionID(high: 7, low: 7)
    #expect(throws: AuthError.sessionInactive) { try stand.sessions.refresh(forged) }
    forged.session = bob.session
    #expect(throws: AuthError.sessionInactive) { try stand.sessions.refresh(forged) }
    forged = token
    forged.account = AccountID(99)
    #expect(throws: AuthError.sessionInactive) { try stand.sessions.refresh(forged) }
    forged = token
    forged.epoch = 1
    #expect(throws: AuthError.sessionInactive) { try stand.sessions.refresh(forged) }
    #expect(try refreshed(token, stand).generation == 2, "none of it has touched the session")
    #expect(try refreshed(bob, stand).generation == 2)
  }

  @Test func aDisabledAccountAndARaisedEpochEndIt() throws {
    let token = try first(stand)
    stand.storage.update(token.account) { $0.isActive = false }
    #expect(throws: AuthError.sessionInactive) { try stand.sessions.refresh(token) }
    stand.storage.update(token.account) { account in
      account.isActive = true
      account.epoch = 1
    }
    #expect(throws: AuthError.sessionInactive) { try stand.sessions.refresh(token) }
    #expect(try stand.sessions.account(of: token) == nil)
    stand.storage.update(token.account) { $0.epoch = 0 }
    #expect(try refreshed(token, stand).generation == 2)
    #expect(try stand.storage.accounts.remove(token.account))
    #expect(throws: AuthError.sessionInactive) { try stand.sessions.refresh(token) }
  }

  @Test func theTimeOutOfTheSessionHolds() throws {
    let stand = Stand { $0.sessionTimeout = .seconds(3_600) }
    var token = try first(stand)
    for _ in 0..<3 {
      stand.clock.advance(by: .seconds(1_100))
      token = try refreshed(token, stand)
    }
    stand.clock.advance(by: .seconds(299))
    token = try refreshed(token, stand)
    stand.clock.advance(by: .seconds(1))
    #expect(throws: AuthError.sessionInactive) { try stand.sessions.refresh(token) }
    #expect(throws: AuthError.sessionInactive) { try stand.sessions.renew(token) }
    #expect(try stand.sessions.account(of: token) == nil)
  }

  @Test func theTimeOutOfInactivityHolds() throws {
    let stand = Stand { $0.sessionInactivity = .seconds(600) }
    var token = try first(stand)
    for _ in 0..<10 {
      stand.clock.advance(by: .seconds(599))
      token = try refreshed(token, stand)
    }
    stand.clock.advance(by: .seconds(300))
    _ = try stand.sessions.renew(token)
    stand.clock.advance(by: .seconds(300))
    #expect(throws: AuthError.sessionInactive, "a web server's question is no activity") {
      try stand.sessions.refresh(token)
    }
  }

  @Test func fiftyThreadsWithOneTokenAllGoOnInOneGeneration() throws {
    let stand = stand
    let token = try first(stand)
    let generations = concurrently(50) { _ in
      (try? stand.sessions.refresh(token)).flatMap { stand.codec.claims($0.refresh).generation }
    }
    #expect(generations == Array(repeating: 2, count: 50))
    #expect(try stand.storage.sessions.find(token.session)?.generation == 2)
    #expect(!stand.revoked(token))
  }

  @Test func twentyQuestionsUseNothingUp() throws {
    let token = try first(stand)
    stand.clock.advance(by: .seconds(1_000))
    for _ in 0..<20 {
      let renewed = try stand.sessions.renew(token)
      #expect(renewed.session.generation == 1)
      #expect(renewed.account.id == token.account)
      #expect(stand.codec.claims(renewed.tokens.access).provenAt == token.provenAt)
    }
    #expect(try refreshed(token, stand).generation == 2)
    #expect(try stand.sessions.renew(token).session.generation == 2, "the one before, within the grace")
    stand.clock.advance(by: .seconds(31))
    #expect(throws: AuthError.sessionInactive) { try stand.sessions.renew(token) }
    #expect(stand.revoked(token))
  }

  @Test func theftCountsAtOnceWhereTheStorageCannotWrite() throws {
    var stand = stand
    let token = try first(stand)
    let next = try refreshed(token, stand)
    stand.clock.advance(by: .seconds(31))
    stand.store = TrickySessionStore(base: stand.storage.sessions, cannotRevoke: true)
    #expect(throws: AuthError.unavailable("full")) { try stand.sessions.refresh(token) }
    #expect(stand.revoked(next))
  }

  /// The caller of a password change goes on with new tokens; an old one that is being exchanged meanwhile does not.
  @Test func aPasswordChangeBetweenTheCheckAndTheRotationEndsTheOldToken() throws {
    var stand = stand
    let token = try first(stand)
    let accounts = stand.storage.accounts
    stand.store = TrickySessionStore(
      base: stand.storage.sessions,
      beforeRotating: { _ = try? accounts.setPassword(token.account, hash: "new", except: token.session) })
    #expect(throws: AuthError.sessionInactive) { try stand.sessions.refresh(token) }
  }

  @Test func aStorageThatIsGoneIsNoEndOfTheSession() throws {
    let token = try first(stand)
    stand.storage.fail(with: .unavailable("locked"))
    #expect(throws: AuthError.unavailable("locked")) { try stand.sessions.refresh(token) }
    #expect(throws: AuthError.unavailable("locked")) { try stand.sessions.renew(token) }
    #expect(throws: AuthError.unavailable("locked")) { try stand.sessions.account(of: token) }
    stand.storage.fail(with: nil)
    #expect(try refreshed(token, stand).generation == 2)
  }
}

@Suite struct BeginningAndEndingTests {
  private let stand = Stand()

  @Test func aSessionBeginsWithItsOwnNameAndWhatIsKnown() throws {
    let account = try stand.account()
    let (first, second) = (try stand.begin(account), try stand.begin(account))
    let claims = stand.codec.claims(first.access)
    #expect(claims.session != stand.codec.claims(second.access).session)
    let session = try #require(try stand.storage.sessions.find(claims.session))
    #expect(session.address == "192.0.2.1")
    #expect(session.userAgent == "agent")
    #expect(session.methods == ["pwd"])
    #expect(try stand.sessions.account(of: claims) != nil)
  }

  @Test func theSessionThatTheBrowserHadEnds() throws {
    let account = try stand.account()
    let before = stand.codec.claims(try stand.begin(account).access)
    let after = stand.codec.claims(try stand.begin(account, replacing: before.session).access)
    #expect(stand.revoked(before))
    #expect(!stand.revoked(after))
    #expect(try stand.sessions.account(of: before) == nil)
    #expect(try stand.sessions.account(of: after) != nil)
  }

  @Test func noSessionBeginsForAnAccountThatWasDisabledMeanwhile() throws {
    let account = try stand.account()
    let before = stand.codec.claims(try stand.begin(account).access)
    _ = try stand.storage.accounts.setActive(account.id, false)
    #expect(throws: AuthError.badCredentials) { try stand.begin(account, replacing: before.session) }
  }

  @Test func anEndIsImmediateAndMayBeRepeated() throws {
    let claims = stand.codec.claims(try stand.begin(try stand.account()).access)
    try stand.sessions.end(claims.session)
    try stand.sessions.end(claims.session)
    #expect(stand.revoked(claims))
    #expect(try stand.sessions.account(of: claims) == nil)
    try stand.sessions.end(SessionID(high: 8, low: 8))
  }

  @Test func anEndWhoseOutcomeIsUnknownCounts() throws {
    let claims = stand.codec.claims(try stand.begin(try stand.account()).access)
    stand.storage.fail(with: .unavailable("full"))
    #expect(throws: AuthError.unavailable("full")) { try stand.sessions.end(claims.session) }
    #expect(stand.revoked(claims))
  }

  @Test func aSignInThatFailsLeavesTheSessionThatTheBrowserHas() throws {
    let account = try stand.account()
    let before = stand.codec.claims(try stand.begin(account).access)
    stand.storage.fail(with: .unavailable("full"))
    #expect(throws: AuthError.unavailable("full")) { try stand.begin(account, replacing: before.session) }
    #expect(!stand.revoked(before))
    stand.storage.fail(with: .unconfirmed("not known"))
    #expect(throws: AuthError.unavailable("not known")) { try stand.begin(account, replacing: before.session) }
    #expect(stand.revoked(before), "it may be over")
  }

  @Test func anAccessTokenIsGoodForItsOwnAccountOnly() throws {
    let claims = stand.codec.claims(try stand.begin(try stand.account()).access)
    let bob = try stand.account("bob")
    var forged = claims
    forged.account = bob.id
    #expect(try stand.sessions.account(of: forged) == nil)
    stand.storage.update(claims.account) { $0.isActive = false }
    #expect(try stand.sessions.account(of: claims) == nil)
  }
}
