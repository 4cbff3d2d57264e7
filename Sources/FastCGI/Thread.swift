import CLinux
import Glibc

/// A thread of the operating system. It is joined, or left behind, by whoever started it.
struct Thread: Sendable {
  private let handle: pthread_t
  private let ended = Semaphore()

  private final class Body {
    let name: String
    let ended: Semaphore
    let run: @Sendable () -> Void
    init(name: String, ended: Semaphore, run: @escaping @Sendable () -> Void) {
      self.name = name
      self.ended = ended
      self.run = run
    }
  }

  /// - Parameter name: at most 15 bytes, as `top -H` shows it.
  init(name: String, _ run: @escaping @Sendable () -> Void) throws(ServerError) {
    var handle = pthread_t()
    let body = Unmanaged.passRetained(Body(name: name, ended: ended, run: run))
    let result = pthread_create(
      &handle, nil,
      { pointer in
        let body = Unmanaged<Body>.fromOpaque(pointer!).takeRetainedValue()
        postern_name_thread(body.name)
        body.run()
        body.ended.signal()
        return nil
      }, body.toOpaque())
    guard result == 0 else {
      body.release()
      throw .system("start of a thread", result)
    }
    self.handle = handle
  }

  /// Waits until the thread ends, at most until that time: then it is left to itself, and the answer is false.
  func join(until time: Nanoseconds) -> Bool {
    guard ended.wait(until: time) else {
      pthread_detach(handle)
      return false
    }
    pthread_join(handle, nil)
    return true
  }
}

/// A counting semaphore (sem_init(3)).
///
/// Guard: sem_t is made to be used by several threads; its memory lives as long as this object.
final class Semaphore: @unchecked Sendable {
  private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

  init() { sem_init(semaphore, 0, 0) }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  func signal() { sem_post(semaphore) }

  func wait() {
    while sem_wait(semaphore) != 0, errno == EINTR {}
  }

  /// False when that time comes first.
  func wait(until time: Nanoseconds) -> Bool { postern_wait_until(semaphore, time) }
}
