import Synchronization

/// Counts failed logins per account and address, and per address alone, and says who has to wait.
///
/// A pair of account and address may fail `most` times within `window`; an address may fail ten times as often over
/// all accounts, so that one guesser behind a shared address does not lock out the rest at once. A refused attempt does
/// not count and prolongs nothing. Unknown accounts count like known ones. Counts live in memory and are bounded.
package final class LoginAttempts: Sendable {
  private struct Count {
    var failures: Int
    /// On the monotonic clock: when the first of them happened.
    var since: Duration
  }

  private let most: Int
  private let window: Duration
  /// Guard of all counts. Held for a look-up, or once in a while for a sweep.
  private let counts = Mutex<[String: Count]>([:])
  private static let capacity = 100_000

  package init(most: Int, window: Duration) {
    self.most = most
    self.window = window
  }

  /// How long whoever tries this has to wait; `nil` when they may try now. To be asked right before the hash is
  /// computed, so that requests that wait in a queue together cannot all slip through.
  package func wait(account: String, address: String, at now: Duration) -> Duration? {
    counts.withLock { counts in
      [(pair(account, address), most), (LoginAttempts.network(address), most * 10)].compactMap { key, limit in
        guard let count = counts[key], count.failures >= limit, now - count.since < window else { return nil }
        return count.since + window - now
      }.max()
    }
  }

  package func fail(account: String, address: String, at now: Duration) {
    counts.withLock { counts in
      for key in [pair(account, address), LoginAttempts.network(address)] {
        if let count = counts[key], now - count.since < window {
          counts[key]!.failures += 1
        } else {
          counts[key] = Count(failures: 1, since: now)
        }
      }
      if counts.count > LoginAttempts.capacity { sweep(&counts, at: now) }
    }
  }

  package func succeed(account: String, address: String) {
    counts.withLock { _ = $0.removeValue(forKey: pair(account, address)) }
  }

  /// Drops what is over, and when that is not enough, what has counted least.
  private func sweep(_ counts: inout [String: Count], at now: Duration) {
    counts = counts.filter { now - $0.value.since < window }
    var lowest = 1
    while counts.count > LoginAttempts.capacity / 2 {
      counts = counts.filter { $0.value.failures > lowest }
      lowest += 1
    }
  }

  private func pair(_ account: String, _ address: String) -> String { "\(LoginAttempts.network(address)) \(account)" }

  /// The address itself for IPv4, also where it came mapped into IPv6 (RFC 4291, section 2.5.5.2); the first 64 bits
  /// for IPv6, which one subscriber has to themselves (RFC 6177). What is neither stays as it is.
  package static func network(_ address: String) -> String {
    guard let words = words(ofIPv6: address) else { return address }
    if words[..<5].allSatisfy({ $0 == 0 }), words[5] == 0xFFFF {
      return words[6...].map { "\($0 >> 8).\($0 & 0xFF)" }.joined(separator: ".")
    }
    return words[..<4].map { String($0, radix: 16) }.joined(separator: ":") + "::/64"
  }

  /// The eight 16-bit words of an IPv6 address in any of its texts (RFC 4291, section 2.2), its zone left out.
  private static func words(ofIPv6 address: String) -> [UInt16]? {
    let ends = address.prefix { $0 != "%" }.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
    guard address.contains(":"), let front = words(ends[0]), let back = words(ends.count > 1 ? ends[1] : "") else {
      return nil
    }
    let missing = 8 - front.count - back.count
    guard ends.count > 1 ? missing > 0 : missing == 0 else { return nil }
    return front + Array(repeating: 0, count: missing) + back
  }

  private static func words(_ text: Substring) -> [UInt16]? {
    var words: [UInt16] = []
    for part in text.split(separator: ":", omittingEmptySubsequences: text.isEmpty) {
      if part.contains(".") {
        let bytes = part.split(separator: ".").compactMap { UInt8($0) }.map(UInt16.init)
        guard bytes.count == 4 else { return nil }
        words += [bytes[0] << 8 | bytes[1], bytes[2] << 8 | bytes[3]]
      } else {
        guard let word = UInt16(part, radix: 16) else { return nil }
        words.append(word)
      }
    }
    return words
  }
}
