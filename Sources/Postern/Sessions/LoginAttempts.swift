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
      [(pair(account, address), most), (Network(of: address).description, most * 10)].compactMap { key, limit in
        guard let count = counts[key], count.failures >= limit, now - count.since < window else { return nil }
        return count.since + window - now
      }.max()
    }
  }

  package func fail(account: String, address: String, at now: Duration) {
    counts.withLock { counts in
      for key in [pair(account, address), Network(of: address).description] {
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

  private func pair(_ account: String, _ address: String) -> String { "\(Network(of: address).description) \(account)" }
}
