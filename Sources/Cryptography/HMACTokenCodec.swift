import Glibc
package import Postern

/// Access and refresh tokens as JWTs (RFC 7519) signed with HS256 (RFC 7515), as PyJWT and flask-jwt-extended make and
/// read them under the same key.
///
/// Nothing of the payload is looked at before the signature has been found right. Whoever holds the key can be anyone,
/// so it signs these two kinds of token and nothing else.
package struct HMACTokenCodec: TokenCodec {
  /// A longer token fits in no cookie and is refused unread.
  package static let longest = 8_192

  /// `{"alg":"HS256","typ":"JWT"}`
  private static let header: StaticString = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"

  private let key: HMACSHA256
  private let issuer: String?
  private let audience: String?

  /// With an `issuer` or `audience`, tokens carry it, and only tokens that carry it are taken.
  package init(key: [UInt8], issuer: String? = nil, audience: String? = nil) {
    self.key = HMACSHA256(key: key)
    self.issuer = issuer
    self.audience = audience
  }

  package func sign(_ claims: TokenClaims) -> String {
    let payload = claims.payload(issuer: issuer, audience: audience)
    var token: [UInt8] = []
    token.reserveCapacity(payload.count * 4 / 3 + 96)
    token.append(contentsOf: UnsafeBufferPointer(start: Self.header.utf8Start, count: Self.header.utf8CodeUnitCount))
    token.append(UInt8(ascii: "."))
    Base64.url.encode(payload, into: &token)
    let tag = key.tag(of: token)
    token.append(UInt8(ascii: "."))
    Base64.url.encode(tag, into: &token)
    return String(decoding: token, as: UTF8.self)
  }

  /// Throws, in this order: `notEnoughSegments`, `malformed` for a header that cannot be read, `algorithm`,
  /// `signature`, `foreign` for a payload that cannot be read, `issuer`, `audience`.
  ///
  /// A token that another application made may lack `nbf` (then `iat` counts), `epoch`, `revision` and `auth_time` (0:
  /// older than everything), `amr` (empty), `verified` (false), `generation`, `csrf`, names, role and permissions.
  package func verify(_ token: UnsafeBufferPointer<UInt8>) throws(TokenProblem) -> TokenClaims {
    guard token.count <= Self.longest else { throw .malformed }
    guard let headerEnd = firstDot(in: token, from: 0), let payloadEnd = firstDot(in: token, from: headerEnd + 1),
      firstDot(in: token, from: payloadEnd + 1) == nil
    else { throw .notEnoughSegments }

    let header = UnsafeBufferPointer(rebasing: token[..<headerEnd])
    let payload = UnsafeBufferPointer(rebasing: token[(headerEnd + 1)..<payloadEnd])
    if !isOwnHeader(header) { try TokenHeader.check(header) }
    guard
      isSignature(
        UnsafeBufferPointer(rebasing: token[(payloadEnd + 1)...]),
        of: UnsafeBufferPointer(rebasing: token[..<payloadEnd])
      )
    else { throw .signature }

    return try withDecoded(payload) { payload throws(TokenProblem) in
      guard let payload else { throw .foreign }
      do throws(TokenProblem) {
        return try ClaimsReader.read(payload, issuer: issuer, audience: audience)
      } catch {
        throw error == .malformed ? .foreign : error
      }
    }
  }

  private func firstDot(in token: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    guard start < token.count, let base = token.baseAddress,
      let found = memchr(base + start, Int32(UInt8(ascii: ".")), token.count - start)
    else { return nil }
    return UnsafeRawPointer(found) - UnsafeRawPointer(base)
  }

  private func isOwnHeader(_ header: UnsafeBufferPointer<UInt8>) -> Bool {
    header.count == Self.header.utf8CodeUnitCount
      && memcmp(header.baseAddress!, Self.header.utf8Start, header.count) == 0
  }

  private func isSignature(_ text: UnsafeBufferPointer<UInt8>, of message: UnsafeBufferPointer<UInt8>) -> Bool {
    let charactersOfTag = 43
    guard text.count == charactersOfTag else { return false }
    return withDecoded(text) { tag in
      guard let tag else { return false }
      return key.isTag(tag, of: message)
    }
  }
}

/// Hands over the bytes that base64url `text` stands for, in memory that lasts as long as the call, on the stack where
/// they are few; `nil` when it is not base64url.
@inline(__always)
func withDecoded<Outcome, Failure: Error>(
  _ text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>?) throws(Failure) -> Outcome
) throws(Failure) -> Outcome {
  try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: text.count) { buffer throws(Failure) in
    guard let count = Base64.url.decode(text, into: buffer) else { return try body(nil) }
    return try body(UnsafeBufferPointer(rebasing: buffer[..<count]))
  }
}
