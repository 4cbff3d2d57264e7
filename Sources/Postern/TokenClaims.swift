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
  /// Refresh tokens only.
  package var generation: Int64?
  /// Under double submit only.
  package var csrf: String?

  package init(
    kind: Kind, identifier: String, subject: String, issuedAt: Int64, notBefore: Int64, expires: Int64,
    account: AccountID, session: SessionID, roleID: Int64? = nil, roleName: String? = nil,
    permissions: [String]? = [], firstName: String? = nil, lastName: String? = nil, isVerified: Bool = false,
    methods: [String] = [], provenAt: Int64, epoch: Int64, generation: Int64? = nil, csrf: String? = nil
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
    self.generation = generation
    self.csrf = csrf
  }
}

/// Why a token is not taken. The words of the recorded answers belong to these cases.
package enum TokenProblem: Error, Sendable, Equatable {
  /// No three parts.
  case notEnoughSegments
  /// Not base64url, not JSON, or claims that are missing or of a wrong type.
  case malformed
  /// `alg` is not the configured one, or the header asks for what is not understood (`crit`, `jku`, …).
  case algorithm
  case signature
  case expired
  /// `nbf` lies ahead.
  case notYetValid
  /// A refresh token where an access token belongs.
  case refreshNotAllowed
  /// An access token where a refresh token belongs.
  case onlyRefreshAllowed
  case issuer
  case audience
}

/// The port for signing and checking tokens. The algorithm is pinned by configuration.
package protocol TokenCodec: Sendable {
  /// The compact form (RFC 7515, section 3.1).
  func sign(_ claims: TokenClaims) -> String
  /// Checks form, algorithm and signature, and reads the claims; judges no time, kind, issuer or audience but those
  /// that never change with the hour (issuer, audience).
  func verify(_ token: UnsafeBufferPointer<UInt8>) throws(TokenProblem) -> TokenClaims
}

/// The port for password hashes. Each call takes tens of milliseconds and the configured memory.
package protocol PasswordHasher: Sendable {
  /// A PHC string with a fresh salt. Throws `unavailable` when the memory cannot be had.
  func hash(_ password: String) throws(StoreError) -> String
  /// False for a hash that cannot be read, too. Throws `unavailable` when the memory cannot be had.
  func verify(_ password: String, against hash: String) throws(StoreError) -> Bool
  /// A hash that no password matches, as costly to check as the ones that `hash` makes. Costs nothing itself.
  func decoy() -> String
  /// Whether the hash was made with other parameters than the ones in force.
  func needsRehash(_ hash: String) -> Bool
}
