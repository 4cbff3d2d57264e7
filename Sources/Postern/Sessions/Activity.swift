import Synchronization

/// Which sessions and API tokens have been used since that was last written down: `verify` notes it in memory, and the
/// storage learns of it at intervals, for all of them at once.
package final class Activity: Sendable {
  /// When a credential was last noted. Kept beside what is known of its bearer, it saves `note` its lock.
  package struct Mark: ~Copyable, Sendable {
    fileprivate let round = Atomic<Int64>(0)
    package init() {}
  }

  /// Of more, between two writings, the rest is passed over: a bound, not a figure that is ever met.
  private static let most = 1_000_000
  /// So many are written in one transaction: no other write waits for all of them.
  private static let step = 500

  private let round = Atomic<Int64>(1)
  /// Guard: held for one insertion, once per token and interval, and for the exchange at its end.
  private let used = Mutex<Set<Identity.Credential>>([])

  package init() {}

  /// The credential is being used.
  package func note(_ credential: Identity.Credential) {
    used.withLock { if $0.count < Activity.most { $0.insert(credential) } }
  }

  /// The same, for whoever comes again and again.
  package func note(_ credential: Identity.Credential, mark: borrowing Mark) {
    let round = round.load(ordering: .relaxed)
    if mark.round.load(ordering: .relaxed) == round { return }
    mark.round.store(round, ordering: .relaxed)
    note(credential)
  }

  /// Writes down what was noted since the last time. What fails is tried again the next time.
  package func write(to sessions: any SessionStore, _ apiTokens: any APITokenStore) throws(StoreError) {
    // First the round, then the set: whoever notes between the two is written now, and once more the next time.
    round.add(1, ordering: .relaxed)
    var rest = used.withLock { used in
      defer { used = [] }
      return Array(used)
    }
    while !rest.isEmpty {
      let step = rest.suffix(Activity.step)
      do throws(StoreError) {
        let usedSessions = step.compactMap { if case .session(let id) = $0 { id } else { nil } }
        if !usedSessions.isEmpty { try sessions.noteActivity(of: usedSessions) }
        let usedTokens = step.compactMap { if case .apiToken(let id) = $0 { id } else { nil } }
        if !usedTokens.isEmpty { try apiTokens.noteUse(of: usedTokens) }
      } catch {
        used.withLock { $0.formUnion(rest) }
        throw error
      }
      rest.removeLast(step.count)
    }
  }
}
