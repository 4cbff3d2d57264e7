import Postern
import Synchronization

/// Somebody whom a token of a session names.
final class Caller: Sendable {
  let claims: TokenClaims
  let visitor: Visitor
  /// When a use of the session was last noted.
  let activity = Activity.Mark()
  /// Whether the storage has said, since this process runs, that the session goes on: what has ended since is
  /// remembered.
  let wasAlive = Atomic<Bool>(false)

  /// Whom a token names, by its claims alone: nothing else can be known without the storage.
  init(_ claims: TokenClaims) {
    self.claims = claims
    visitor = Visitor(Identity(claims))
  }

  /// Whom a refresh token names: the account and what its session proves, as the storage knows them now.
  convenience init(_ claims: TokenClaims, _ renewal: Renewal) {
    var claims = claims.about(renewal.account)
    claims.methods = renewal.session.methods
    claims.provenAt = renewal.session.provenAt.seconds
    self.init(claims)
  }
}

extension Identity {
  fileprivate init(_ claims: TokenClaims) {
    self.init(
      account: claims.account, credential: .session(claims.session), email: claims.subject,
      name: Profile.fullName(claims.firstName, claims.lastName),
      isVerified: claims.isVerified, role: claims.roleName, roleID: claims.roleID,
      permissions: claims.permissions ?? [], methods: claims.methods, provenAt: claims.provenAt)
  }
}
