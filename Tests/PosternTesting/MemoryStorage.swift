package import Postern
import Synchronization

/// What the in-memory stores share: they end each other's entries as one database would. Make one, and hand out its
/// `accounts`, `sessions`, `apiTokens`, `factors`, `roles`, `links`, `outbox`, `revocations`, `records` and `audit`.
package final class MemoryStorage: Sendable {
  struct State {
    var accounts: [AccountID: Account] = [:]
    var sessions: [SessionID: Session] = [:]
    var endReasons: [SessionID: SessionEnd] = [:]
    var apiTokens: [APIToken.ID: MemoryAPITokenStore.Row] = [:]
    var totp: [AccountID: TOTPFactor] = [:]
    var emailFactors: [AccountID: Instant] = [:]
    var recoveryCodes: [AccountID: [MemoryFactorStore.RecoveryCode]] = [:]
    var trustedBrowsers: [TrustedBrowser.ID: TrustedBrowser] = [:]
    var passkeys: [Passkey.ID: Passkey] = [:]
    /// When each expires.
    var usedChallenges: [[UInt8]: Instant] = [:]
    var revocations: [Revocation] = []
    var audit: [AuditEntry] = []
    var links: [LinkID: Link] = [:]
    var mails: [OutgoingMail] = []
    var lastMail: Int64 = 0
    var lastEntry: Int64 = 0
    var roles = [
      "admin": Role(id: 1, name: "admin", permissions: ["rbac.admin"]),
      "user": Role(id: 2, name: "user"),
    ]
    var lastAccount: Int64 = 0
    var lastAPIToken: Int64 = 0
    var lastPasskey: Int64 = 0
    var lastPosition: Int64 = 0
    var failure: StoreError?

    mutating func revoke(_ subject: Revocation.Subject, at now: Instant) {
      lastPosition += 1
      revocations.append(Revocation(position: lastPosition, subject: subject, at: now))
    }

    mutating func record(_ event: AuditEvent, at now: Instant) {
      lastEntry += 1
      audit.append(AuditEntry(id: lastEntry, at: now, event: event))
    }

    /// Adds a mail, and its link.
    mutating func post(_ mail: Mail, about account: AccountID?, at now: Instant) {
      post(mail, about: account, goodUntil: now + mail.lifetime, at: now)
      if let link = mail.link { add(link, of: account, at: now) }
    }

    /// The same of a mail whose link is there already.
    mutating func post(_ mail: Mail, about account: AccountID?, goodUntil end: Instant, at now: Instant) {
      lastMail += 1
      mails.append(
        OutgoingMail(id: lastMail, mail: mail, account: account, createdAt: now, expiresAt: end, dueAt: now))
    }

    mutating func add(_ link: NewLink, of account: AccountID?, at now: Instant) {
      links[link.id] = Link(
        id: link.id, purpose: link.purpose, account: account, email: link.email, createdAt: now,
        expiresAt: now + link.purpose.lifetime)
    }

    /// Uses a link up; `nil` when it is none that can be used for that.
    mutating func use(_ id: LinkID, for purpose: Link.Purpose, at now: Instant) -> Link? {
      guard var link = links[id], link.purpose == purpose, link.usedAt == nil, link.expiresAt > now,
        link.account != nil
      else { return nil }
      link.usedAt = now
      links[id] = link
      return link
    }

    /// Makes the account's links of these purposes worthless. Those that have done their work stay, to say so.
    mutating func drop(_ purposes: [Link.Purpose], of account: AccountID) {
      links = links.filter { _, link in
        link.account != account || !purposes.contains(link.purpose) || link.usedAt != nil
      }
    }

    /// Raises the account's epoch and ends all of its sessions but one, which goes on under the new epoch.
    mutating func endSessions(of id: AccountID, except kept: SessionID?, _ end: SessionEnd, at now: Instant) {
      accounts[id]!.epoch += 1
      let epoch = accounts[id]!.epoch
      for (session, value) in sessions where value.account == id && value.revokedAt == nil {
        if session == kept {
          sessions[session]!.epoch = epoch
        } else {
          sessions[session]!.revokedAt = now
          endReasons[session] = end
        }
      }
      revoke(.account(id, epoch: epoch), at: now)
    }
  }

  private let clock: any Clock
  private let state = Mutex(State())

  package init(clock: any Clock = StoppedClock()) { self.clock = clock }

  package var accounts: MemoryAccountStore { MemoryAccountStore(storage: self) }
  package var sessions: MemorySessionStore { MemorySessionStore(storage: self) }
  package var apiTokens: MemoryAPITokenStore { MemoryAPITokenStore(storage: self) }
  package var roles: MemoryRoleStore { MemoryRoleStore(storage: self) }
  package var factors: MemoryFactorStore { MemoryFactorStore(storage: self) }
  package var passkeys: MemoryPasskeyStore { MemoryPasskeyStore(storage: self) }
  package var revocations: MemoryRevocationLog { MemoryRevocationLog(storage: self) }
  package var links: MemoryLinkStore { MemoryLinkStore(storage: self) }
  package var records: MemoryAccountRecords { MemoryAccountRecords(storage: self) }
  package var outbox: MemoryOutbox { MemoryOutbox(storage: self) }
  package var audit: MemoryAuditLog { MemoryAuditLog(storage: self) }

  /// Every call of every store throws this from now on; `nil`: they work again.
  package func fail(with failure: StoreError?) { state.withLock { $0.failure = failure } }

  /// Makes a role, or puts another in its place.
  package func setRole(_ name: String, permissions: [String], requiresSecondFactor: Bool = false) {
    state.withLock { state in
      let id = state.roles[name]?.id ?? Int64(state.roles.count + 1)
      let role = Role(
        id: id, name: name, permissions: permissions.sorted(), requiresSecondFactor: requiresSecondFactor)
      state.roles[name] = role
      for (account, value) in state.accounts where value.role?.id == id { state.accounts[account]!.role = role }
    }
  }

  /// All mails that were posted and not yet taken out, the first ones first.
  package var mails: [Mail] { state.withLock { $0.mails.map(\.mail) } }

  /// All that the audit log holds, the first ones first.
  package var entries: [AuditEntry] { state.withLock(\.audit) }

  /// Changes an account behind the stores' back, as an administrator elsewhere would.
  package func update(_ id: AccountID, _ change: @Sendable (inout Account) -> Void) {
    state.withLock { state in
      guard var account = state.accounts[id] else { return }
      change(&account)
      state.accounts[id] = account
    }
  }

  /// One transaction: what a `body` that throws has changed is as it was.
  func transaction<Value: Sendable>(
    _ body: (inout State, Instant) throws(StoreError) -> Value
  ) throws(StoreError) -> Value {
    let now = clock.now()
    let result = state.withLock { state -> Result<Value, StoreError> in
      if let failure = state.failure { return .failure(failure) }
      var changed = state
      do throws(StoreError) {
        let value = try body(&changed, now)
        state = changed
        return .success(value)
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }
}
