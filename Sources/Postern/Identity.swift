/// Who somebody is, as far as a requirement can ask.
package struct Identity: Sendable, Equatable {
  package var account: AccountID
  package var session: SessionID
  package var email: String
  package var name: String
  package var isVerified: Bool
  package var role: String?
  package var permissions: [String]
  package var methods: [String]
  /// Seconds since 1970.
  package var provenAt: Int64

  package init(
    account: AccountID, session: SessionID, email: String, name: String, isVerified: Bool, role: String?,
    permissions: [String], methods: [String], provenAt: Int64
  ) {
    self.account = account
    self.session = session
    self.email = email
    self.name = name
    self.isVerified = isVerified
    self.role = role
    self.permissions = permissions
    self.methods = methods
    self.provenAt = provenAt
  }
}

extension Identity {
  /// Whether a permission is granted, by its own name or by a wildcard such as `reports.*` or `*`.
  package func holds(_ permission: String) -> Bool {
    permissions.contains { granted in
      granted == permission || granted == "*"
        || (granted.hasSuffix(".*") && permission.hasPrefix(granted.dropLast()))
    }
  }
}
