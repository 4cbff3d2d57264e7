import Glibc
package import Postern

/// Access and refresh tokens as JWTs (RFC 7519), as PyJWT and flask-jwt-extended make and read them under the same key.
///
/// Which keys and algorithms there are is configuration; a token can only say which of them it was signed with. Nothing
/// of the payload is looked at before the signature has been found right. Whoever holds a key can be anyone, so it
/// signs these two kinds of token and nothing else.
package struct JWTCodec: TokenCodec {
  /// A key that signs tokens issued from that second on.
  package struct Signer: Sendable {
    package let from: Int64
    package let key: SigningKey

    package init(from: Int64, _ key: SigningKey) {
      self.from = from
      self.key = key
    }
  }

  /// A longer token fits in no cookie and is refused unread.
  package static let longest = 8_192

  private static let secretHeader = TokenHeader.written(.hs256, key: nil, type: "JWT")

  /// The last to begin comes first.
  private let signers: [(from: Int64, header: [UInt8], key: SigningKey)]
  /// Tried in turn: their tokens name no key.
  private let secrets: [HMACSHA256]
  private let publicKeys: [(header: [UInt8], key: PublicKey)]
  private let issuer: String?
  private let audience: String?

  /// A token is signed with the last of `signers` that has begun when it is issued, with the first to begin where none
  /// has: there must be one. What is taken is signed with any of `keys`.
  ///
  /// With an `issuer` or `audience`, tokens carry it, and only tokens that carry it are taken.
  package init(
    signers: [Signer], keys: [VerificationKey], issuer: String? = nil, audience: String? = nil
  ) {
    precondition(!signers.isEmpty, "JWTCodec: no key to sign with")
    self.signers = signers.sorted { $0.from > $1.from }.map { ($0.from, $0.key.header(type: "JWT"), $0.key) }
    var (secrets, publicKeys) = ([HMACSHA256](), [(header: [UInt8], key: PublicKey)]())
    for key in keys {
      switch key {
      case .secret(let secret): secrets.append(secret)
      case .publicKey(let key): publicKeys.append((key.header(type: "JWT"), key))
      }
    }
    self.secrets = secrets
    self.publicKeys = publicKeys
    self.issuer = issuer
    self.audience = audience
  }

  /// One key for all, under HS256.
  package init(key: [UInt8], issuer: String? = nil, audience: String? = nil) {
    let secret = HMACSHA256(key: key)
    self.init(
      signers: [Signer(from: 0, .secret(secret))], keys: [.secret(secret)], issuer: issuer, audience: audience)
  }

  package func sign(_ claims: TokenClaims) -> String {
    let signer = signers.first { $0.from <= claims.issuedAt } ?? signers[signers.count - 1]
    return signer.key.sign(header: signer.header, payload: claims.payload(issuer: issuer, audience: audience))
  }

  /// Throws, in this order: `notEnoughSegments`, `malformed` for a header that cannot be read, `algorithm`,
  /// `signature`, also for a key that is not known or no longer counts, `foreign` for a payload that cannot be read,
  /// `issuer`, `audience`.
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
    let signature = UnsafeBufferPointer(rebasing: token[(payloadEnd + 1)...])
    let message = UnsafeBufferPointer(rebasing: token[..<payloadEnd])
    guard let key = try key(for: header), isSignature(signature, of: message, key) else { throw .signature }

    return try withDecoded(payload) { payload throws(TokenProblem) in
      guard let payload else { throw .foreign }
      do throws(TokenProblem) {
        return try ClaimsReader.read(payload, issuer: issuer, audience: audience)
      } catch {
        throw error == .malformed ? .foreign : error
      }
    }
  }

  package var isQuick: Bool { publicKeys.isEmpty }

  private enum Key {
    /// Any of the secrets.
    case secrets
    case publicKey(PublicKey)
  }

  /// The key that a header stands for: told by the header's bytes where they are our own, and otherwise by what they
  /// say. `nil` where the token names one that is not here.
  private func key(for header: UnsafeBufferPointer<UInt8>) throws(TokenProblem) -> Key? {
    if !secrets.isEmpty, isEqual(header, Self.secretHeader) { return .secrets }
    for (known, key) in publicKeys where isEqual(header, known) { return .publicKey(key) }

    let header = try TokenHeader(header)
    guard let name = header.key else {
      guard header.algorithm == .hs256, !secrets.isEmpty else { throw .algorithm }
      return .secrets
    }
    // Under HS256 no key is named, so that no name can lead from one kind of key to the other.
    guard header.algorithm != .hs256 else { throw .algorithm }
    guard let key = publicKeys.first(where: { $0.key.id.utf8.elementsEqual(name.utf8) })?.key else { return nil }
    guard key.algorithm == header.algorithm else { throw .algorithm }
    return .publicKey(key)
  }

  private func firstDot(in token: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    guard start < token.count, let base = token.baseAddress,
      let found = memchr(base + start, Int32(UInt8(ascii: ".")), token.count - start)
    else { return nil }
    return UnsafeRawPointer(found) - UnsafeRawPointer(base)
  }

  private func isEqual(_ header: UnsafeBufferPointer<UInt8>, _ known: [UInt8]) -> Bool {
    header.count == known.count && memcmp(header.baseAddress!, known, known.count) == 0
  }

  private func isSignature(
    _ text: UnsafeBufferPointer<UInt8>, of message: UnsafeBufferPointer<UInt8>, _ key: Key
  ) -> Bool {
    let charactersOfTag = 43
    if case .secrets = key, text.count != charactersOfTag { return false }
    return withDecoded(text) { signature in
      guard let signature else { return false }
      switch key {
      case .secrets: return secrets.contains { $0.isTag(signature, of: message) }
      case .publicKey(let key): return key.isSignature(signature, of: message)
      }
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
