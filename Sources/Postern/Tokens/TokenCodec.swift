/// Why a token is not taken. The words of the recorded answers belong to these cases.
package enum TokenProblem: Error, Sendable, Equatable {
  /// No three parts.
  case notEnoughSegments
  /// No token at all: too long, not base64url, or a header that is not JSON.
  case malformed
  /// Rightly signed, and yet no token of ours: claims are missing, of a wrong type, or not JSON. Another application
  /// that holds the key has made it, for no session of ours.
  case foreign
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
  /// Whether `verify` takes a few microseconds, whatever comes. With key pairs it takes twenty times as long, and
  /// anybody can send what costs that much.
  var isQuick: Bool { get }
}
