import HTTP
import Postern

/// Somebody who is signed in, as their token says it, with what is asked of it again and again made once.
final class Caller: Sendable {
  let claims: TokenClaims
  let identity: Identity
  /// The fields of the answer that lets this person pass.
  let passFields: Fields

  /// Whom a token names, by its claims alone: nothing else can be known without the storage.
  convenience init(_ claims: TokenClaims) { self.init(claims, Identity(claims)) }

  /// Whom a token names, as the storage knows them now.
  init(_ claims: TokenClaims, _ identity: Identity) {
    self.claims = claims
    self.identity = identity
    var fields = Fields()
    fields.append("Cache-Control", "no-store")
    fields.append(IdentityFields.responder(identity))
    passFields = fields
  }

  /// Whom a refresh token names: the account and what its session proves, as the storage knows them now.
  convenience init(_ claims: TokenClaims, _ renewal: Renewal) {
    let session = renewal.session
    self.init(
      claims,
      Identity(renewal.account, methods: session.methods, provenAt: session.provenAt.seconds, session: session.id))
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

  /// An account as it is now, with what its session proves.
  init(_ account: Account, methods: [String], provenAt: Int64, session: SessionID) {
    self.init(
      account: account.id, session: session, email: account.email.text,
      name: account.profile.fullName,
      isVerified: account.isVerified, role: account.role?.name, permissions: account.role?.permissions ?? [],
      methods: methods, provenAt: provenAt)
  }
}
