import Postern

extension TokenClaims {
  /// The JSON text of the claims, always in the same order: a token depends on nothing but what it says.
  func payload(issuer: String?, audience: String?) -> [UInt8] {
    var payload = JSONObjectWriter()
    payload.add("fresh", false)
    payload.add("iat", issuedAt)
    payload.add("jti", identifier)
    payload.add("type", kind.rawValue)
    payload.add("sub", subject)
    payload.add("nbf", notBefore)
    if let csrf { payload.add("csrf", csrf) }
    if let audience { payload.add("aud", audience) }
    if let issuer { payload.add("iss", issuer) }
    payload.add("exp", expires)
    payload.add("id", account.value)
    payload.add("role", roleID)
    payload.add("role_name", roleName)
    if let permissions { payload.add("permissions", permissions) }
    payload.add("first_name", firstName)
    payload.add("last_name", lastName)
    payload.add("email", subject)
    payload.add("session_id", session.description)
    payload.add("verified", isVerified)
    payload.add("amr", methods)
    payload.add("auth_time", provenAt)
    payload.add("epoch", epoch)
    if revision != 0 { payload.add("revision", revision) }
    if let generation { payload.add("generation", generation) }
    return payload.finished()
  }
}
