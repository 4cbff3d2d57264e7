/// A personal API token, for programs that act for a person: git, scripts, WebDAV. This is what is kept of it; its text
/// is shown once and stored nowhere.
package struct APIToken: Sendable, Equatable {
  /// Given by the storage, ascending, and never given twice.
  package struct ID: Sendable, Hashable, CustomStringConvertible {
    package let value: Int64
    package init(_ value: Int64) { self.value = value }
    package var description: String { String(value) }
  }

  package var id: ID
  package var account: AccountID
  /// The account's epoch when the token was made: it ends with everything else of that epoch.
  package var epoch: Int64
  /// What its owner calls it.
  package var name: String
  /// The permissions that it is limited to, wildcards such as `reports.*` among them; `nil`: all that its owner may.
  package var scopes: [String]?
  package var createdAt: Instant
  package var expiresAt: Instant
  /// A minute coarse; `nil`: never used.
  package var lastUsedAt: Instant?

  package init(
    id: ID, account: AccountID, epoch: Int64, name: String, scopes: [String]?, createdAt: Instant, expiresAt: Instant,
    lastUsedAt: Instant? = nil
  ) {
    self.id = id
    self.account = account
    self.epoch = epoch
    self.name = name
    self.scopes = scopes
    self.createdAt = createdAt
    self.expiresAt = expiresAt
    self.lastUsedAt = lastUsedAt
  }
}

/// What is needed to make one.
package struct NewAPIToken: Sendable {
  package var account: AccountID
  package var epoch: Int64
  /// SHA-256 of its text.
  package var digest: [UInt8]
  package var name: String
  package var scopes: [String]?
  package var life: Duration

  package init(
    account: AccountID, epoch: Int64, digest: [UInt8], name: String, scopes: [String]?, life: Duration
  ) {
    self.account = account
    self.epoch = epoch
    self.digest = digest
    self.name = name
    self.scopes = scopes
    self.life = life
  }
}

extension Identity {
  /// Whom an API token stands for: its owner as they are now, with what the token's scopes leave of their permissions.
  /// A role says more than any scope, so only a token without scopes has one. No person has proven anything by it: it
  /// satisfies neither `mfa` nor `age`.
  package init(_ account: Account, through token: APIToken) {
    let granted = account.role?.permissions ?? []
    let isUnscoped = token.scopes == nil
    self.init(
      account: account.id, credential: .apiToken(token.id), email: account.email.text, name: account.profile.fullName,
      isVerified: account.isVerified, role: isUnscoped ? account.role?.name : nil,
      roleID: isUnscoped ? account.role?.id : nil,
      permissions: token.scopes.map { Permissions.common($0, granted) } ?? granted, methods: [], provenAt: nil)
  }
}
