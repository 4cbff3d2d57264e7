import Glibc

/// A counting semaphore for threads (POSIX `sem_t`).
///
/// `nonisolated(unsafe)`: `sem_t` is made for being used by several threads at once.
final class Semaphore: Sendable {
  private nonisolated(unsafe) let semaphore: UnsafeMutablePointer<sem_t>

  init(_ count: Int = 0) {
    semaphore = .allocate(capacity: 1)
    sem_init(semaphore, 0, UInt32(count))
  }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  func signal() { sem_post(semaphore) }

  func wait() {
    while sem_wait(semaphore) != 0 {}  // EINTR is the only way to fail.
  }
}
