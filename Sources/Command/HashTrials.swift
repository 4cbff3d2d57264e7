import Postern
import Synchronization

/// Verifies one stored hash of each kind that other programs have made, with a wrong password, before anybody else
/// does: `FailureSchedule` shall know how slow they are, and not learn it from the first failed login, which would be
/// answered later than all others.
final class HashTrials: Sendable {
  private let accounts: any AccountStore
  private let clock: any Clock
  /// When a kind was tried. Guard: held for a look-up.
  private let tried = Mutex<[String: Duration]>([:])

  /// How many hashes are looked at; how many of them are computed in one turn, and in an hour.
  static let looked = 1_000
  static let computed = 4
  static let kinds = 16

  init(accounts: any AccountStore, clock: any Clock) {
    self.accounts = accounts
    self.clock = clock
  }

  /// Tries what has not been tried for an hour. `kind`: what hashes that take the same time have in common; `nil` for
  /// one that is not to be tried.
  func run(_ hasher: any PasswordHasher, kind: (String) -> String?) throws(StoreError) {
    let now = clock.monotonic()
    var left = tried.withLock { tried in
      tried = tried.filter { now - $0.value < FailureSchedule.period }
      return min(HashTrials.computed, HashTrials.kinds - tried.count)
    }
    for hash in try accounts.foreignHashes(limit: HashTrials.looked) {
      guard left > 0 else { return }
      guard let kind = kind(hash), tried.withLock({ $0[kind] }) == nil else { continue }
      _ = try hasher.verify("a wrong password", against: hash)
      tried.withLock { $0[kind] = now }
      left -= 1
    }
  }
}
