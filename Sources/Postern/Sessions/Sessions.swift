/// Beginning, continuing and ending sessions: the rules that no surprise can come from.
package struct Sessions: Sendable {
  private let settings: Settings
  private let store: any SessionStore
  private let accounts: any AccountStore
  private let revocations: Revocations
  private let activity: Activity
  private let issuer: TokenIssuer
  private let clock: any Clock
  private let random: any RandomSource
  private let log: any Log

  package init(
    settings: Settings, store: any SessionStore, accounts: any AccountStore, revocations: Revocations,
    activity: Activity, issuer: TokenIssuer, clock: any Clock, random: any RandomSource, log: any Log
  ) {
    self.settings = settings
    self.store = store
    self.accounts = accounts
    self.revocations = revocations
    self.activity = activity
    self.issuer = issuer
    self.clock = clock
    self.random = random
    self.log = log
  }

  /// Begins a session with a name of its own, never one that the client had before, and ends the one that this browser
  /// had (a session that was fixed on somebody is worthless after the login); under `singleSessionPerUser`, all others
  /// of the account as well. `isPersistent`: whether it outlives the browser's session; `nil`: as the one that it
  /// replaces.
  package func begin(
    for account: Account, methods: [String], client: Client, replacing previous: SessionID?, isPersistent: Bool?
  ) throws(AuthError) -> IssuedTokens {
    let new = NewSession(
      id: SessionID(random: random), account: account.id, epoch: account.epoch, methods: methods,
      address: client.address, userAgent: client.userAgent, isPersistent: isPersistent)
    return try begin(new, of: account, replacing: previous)
  }

  /// Puts a session of other methods in the place of one that is alive; it has begun, and was proven, when that one
  /// was. Throws `sessionInactive`.
  func raise(
    _ session: SessionID, of account: Account, methods: [String], client: Client
  ) throws(AuthError) -> IssuedTokens {
    guard let before = try live(session), before.account == account.id else { throw .sessionInactive }
    let new = NewSession(
      id: SessionID(random: random), account: account.id, epoch: before.epoch, methods: methods,
      address: client.address, userAgent: client.userAgent, isContinuation: true)
    do { return try begin(new, of: account, replacing: session) } catch {
      throw error == .badCredentials ? .sessionInactive : error
    }
  }

  private func begin(
    _ new: NewSession, of account: Account, replacing previous: SessionID?
  ) throws(AuthError) -> IssuedTokens {
    let begun: (session: Session, ended: [SessionID])
    do {
      begun = try store.create(new, replacing: previous, endingOthers: settings.singleSessionPerUser)
    } catch {
      // An unknown outcome counts as revoked. Where nothing was written, the browser keeps the session that it has.
      if case .unconfirmed = error, let previous { revocations.insert(session: previous, at: clock.now()) }
      throw AuthError(error)
    }
    for ended in begun.ended { revocations.insert(session: ended, at: clock.now()) }
    return issuer.issueKnowing(for: begun.session, of: account)
  }

  /// Exchanges a refresh token whose signature and times have been checked (RFC 9700, section 4.14.2). Where it is
  /// theft, the audit log keeps by which client.
  ///
  /// The present generation rotates, decided by one conditional update. The one before yields the present one again for
  /// `refreshGrace` after the rotation, so that tabs which race all end well; for as long, the present one does not
  /// rotate again, or a tab that took part in the first race with a slow request would be two behind. Anything older is
  /// theft: the session ends.
  package func refresh(_ token: TokenClaims, client: Client) throws(AuthError) -> IssuedTokens {
    let (before, account) = try proven(by: token, client)
    let isRaced = before.generation > 1 && isWithinGrace(before)
    guard token.generation == before.generation, !isRaced else {
      return issuer.issue(for: used(before), of: account)
    }
    // Another epoch: the password was changed between the two, and this token is one of those that ended.
    if let rotated = try stored({ () throws(StoreError) in try store.rotate(before.id, from: before.generation) }),
      rotated.epoch == token.epoch
    {
      return issuer.issue(for: rotated, of: account)
    }
    // Another tab was faster: what it got is good for this one, too.
    let (session, _) = try proven(by: token, client)
    return issuer.issue(for: session, of: account)
  }

  /// Who a refresh token stands for, without using it up: a web server's question must not rotate, since twenty of them
  /// come at once. The tokens are for the present generation; only the access token is to be handed out.
  package func renew(_ token: TokenClaims, client: Client) throws(AuthError) -> Renewal {
    let (found, account) = try proven(by: token, client)
    let session = used(found)
    return Renewal(account: account, session: session, tokens: issuer.issue(for: session, of: account))
  }

  /// The session as it is with this use of it, which the storage learns of later.
  private func used(_ session: Session) -> Session {
    activity.note(.session(session.id))
    var session = session
    session.lastActiveAt = session.readAt
    return session
  }

  /// The account of an access token as it is now, asked of the storage itself; `nil` when the token's session has
  /// ended.
  package func account(of token: TokenClaims) throws(AuthError) -> Account? {
    guard let account = try stored({ () throws(StoreError) in try accounts.find(token.account) }),
      settings.admits(account), account.epoch == token.epoch, let session = try live(token.session),
      session.account == account.id
    else { return nil }
    return account
  }

  /// The live session and the account that a refresh token is good for: of the present generation, or of the one before
  /// within the grace. An older one ends the session. Throws `sessionInactive` otherwise.
  private func proven(by token: TokenClaims, _ client: Client) throws(AuthError) -> (Session, Account) {
    guard let generation = token.generation,
      let account = try stored({ () throws(StoreError) in try accounts.find(token.account) }),
      settings.admits(account), account.epoch == token.epoch,
      let session = try live(token.session), session.account == account.id
    else { throw .sessionInactive }
    if generation == session.generation { return (session, account) }
    if generation == session.generation - 1, isWithinGrace(session) {
      return (session, account)
    }
    if generation < session.generation {
      log.write(
        .warning, "refresh token reused: session ended",
        ["session": session.id.description, "account": account.id.description, "address": client.address])
      try end(session.id, .refreshReused, client: client)
    }
    throw .sessionInactive
  }

  /// New tokens for a session that goes on while all that were issued before have ended. Throws `sessionInactive`.
  func reissue(_ id: SessionID, of account: Account) throws(AuthError) -> IssuedTokens {
    guard let session = try live(id), session.account == account.id, session.epoch == account.epoch else {
      throw .sessionInactive
    }
    return issuer.issueKnowing(for: session, of: account)
  }

  /// Whether the last rotation is so recent that tabs may still be racing. A clock that has been set back by more than
  /// the grace prolongs none.
  private func isWithinGrace(_ session: Session) -> Bool {
    let elapsed = session.readAt - session.rotatedAt
    return elapsed <= settings.refreshGrace && elapsed >= .zero - settings.refreshGrace
  }

  /// Ends a session at once, for its access tokens too. Ending one that has ended does nothing.
  package func end(_ session: SessionID, _ end: SessionEnd, client: Client) throws(AuthError) {
    // Known as ended before the storage is asked: an unknown outcome counts as revoked.
    revocations.insert(session: session, at: clock.now())
    _ = try stored { () throws(StoreError) in try store.revoke(session, end, client: client) }
  }

  /// The account's sessions that may go on, the last active ones first; a hundred at most.
  package func list(of account: AccountID) throws(AuthError) -> [Session] {
    try stored { () throws(StoreError) in try store.list(of: account, limit: 100) }.filter(isAlive)
  }

  /// Ends a session of that account, at once. Throws `sessionNotFound`, and `notYours` for one of another account.
  package func end(_ id: SessionID, of account: AccountID, client: Client) throws(AuthError) {
    guard let session = try live(id) else { throw .sessionNotFound }
    guard session.account == account else { throw .notYours }
    try end(id, .endedByOwner, client: client)
  }

  /// Ends every session of the account but one, at once. Returns how many that were.
  package func endOthers(
    of account: AccountID, except kept: SessionID, client: Client
  ) throws(AuthError) -> Int {
    let ended = try stored { () throws(StoreError) in
      try store.revokeOthers(of: account, except: kept, .endedByOwner, client: client)
    }
    for id in ended { revocations.insert(session: id, at: clock.now()) }
    return ended.count
  }

  /// The session, if it may still go on.
  private func live(_ id: SessionID) throws(AuthError) -> Session? {
    guard let session = try stored({ () throws(StoreError) in try store.find(id) }), isAlive(session) else {
      return nil
    }
    return session
  }

  /// Whether a session may go on at the moment at which it was read: not revoked, and within both time-outs.
  func isAlive(_ session: Session) -> Bool {
    guard session.revokedAt == nil else { return false }
    if let timeout = settings.sessionTimeout, session.readAt - session.createdAt >= timeout { return false }
    if let inactivity = settings.sessionInactivity, session.readAt - session.lastActiveAt >= inactivity { return false }
    return true
  }
}

/// Who a refresh token stands for, and tokens for its session.
package struct Renewal: Sendable {
  package var account: Account
  package var session: Session
  package var tokens: IssuedTokens
}
