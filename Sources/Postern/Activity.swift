import Synchronization

/// Which sessions have been used since that was last written down: `verify` notes it in memory, and the storage learns
/// of it at intervals, for all of them at once.
package final class Activity: Sendable {
  /// When a caller was last noted. Kept beside what is known of the caller, it saves `note` its lock.
  package struct Mark: ~Copyable, Sendable {
    fileprivate let round = Atomic<Int64>(0)
    package init() {}
  }

  /// Of more sessions, between two writings, the rest is passed over: a bound, not a figure that is ever met.
  private static let most = 1_000_000
  /// So many are written in one transaction: no other write waits for all of them.
  private static let step = 500

  private let round = Atomic<Int64>(1)
  /// Guard: held for one insertion, once per token and interval, and for the exchange at its end.
  private let used = Mutex<Set<SessionID>>([])

  package init() {}

  /// The session is being used.
  package func note(_ session: SessionID) {
    used.withLock { if $0.count < Activity.most { $0.insert(session) } }
  }

  /// The same, for whoever comes again and again.
  package func note(_ session: SessionID, mark: borrowing Mark) {
    let round = round.load(ordering: .relaxed)
    if mark.round.load(ordering: .relaxed) == round { return }
    mark.round.store(round, ordering: .relaxed)
    note(session)
  }

  /// Writes down what was noted since the last time. What fails is tried again the next time.
  package func write(to store: any SessionStore) throws(StoreError) {
    // First the round, then the set: whoever notes between the two is written now, and once more the next time.
    round.add(1, ordering: .relaxed)
    let sessions = used.withLock { used in
      let sessions = Array(used)
      used = []
      return sessions
    }
    for start in stride(from: 0, to: sessions.count, by: Activity.step) {
      do throws(StoreError) {
        try store.noteActivity(of: Array(sessions[start..<min(start + Activity.step, sessions.count)]))
      } catch {
        used.withLock { $0.formUnion(sessions[start...]) }
        throw error
      }
    }
  }
}
