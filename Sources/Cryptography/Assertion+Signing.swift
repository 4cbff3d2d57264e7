package import Postern

extension Assertion {
  /// The compact form, under a key that signs nothing else.
  package func signed(with key: SigningKey, identifier: String) -> String {
    var payload = JSONObjectWriter()
    payload.add("iss", issuer)
    payload.add("aud", audience)
    payload.add("sub", identity.account.description)
    payload.add("iat", issuedAt)
    payload.add("exp", issuedAt + Assertion.life)
    payload.add("jti", identifier)
    payload.add("email", identity.email)
    payload.add("email_verified", identity.isVerified)
    payload.add("name", identity.name)
    payload.add("role", identity.role)
    if tellsPermissions { payload.add("permissions", identity.permissions) }
    payload.add("session_id", identity.credential.description)
    payload.add("amr", identity.methods)
    if let provenAt = identity.provenAt { payload.add("auth_time", provenAt) }
    return key.sign(header: key.header(type: Assertion.type), payload: payload.finished())
  }
}
