import Glibc
import Synchronization

/// One request as a web server handed it over through FastCGI.
package struct Request: Sendable {
  /// What the web server asks for (FastCGI specification, section 6).
  package enum Role: Sendable {
    /// An answer to hand to the client; nginx's `auth_request` asks so, too.
    case responder
    /// Only whether the client may go on: lighttpd and Apache ask so.
    case authorizer
  }

  package let role: Role
  package let parameters: Parameters
  package let body: Body
  /// When its first byte came, on the monotonic clock: the time since an unspecified moment before the start.
  package let arrival: Duration
  /// When nobody waits for the answer any more, on the same clock.
  package let deadline: Duration
  package let peer: Peer

  package init(
    role: Role = .responder, parameters: Parameters, body: Body = .memory([]), arrival: Duration = .zero,
    deadline: Duration = .seconds(30), peer: Peer = Peer()
  ) {
    self.role = role
    self.parameters = parameters
    self.body = body
    self.arrival = arrival
    self.deadline = deadline
    self.peer = peer
  }

  package var method: String { parameters["REQUEST_METHOD"] ?? "GET" }

  /// Whether the request may change something (RFC 9110, section 9.2.1).
  package var isUnsafe: Bool {
    !(["GET", "HEAD", "OPTIONS"] as [StaticString]).contains { parameters.isEqual("REQUEST_METHOD", $0) }
  }

  /// `SCRIPT_NAME` + `PATH_INFO`, which name the route: nginx puts all into the first, lighttpd splits. Never
  /// `REQUEST_URI`, which in an `auth_request` subrequest is the page that the person asked for.
  package var path: String { (parameters["SCRIPT_NAME"] ?? "") + (parameters["PATH_INFO"] ?? "") }

  /// A body in memory, or in a temporary file that lives as long as this value does.
  package enum Body: Sendable {
    case memory([UInt8])
    case file(TemporaryFile)
  }

  /// Whether the one who asked is still there: set by the connection's reactor, read by a long-running handler.
  package final class Peer: Sendable {
    private let gone = Atomic<Bool>(false)
    package init() {}
    package var isGone: Bool { gone.load(ordering: .relaxed) }
    package func leave() { gone.store(true, ordering: .relaxed) }
  }
}

/// An open file without a name that holds a body too large for memory; it is closed, and so gone, with this object.
package final class TemporaryFile: Sendable {
  package let descriptor: Int32
  package let size: Int
  private let close: @Sendable (Int32) -> Void

  package init(descriptor: Int32, size: Int, close: @escaping @Sendable (Int32) -> Void) {
    self.descriptor = descriptor
    self.size = size
    self.close = close
  }
  deinit { close(descriptor) }

  /// All of it, from the disk: for workers. `nil` when it cannot be read, errno says why.
  package func read() -> [UInt8]? {
    var count = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
      while count < size {
        let got = pread(descriptor, buffer.baseAddress! + count, size - count, off_t(count))
        if got < 0, errno == EINTR { continue }
        guard got > 0 else { break }
        count += got
      }
      initialized = count
    }
    return count == size ? bytes : nil
  }
}
