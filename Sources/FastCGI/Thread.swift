import CLinux
import Glibc

/// A thread of the operating system. It is joined, or left behind, by whoever started it.
struct Thread: Sendable {
  private let handle: pthread_t

  private final class Body {
    let name: String
    let run: @Sendable () -> Void
    init(name: String, run: @escaping @Sendable () -> Void) {
      self.name = name
      self.run = run
    }
  }

  /// - Parameter name: at most 15 bytes, as `top -H` shows it.
  init(name: String, _ run: @escaping @Sendable () -> Void) throws(ServerError) {
    var handle = pthread_t()
    let body = Unmanaged.passRetained(Body(name: name, run: run))
    let result = pthread_create(
      &handle, nil,
      { pointer in
        let body = Unmanaged<Body>.fromOpaque(pointer!).takeRetainedValue()
        postern_name_thread(body.name)
        body.run()
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
    if postern_join_until(handle, time) { return true }
    pthread_detach(handle)
    return false
  }
}
