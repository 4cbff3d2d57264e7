import HTTP
import Postern
import Synchronization

/// A token whose form and signature are right, with what is asked of it again and again made once.
final class VerifiedToken: Sendable {
  let claims: TokenClaims
  /// Whom it names; its claims only, as nothing else can be known without the storage.
  let identity: Identity
  /// The `X-Auth-*` fields of an answer that lets this person pass.
  let identityFields: Fields
  fileprivate let bytes: [UInt8]

  init(_ claims: TokenClaims, bytes: [UInt8] = []) {
    self.claims = claims
    self.bytes = bytes
    identity = Identity(claims)
    identityFields = IdentityFields.responder(identity)
  }
}

extension Identity {
  init(_ claims: TokenClaims) {
    self.init(
      account: claims.account, session: claims.session, email: claims.subject,
      name: [claims.firstName, claims.lastName].compactMap(\.self).joined(separator: " "),
      isVerified: claims.isVerified, role: claims.roleName, permissions: claims.permissions ?? [],
      methods: claims.methods, provenAt: claims.provenAt)
  }
}

/// Remembers that the signature of a token was right. Nothing else is remembered: times and revocation are judged every
/// time. A token is found by all of its bytes; the table is bounded, and a newer token takes the place of an older one.
final class VerifiedTokens: Sendable {
  private static let shards = 64
  private static let slotsPerShard = 128

  private let codec: any TokenCodec
  /// Guard: each shard has its own lock, held for one comparison by a thread that does nothing else meanwhile.
  private let table: [Shard]

  private final class Shard: Sendable {
    let slots = Mutex([VerifiedToken?](repeating: nil, count: VerifiedTokens.slotsPerShard))
  }

  init(_ codec: any TokenCodec) {
    self.codec = codec
    table = (0..<VerifiedTokens.shards).map { _ in Shard() }
  }

  /// The token's claims, after a check of form and signature, now or before.
  func verify(_ token: UnsafeBufferPointer<UInt8>) throws(TokenProblem) -> VerifiedToken {
    guard token.count > 16 else { throw .notEnoughSegments }
    // The end of the signature is as good as random for every token that was ever put here.
    let hash = token.suffix(16).reduce(UInt64(0)) { $0 &* 31 &+ UInt64($1) }
    let shard = table[Int(hash % UInt64(VerifiedTokens.shards))]
    let slot = Int(hash / UInt64(VerifiedTokens.shards) % UInt64(VerifiedTokens.slotsPerShard))
    if let known = shard.slots.withLock({ $0[slot] }), known.bytes.elementsEqual(token) { return known }
    let verified = VerifiedToken(try codec.verify(token), bytes: Array(token))
    shard.slots.withLock { $0[slot] = verified }
    return verified
  }
}
