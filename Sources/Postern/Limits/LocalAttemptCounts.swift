import Synchronization

/// Counts in the memory of this process, bounded.
package final class LocalAttemptCounts: AttemptCounts {
  private struct Count {
    var failures = 0
    /// Attempts that are under way.
    var pending = 0
    /// On the monotonic clock, like `last`.
    var waitEnd = Duration.zero
    /// When the last of them failed.
    var last = Duration.zero

    func isOver(_ window: Duration, at now: Duration) -> Bool {
      pending == 0 && (failures == 0 || now - max(waitEnd, last) >= window)
    }
  }

  /// Guard of all counts. Held for a look-up, or once in a while for a sweep.
  private let counts = Mutex<[AttemptBucket.Key: Count]>([:])
  private let capacity: Int

  package init(capacity: Int = 100_000) { self.capacity = capacity }

  package func reserve(_ buckets: [AttemptBucket], window: Duration, at now: Duration) -> Duration? {
    counts.withLock { counts in
      let waits = buckets.compactMap { bucket -> Duration? in
        guard let count = counts[bucket.key], !count.isOver(window, at: now) else { return nil }
        if count.waitEnd > now { return count.waitEnd - now }
        // Others are under way: if all fail, that was the last.
        return count.failures + count.pending >= bucket.ceiling(after: count.failures) ? .seconds(1) : nil
      }
      if let longest = waits.max() { return longest }
      for bucket in buckets {
        if counts[bucket.key]?.isOver(window, at: now) ?? true { counts[bucket.key] = Count(last: now) }
        counts[bucket.key]!.pending += 1
      }
      if counts.count > capacity { sweep(&counts, window, at: now) }
      return nil
    }
  }

  package func settle(
    _ buckets: [AttemptBucket], as outcome: AttemptOutcome, window: Duration, at now: Duration
  ) -> Bool {
    counts.withLock { counts in
      var beginsWait = false
      for bucket in buckets {
        guard var count = counts[bucket.key] else { continue }
        count.pending -= 1
        switch outcome {
        case .abandoned: break
        case .right: if bucket.isOwn { count.failures = 0 }
        case .wrong:
          count.failures += 1
          count.last = now
          if let wait = bucket.wait(after: count.failures, window: window) {
            count.waitEnd = now + wait
            beginsWait = true
          }
        }
        counts[bucket.key] = count.isOver(window, at: now) ? nil : count
      }
      return beginsWait
    }
  }

  /// How many buckets are remembered.
  package var size: Int { counts.withLock(\.count) }

  /// Drops what is over, and when that is not enough, what has counted least.
  private func sweep(_ counts: inout [AttemptBucket.Key: Count], _ window: Duration, at now: Duration) {
    counts = counts.filter { !$0.value.isOver(window, at: now) }
    var lowest = 1
    while counts.count > capacity / 2 {
      counts = counts.filter { $0.value.failures > lowest || $0.value.pending > 0 }
      lowest += 1
    }
  }
}
