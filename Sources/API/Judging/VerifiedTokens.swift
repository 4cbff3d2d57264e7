import HTTP
import Postern
import Synchronization

/// Remembers that the signature of a token was right. Nothing else is remembered: times and revocation are judged every
/// time. A token is found by all of its bytes; the table is bounded, and a newer token takes the place of an older one.
final class VerifiedTokens: Sendable {
  private static let shards = 64
  private static let slotsPerShard = 128

  private final class Entry: Sendable {
    let token: [UInt8]
    let caller: Caller

    init(_ token: UnsafeBufferPointer<UInt8>, _ caller: Caller) {
      self.token = Array(token)
      self.caller = caller
    }
  }

  /// Guard: each shard has its own lock, held for one comparison by a thread that does nothing else meanwhile. It takes
  /// its memory with its first token.
  private final class Shard: Sendable {
    let slots = Mutex<[Entry?]>([])
  }

  private let codec: any TokenCodec
  private let table: [Shard]

  init(_ codec: any TokenCodec) {
    self.codec = codec
    table = (0..<VerifiedTokens.shards).map { _ in Shard() }
  }

  /// Whom the token names, after a check of its form and signature, now or before; `nil` where it was not checked
  /// before, and that takes longer than a reactor has.
  func verify(_ token: UnsafeBufferPointer<UInt8>, mayBlock: Bool) throws(TokenProblem) -> Caller? {
    guard token.count > 16 else { throw .notEnoughSegments }
    // The end of a signature is as good as random for every token that was ever put here.
    let hash =
      UnsafeRawPointer(token.baseAddress! + token.count - 12).loadUnaligned(as: UInt64.self) &* 0x9E37_79B9_7F4A_7C15
    let shard = table[Int(hash >> 58)]
    let slot = Int(hash >> 51) & (VerifiedTokens.slotsPerShard - 1)
    let known = shard.slots.withLock { slots -> Caller? in
      guard !slots.isEmpty, let entry = slots[slot] else { return nil }
      return entry.token.withUnsafeBufferPointer { $0.isEqual(to: token) } ? entry.caller : nil
    }
    if let known { return known }
    guard mayBlock || codec.isQuick else { return nil }
    let caller = Caller(try codec.verify(token))
    let entry = Entry(token, caller)
    shard.slots.withLock { slots in
      if slots.isEmpty { slots = Array(repeating: nil, count: VerifiedTokens.slotsPerShard) }
      slots[slot] = entry
    }
    return caller
  }
}
