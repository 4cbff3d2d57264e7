import Glibc
import Postern

/// Another hasher, with so many calls at once and no more: each takes the memory that a hash costs. A thread that waits
/// for its turn, or for the disk after it, holds none, so that there may be more threads than turns.
///
/// A stored hash that takes the memory of several turns takes as many, or all.
final class LimitedHasher: PasswordHasher {
  private let hasher: any PasswordHasher
  private let count: Int
  private let turnsToVerify: @Sendable (String) -> Int
  /// Is told of each hash that was verified how long that took once it had its turn.
  private let record: @Sendable (String, Duration) -> Void
  private let clock: any Clock
  /// `nonisolated(unsafe)`: sem_t is made to be used by several threads.
  private nonisolated(unsafe) let turns = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
  /// Taken for as long as several turns are collected: two that had half of them each would wait forever.
  private nonisolated(unsafe) let collecting = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

  init(
    _ hasher: any PasswordHasher, atOnce: Int, turnsToVerify: @escaping @Sendable (String) -> Int = { _ in 1 },
    clock: any Clock = SystemClock(), record: @escaping @Sendable (String, Duration) -> Void = { _, _ in }
  ) {
    self.hasher = hasher
    self.turnsToVerify = turnsToVerify
    self.clock = clock
    self.record = record
    count = max(1, atOnce)
    sem_init(turns, 0, UInt32(count))
    sem_init(collecting, 0, 1)
  }

  deinit {
    for semaphore in [turns, collecting] {
      sem_destroy(semaphore)
      semaphore.deallocate()
    }
  }

  func hash(_ password: String) throws(StoreError) -> String {
    take(1)
    defer { give(1) }
    return try hasher.hash(password)
  }

  func verify(_ password: String, against hash: String) throws(StoreError) -> Bool {
    let needed = min(max(1, turnsToVerify(hash)), count)
    take(needed)
    defer { give(needed) }
    let start = clock.monotonic()
    let matches = try hasher.verify(password, against: hash)
    record(hash, clock.monotonic() - start)
    return matches
  }

  func decoy() -> String { hasher.decoy() }

  func needsRehash(_ hash: String) -> Bool { hasher.needsRehash(hash) }

  private func take(_ number: Int) {
    if number > 1 { wait(for: collecting) }
    for _ in 0..<number { wait(for: turns) }
    if number > 1 { sem_post(collecting) }
  }

  private func give(_ number: Int) {
    for _ in 0..<number { sem_post(turns) }
  }

  private func wait(for semaphore: UnsafeMutablePointer<sem_t>) {
    while sem_wait(semaphore) != 0 {}  // EINTR is the only way to fail.
  }
}
