import Synchronization

/// What has ended before its time, in memory: asked by every `verify`, without a lock that anyone else could hold.
///
/// An entry matters only as long as an access token that was issued before it can live; older ones are forgotten. The
/// knowledge is *fresh* while the log has been read within the last second; when it is not, nobody may be let in on it
/// alone.
package final class Revocations: Sendable {
  /// For how long after the log was last read this memory may be trusted alone.
  package static let freshness = Duration.seconds(1)

  /// Sessions by a fold of their random id, and accounts by id with the lowest epoch that still lives.
  private let sessions = AtomicTable()
  private let accounts = AtomicTable()
  /// Accounts of which older tokens say something that does not hold any more, with the present revision.
  private let revisions = AtomicTable()
  private let apiTokens = AtomicTable()
  private let currentUntil = Atomic<Int64>(Int64.min)
  private let lastPosition = Mutex<Int64?>(nil)
  /// The latest that the wall clock has shown, seconds since 1970.
  private let latest = Atomic<Int64>(Int64.min)
  /// Seconds since 1970.
  private let knownSince: Int64

  /// - Parameter knownSince: what had ended before that moment may have been forgotten before this memory came to be,
  ///   by a process under whose settings no token lived so long.
  package init(knownSince: Instant? = nil) { self.knownSince = knownSince?.seconds ?? Int64.min }

  /// Whether everything is known that could have ended a token which was issued then, seconds since 1970.
  package func reachesBack(to issuedAt: Int64) -> Bool { issuedAt >= knownSince }

  /// How many entries are held, for the log and the measurements.
  package var count: Int { sessions.count + accounts.count + revisions.count + apiTokens.count }

  private static let longestStep = Revocation.longestStep.components.seconds

  /// The wall clock shows this now. To be called often: what ends after the clock was set back is remembered as if it
  /// had ended at the latest moment that was ever shown. A token that was issued at that moment, and is not valid yet,
  /// must not come alive when the moment is there again.
  package func advance(to now: Instant) { _ = stamp(now) }

  private func stamp(_ now: Instant) -> Int64 {
    let shown = latest.load(ordering: .relaxed)
    if now.seconds <= shown { return min(shown, now.seconds + Revocations.longestStep) }
    return latest.max(now.seconds, ordering: .relaxed).newValue
  }

  /// The session has ended. To be called before the end is acknowledged, also when its outcome is unknown.
  package func insert(session: SessionID, at now: Instant) {
    sessions.insert(Revocations.key(session), value: 1, stamp: stamp(now))
  }

  /// Everything of the account that carries an epoch lower than this has ended.
  package func insert(account: AccountID, epoch: Int64, at now: Instant) {
    accounts.insert(UInt64(bitPattern: account.value), value: UInt32(clamping: epoch), stamp: stamp(now))
  }

  /// What tokens of a lower revision than this say of the account is out of date.
  package func insert(account: AccountID, revision: Int64, at now: Instant) {
    revisions.insert(UInt64(bitPattern: account.value), value: UInt32(clamping: revision), stamp: stamp(now))
  }

  /// The API token has ended.
  package func insert(apiToken: APIToken.ID, at now: Instant) {
    apiTokens.insert(UInt64(bitPattern: apiToken.value), value: 1, stamp: stamp(now))
  }

  package func insert(_ revocation: Revocation) {
    switch revocation.subject {
    case .session(let id): insert(session: id, at: revocation.at)
    case .account(let id, let epoch): insert(account: id, epoch: epoch, at: revocation.at)
    case .claims(let id, let revision): insert(account: id, revision: revision, at: revocation.at)
    case .apiToken(let id, _): insert(apiToken: id, at: revocation.at)
    }
  }

  /// Whether what was issued for this session, account and epoch has ended.
  package func contains(session: SessionID, account: AccountID, epoch: Int64) -> Bool {
    if sessions.value(for: Revocations.key(session)) != nil { return true }
    return contains(account: account, epoch: epoch)
  }

  package func contains(_ token: APIToken) -> Bool {
    if apiTokens.value(for: UInt64(bitPattern: token.id.value)) != nil { return true }
    return contains(account: token.account, epoch: token.epoch)
  }

  private func contains(account: AccountID, epoch: Int64) -> Bool {
    guard let lowest = accounts.value(for: UInt64(bitPattern: account.value)) else { return false }
    return Revocations.isBelow(epoch, lowest)
  }

  /// Whether what a token of this revision says of the account's role, permissions and name is out of date.
  package func isOutOfDate(account: AccountID, revision: Int64) -> Bool {
    guard let present = revisions.value(for: UInt64(bitPattern: account.value)) else { return false }
    return Revocations.isBelow(revision, present)
  }

  /// Whether the log has been read so recently that this memory counts.
  package func isFresh(at monotonic: Duration) -> Bool {
    Revocations.milliseconds(monotonic) < currentUntil.load(ordering: .acquiring)
  }

  /// Reads what the log holds that is not here yet. `monotonic` is taken before the reading, so that freshness is
  /// never claimed for longer than it holds. One caller at a time reads; the others wait.
  package func catchUp(
    from log: any RevocationLog, since: Instant, monotonic: Duration
  ) throws(StoreError) {
    let result = lastPosition.withLock { position -> Result<Void, StoreError> in
      do throws(StoreError) {
        if position == nil { sessions.reserve(try log.count(since: since)) }
        var last = position ?? 0
        try log.read(after: last, since: since) { revocation in
          insert(revocation)
          last = max(last, revocation.position)
        }
        position = last
        return .success(())
      } catch {
        return .failure(error)
      }
    }
    try result.get()
    currentUntil.store(Revocations.milliseconds(monotonic + Revocations.freshness), ordering: .releasing)
  }

  /// Forgets what was inserted before that moment.
  package func purge(before: Instant) {
    sessions.purge(before: before.seconds)
    accounts.purge(before: before.seconds)
    revisions.purge(before: before.seconds)
    apiTokens.purge(before: before.seconds)
  }

  /// Where the table's figure is at its end, everything is below it.
  private static func isBelow(_ figure: Int64, _ stored: UInt32) -> Bool { stored == .max || figure < Int64(stored) }

  private static func key(_ session: SessionID) -> UInt64 { session.high ^ session.low }

  private static func milliseconds(_ duration: Duration) -> Int64 {
    let (seconds, attoseconds) = duration.components
    return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
  }
}
