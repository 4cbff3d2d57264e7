/// How tokens are signed (RFC 7518, section 3.1; RFC 8037, section 3.1). A key is good for one of them and no other.
package enum TokenAlgorithm: String, Sendable, CaseIterable {
  /// One secret signs and checks: whoever can check a token can make one.
  case hs256 = "HS256"
  case rs256 = "RS256"
  case es256 = "ES256"
  /// With Ed25519.
  case edDSA = "EdDSA"
}
