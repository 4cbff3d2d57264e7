/// Who somebody is, as far as a requirement can ask.
package struct Identity: Sendable, Equatable {
  package var account: AccountID
  /// What they came with.
  package var credential: Credential
  package var email: String
  package var name: String
  package var isVerified: Bool
  package var role: String?
  package var roleID: Int64?
  package var permissions: [String]
  package var methods: [String]
  /// Seconds since 1970; `nil`: no person has proven anything.
  package var provenAt: Int64?

  /// Applications are told it as the session's name: an API token has a name of that kind, so that what they keep per
  /// session is kept apart.
  package enum Credential: Sendable, Hashable, CustomStringConvertible {
    case session(SessionID)
    case apiToken(APIToken.ID)

    package var description: String {
      switch self {
      case .session(let id): id.description
      case .apiToken(let id): "api-token-\(id)"
      }
    }
  }

  package init(
    account: AccountID, credential: Credential, email: String, name: String, isVerified: Bool, role: String?,
    roleID: Int64? = nil, permissions: [String], methods: [String], provenAt: Int64?
  ) {
    self.account = account
    self.credential = credential
    self.email = email
    self.name = name
    self.isVerified = isVerified
    self.role = role
    self.roleID = roleID
    self.permissions = permissions
    self.methods = methods
    self.provenAt = provenAt
  }
}

extension Identity {
  /// Whether a permission is granted, by its own name or by a wildcard such as `reports.*` or `*`.
  package func holds(_ permission: String) -> Bool {
    permissions.contains { Permissions.covers($0, permission) }
  }
}
