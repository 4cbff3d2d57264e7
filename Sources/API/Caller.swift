import HTTP
import Postern

/// Somebody who is signed in, as their token says it, with what is asked of it again and again made once.
final class Caller: Sendable {
  let claims: TokenClaims
  let identity: Identity
  /// The fields of the answer that lets this person pass.
  let passFields: Fields
  /// When a use of the session was last noted.
  let activity = Activity.Mark()

  /// Whom a token names, by its claims alone: nothing else can be known without the storage.
  init(_ claims: TokenClaims) {
    self.claims = claims
    identity = Identity(claims)
    var fields = Fields()
    fields.append("Cache-Control", "no-store")
    fields.append(IdentityFields.responder(identity))
    passFields = fields
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
      account: claims.account, session: claims.session, email: claims.subject,
      name: Profile.fullName(claims.firstName, claims.lastName),
      isVerified: claims.isVerified, role: claims.roleName, permissions: claims.permissions ?? [],
      methods: claims.methods, provenAt: claims.provenAt)
  }
}
