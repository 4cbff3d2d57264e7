import Synchronization

/// Which API tokens have been used since that was last written down. A use is noted in memory; the storage learns of it
/// at intervals, for all of them at once, and for each token at most once in `interval`.
package final class APITokenUses: Sendable {
  /// How coarse `APIToken.lastUsedAt` is.
  package static let interval = Duration.seconds(300)

  /// When the next use of one token is worth writing down; kept beside what is known of the token.
  package struct Mark: ~Copyable, Sendable {
    private let due: Atomic<Int64>

    package init(lastUsedAt: Instant?) {
      due = Atomic(lastUsedAt.map { ($0 + APITokenUses.interval).seconds } ?? Int64.min)
    }

    /// True for one of any number of callers, and not again before the interval is over.
    fileprivate func take(at now: Instant) -> Bool {
      let due = due.load(ordering: .relaxed)
      guard now.seconds >= due else { return false }
      let next = (now + APITokenUses.interval).seconds
      return self.due.compareExchange(expected: due, desired: next, ordering: .relaxed).exchanged
    }
  }

  /// Guard: held for one insertion, once per token and interval, and for an exchange.
  private let used = Mutex<Set<APIToken.ID>>([])

  package init() {}

  /// The token is being used.
  package func note(_ token: APIToken.ID, _ mark: borrowing Mark, at now: Instant) {
    if mark.take(at: now) { used.withLock { _ = $0.insert(token) } }
  }

  /// Writes down what was noted since the last time. What fails is tried again the next time.
  package func write(to store: any APITokenStore) throws(StoreError) {
    let tokens = used.withLock { used in
      defer { used = [] }
      return used
    }
    if tokens.isEmpty { return }
    do throws(StoreError) { try store.noteUse(of: Array(tokens)) } catch {
      used.withLock { $0.formUnion(tokens) }
      throw error
    }
  }
}
