import Glibc
import Postern

/// Another hasher, with so many calls at once and no more: each takes the memory that a hash costs. A thread that waits
/// for its turn, or for the disk after it, holds none, so that there may be more threads than turns.
final class LimitedHasher: PasswordHasher {
  private let hasher: any PasswordHasher
  /// `nonisolated(unsafe)`: sem_t is made to be used by several threads.
  private nonisolated(unsafe) let turns = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

  init(_ hasher: any PasswordHasher, atOnce: Int) {
    self.hasher = hasher
    sem_init(turns, 0, UInt32(max(1, atOnce)))
  }

  deinit {
    sem_destroy(turns)
    turns.deallocate()
  }

  func hash(_ password: String) throws(StoreError) -> String {
    takeTurn()
    defer { sem_post(turns) }
    return try hasher.hash(password)
  }

  func verify(_ password: String, against hash: String) throws(StoreError) -> Bool {
    takeTurn()
    defer { sem_post(turns) }
    return try hasher.verify(password, against: hash)
  }

  func decoy() -> String { hasher.decoy() }

  func needsRehash(_ hash: String) -> Bool { hasher.needsRehash(hash) }

  private func takeTurn() {
    while sem_wait(turns) != 0 {}  // EINTR is the only way to fail.
  }
}
