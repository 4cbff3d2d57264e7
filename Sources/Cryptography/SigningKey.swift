package import Postern

/// A key that makes tokens, and takes them.
package enum SigningKey: Sendable {
  case secret(HMACSHA256)
  case pair(PrivateKey)

  package var algorithm: TokenAlgorithm {
    switch self {
    case .secret: .hs256
    case .pair(let pair): pair.algorithm
    }
  }

  package var verification: VerificationKey {
    switch self {
    case .secret(let secret): .secret(secret)
    case .pair(let pair): .publicKey(pair.publicKey)
    }
  }

  /// The header of what it signs, in base64url. A key pair is named in it by its thumbprint; under HS256 nothing is
  /// named, as flask-jwt-extended has it.
  func header(type: String) -> [UInt8] {
    switch self {
    case .secret: TokenHeader.written(.hs256, key: nil, type: type)
    case .pair(let pair): pair.publicKey.header(type: type)
    }
  }

  /// The compact form (RFC 7515, section 3.1).
  func sign(header: [UInt8], payload: [UInt8]) -> String {
    var token: [UInt8] = []
    token.reserveCapacity(header.count + payload.count * 4 / 3 + 96)
    token.append(contentsOf: header)
    token.append(UInt8(ascii: "."))
    Base64.url.encode(payload, into: &token)
    let signature =
      switch self {
      case .secret(let secret): secret.tag(of: token)
      case .pair(let pair): pair.signature(of: token)
      }
    token.append(UInt8(ascii: "."))
    Base64.url.encode(signature, into: &token)
    return String(decoding: token, as: UTF8.self)
  }
}

/// A key that takes tokens.
package enum VerificationKey: Sendable {
  case secret(HMACSHA256)
  case publicKey(PublicKey)
}
