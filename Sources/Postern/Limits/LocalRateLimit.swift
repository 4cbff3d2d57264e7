import Synchronization

/// Counts in the memory of this process, of which it takes a bounded part whatever comes.
///
/// Keys are spread over shards, each with a lock that is held for one look-up. A full shard makes room by dropping what
/// is over; where nothing is, the newcomer takes the place of whoever has counted least, and that count with it (the
/// space-saving algorithm: Metwally, Agrawal, El Abbadi 2005). So nobody is ever counted too low: a flood of addresses
/// sets no guilty one free, and at worst counts newcomers as if they had taken part in it.
package final class LocalRateLimit: RateLimit {
  /// 64 shards of 1,024: some 10 MB when an attack has filled them, 30 with the longest e-mail addresses.
  private static let shardCount = 64
  private let shards: [Shard]

  package init(shardCapacity: Int = 1_024) {
    shards = (0..<LocalRateLimit.shardCount).map { _ in Shard(capacity: shardCapacity) }
  }

  package func count(_ key: RateKey, adding weight: Int, at now: Duration) -> RateCount {
    shards[Int(UInt(bitPattern: key.hashValue) % UInt(shards.count))].count(key, adding: weight, at: now)
  }

  /// How many keys are remembered.
  package var size: Int { shards.reduce(0) { $0 + $1.size } }
}

private final class Shard: Sendable {
  private struct Entry {
    var count: Int
    /// On the monotonic clock.
    var end: Duration
  }

  private let capacity: Int
  private let entries = Mutex<[RateKey: Entry]>([:])

  init(capacity: Int) { self.capacity = capacity }

  var size: Int { entries.withLock(\.count) }

  func count(_ key: RateKey, adding weight: Int, at now: Duration) -> RateCount {
    entries.withLock { entries in
      var entry = Entry(count: 0, end: now + .seconds(key.window))
      if let known = entries[key], known.end > now {
        entry = known
      } else if weight == 0 {
        return RateCount(count: 0, rest: .seconds(key.window))
      } else if entries.count >= capacity, entries[key] == nil {
        entry.count = makeRoom(in: &entries, for: key, at: now)
      }
      entry.count += weight
      if weight > 0 { entries[key] = entry }
      return RateCount(count: entry.count, rest: entry.end - now)
    }
  }

  /// Returns the count that the newcomer inherits. A key with a shorter window would inherit what took longer to come
  /// together, so the one that goes has the same kind, if there is one.
  private func makeRoom(in entries: inout [RateKey: Entry], for key: RateKey, at now: Duration) -> Int {
    let before = entries.count
    var least: (key: RateKey, count: Int)?
    var over: [RateKey] = []
    for (other, entry) in entries {
      if entry.end <= now {
        over.append(other)
      } else if other.what == key.what, other.window == key.window, entry.count < least?.count ?? .max {
        least = (other, entry.count)
      }
    }
    for other in over { entries[other] = nil }
    if entries.count < before { return 0 }
    if let least {
      entries[least.key] = nil
      return least.count
    }
    // Full of other kinds: whoever has counted least of them goes, and the newcomer begins.
    if let other = entries.min(by: { $0.value.count < $1.value.count }) { entries[other.key] = nil }
    return 0
  }
}
