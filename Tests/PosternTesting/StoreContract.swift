package import Postern

/// The stores over one storage, whose time is the clock's.
package struct Stores: Sendable {
  package var accounts: any AccountStore
  package var sessions: any SessionStore
  package var apiTokens: any APITokenStore
  package var factors: any FactorStore
  package var passkeys: any PasskeyStore
  package var roles: any RoleStore
  package var links: any LinkStore
  package var outbox: any Outbox
  package var revocations: any RevocationLog
  package var audit: any AuditLog
  package var records: any AccountRecordStore
  package var clock: StoppedClock
  let random = SequenceRandom(seed: 9)

  package init(
    accounts: any AccountStore, sessions: any SessionStore, apiTokens: any APITokenStore, factors: any FactorStore,
    passkeys: any PasskeyStore,
    roles: any RoleStore,
    links: any LinkStore, outbox: any Outbox, revocations: any RevocationLog, audit: any AuditLog,
    records: any AccountRecordStore,
    clock: StoppedClock
  ) {
    self.accounts = accounts
    self.sessions = sessions
    self.apiTokens = apiTokens
    self.factors = factors
    self.passkeys = passkeys
    self.roles = roles
    self.links = links
    self.outbox = outbox
    self.revocations = revocations
    self.audit = audit
    self.records = records
    self.clock = clock
  }
}

/// One rule that every storage must hold. A test of a storage runs each of `StoreContract.rules` over stores that are
/// empty:
///
///     @Test(arguments: StoreContract.rules) func holds(_ rule: StoreContract) throws {
///       try rule.check(emptyStores())
///     }
package struct StoreContract: Sendable, CustomStringConvertible {
  package let description: String
  package let check: @Sendable (Stores) throws -> Void

  init(_ description: String, _ check: @escaping @Sendable (Stores) throws -> Void) {
    self.description = description
    self.check = check
  }

  package static let rules =
    accountRules + sessionRules + endingRules + apiTokenRules + factorRules + roleRules + passkeyRules + linkRules
    + outboxRules
    + proofRules
    + addressRules + pictureRules + revocationRules + auditRules

  /// Texts that have broken databases.
  package static let hostileTexts = [
    "", " ", "'", "\"", "Robert'); DROP TABLE accounts;--", "%_\\", "$1 ?1 :a @a", "a\u{0}b", "\u{0}", "line\r\nbreak",
    "Zoë 東京 𝒳 👩🏽‍🚀", "\u{FEFF}\u{202E}\u{10FFFF}", String(repeating: "ß", count: 5_000),
  ]
}

/// What tests leave out where it makes no difference to them.
extension AccountStore {
  package func create(_ account: NewAccount) throws(StoreError) -> Account {
    try create(account, mailing: nil, client: nil)
  }
  package func update(_ id: AccountID, _ change: ProfileChange) throws(StoreError) -> Account? {
    try update(id, change, by: .commandLine)
  }
  package func setPassword(_ id: AccountID, hash: String, except: SessionID?) throws(StoreError) -> Account? {
    try setPassword(id, from: nil, to: hash, except: except)
  }
  package func setPassword(
    _ id: AccountID, from old: String?, to new: String, except: SessionID?
  ) throws(StoreError) -> Account? {
    try setPassword(id, from: old, to: new, except: except, by: .commandLine)
  }
  package func setPassword(
    _ id: AccountID, from old: String?, to new: String, except: SessionID?, by initiator: Initiator
  ) throws(StoreError) -> Account? {
    try setPassword(id, from: old, to: new, except: except, mailing: nil, by: initiator)
  }
  package func setActive(_ id: AccountID, _ isActive: Bool) throws(StoreError) -> Account? {
    try setActive(id, isActive, by: .commandLine)
  }
  package func setRole(_ id: AccountID, _ role: String?) throws(StoreError) -> Account? {
    try setRole(id, role, by: .commandLine)
  }
  package func remove(_ id: AccountID) throws(StoreError) -> Bool { try remove(id, by: .commandLine) }
  package func remove(_ id: AccountID, by initiator: Initiator) throws(StoreError) -> Bool {
    try remove(id, by: initiator, mailing: nil)
  }
}

extension SessionStore {
  package func revoke(_ id: SessionID) throws(StoreError) -> Bool { try revoke(id, .signedOut, client: nil) }
  package func revokeOthers(of account: AccountID, except kept: SessionID) throws(StoreError) -> [SessionID] {
    try revokeOthers(of: account, except: kept, .endedByOwner, client: nil)
  }
}

extension Stores {
  func register(
    _ name: String, password: String? = "hash", role: String? = nil
  ) throws(StoreError) -> Account {
    try accounts.create(
      NewAccount(email: EmailAddress("\(name)@example.com")!, passwordHash: password, roleName: role))
  }

  /// Begins a session for the account as it is now. The number names it.
  func signIn(
    _ account: Account, _ number: UInt64 = 1, replacing: SessionID? = nil
  ) throws(StoreError) -> Session {
    let begun = try sessions.create(
      NewSession(
        id: SessionID(high: number, low: ~number), account: account.id, epoch: account.epoch, methods: ["pwd"],
        address: "192.0.2.1", userAgent: "agent"),
      replacing: replacing, endingOthers: false)
    return begun.session
  }

  func entries(
    after position: Int64 = 0, since: Instant = Instant(microseconds: 0)
  ) throws(StoreError) -> [Revocation] {
    var entries: [Revocation] = []
    try revocations.read(after: position, since: since) { entries.append($0) }
    return entries
  }
}
