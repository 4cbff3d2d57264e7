/// What an access or refresh token says (RFC 7519), with the claims that flask-jwt-extended gives and reads.
package struct TokenClaims: Sendable, Equatable {
  package enum Kind: String, Sendable { case access, refresh }

  package var kind: Kind
  package var identifier: String
  /// `sub`: the e-mail, as other applications expect it. Postern never finds an account by it.
  package var subject: String
  /// Seconds since 1970.
  package var issuedAt: Int64
  package var notBefore: Int64
  package var expires: Int64
  package var account: AccountID
  package var session: SessionID
  package var roleID: Int64?
  package var roleName: String?
  /// `nil`: too many for a cookie; they are looked up.
  package var permissions: [String]?
  package var firstName: String?
  package var lastName: String?
  package var isVerified: Bool
  /// How (RFC 8176) and when (seconds) the person last proved who they are.
  package var methods: [String]
  package var provenAt: Int64
  package var epoch: Int64
  /// Which state of the account the claims about role, permissions and name were taken from.
  package var revision: Int64
  /// Refresh tokens only.
  package var generation: Int64?
  /// Under double submit only.
  package var csrf: String?

  package init(
    kind: Kind, identifier: String, subject: String, issuedAt: Int64, notBefore: Int64, expires: Int64,
    account: AccountID, session: SessionID, roleID: Int64? = nil, roleName: String? = nil,
    permissions: [String]? = [], firstName: String? = nil, lastName: String? = nil, isVerified: Bool = false,
    methods: [String] = [], provenAt: Int64, epoch: Int64, revision: Int64 = 0, generation: Int64? = nil,
    csrf: String? = nil
  ) {
    self.kind = kind
    self.identifier = identifier
    self.subject = subject
    self.issuedAt = issuedAt
    self.notBefore = notBefore
    self.expires = expires
    self.account = account
    self.session = session
    self.roleID = roleID
    self.roleName = roleName
    self.permissions = permissions
    self.firstName = firstName
    self.lastName = lastName
    self.isVerified = isVerified
    self.methods = methods
    self.provenAt = provenAt
    self.epoch = epoch
    self.revision = revision
    self.generation = generation
    self.csrf = csrf
  }

  /// The same session's claims, of the account as it is now.
  package func about(_ account: Account) -> TokenClaims {
    var claims = self
    claims.subject = account.email.text
    claims.roleID = account.role?.id
    claims.roleName = account.role?.name
    claims.permissions = account.role?.permissions ?? []
    claims.firstName = account.profile.firstName
    claims.lastName = account.profile.lastName
    claims.isVerified = account.isVerified
    claims.revision = account.revision
    return claims
  }
}
