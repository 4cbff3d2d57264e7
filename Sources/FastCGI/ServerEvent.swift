import Glibc
import Synchronization

/// What the server has to tell its log. Nothing in it comes from a client but numbers.
package enum ServerEvent: Sendable, Equatable, CustomStringConvertible {
  /// A socket is open.
  case listening(String)
  /// The limit of open files leaves room for no more than so many connections.
  case fewDescriptors(Int)
  /// The file of a socket had been taken away; there is a new one.
  case socketRestored(String)
  /// Nobody can connect to a socket, because its file has been taken away and cannot be made again, and why.
  case socketLost(String)
  /// No connection can be accepted for now, errno: descriptors or memory have run out.
  case acceptFailed(Int32)
  /// As many connections are open as may be; others wait.
  case connectionsFull(Int)
  /// A host connected that is not allowed to.
  case peerRefused(PeerAddress)
  case malformed(Malformation)
  /// A peer owes the rest of a request, or does not take an answer.
  case stalled(reading: Bool)
  /// A request was refused because its lane is full.
  case overloaded
  /// An answer of this many bytes was not sent because it is too large.
  case answerTooLarge(Int)
  /// A stream was closed because its reader lags too far behind.
  case streamLags
  /// The end of the grace time closed this many connections that were not done.
  case abandoned(Int)
  /// A worker did not come back in time for the stop.
  case workerLeftBehind
  /// This many events of one kind were kept from the log.
  case suppressed(Int, of: String)

  package var description: String {
    switch self {
    case .listening(let address): "listening on \(address)"
    case .fewDescriptors(let most):
      "the limit of open files leaves room for \(most) connections; LimitNOFILE= or ulimit -n raises it"
    case .socketRestored(let address): "the file of \(address) was gone; listening on a new one"
    case .socketLost(let why): "the file of a socket is gone, and nobody can connect; tried again every second: \(why)"
    case .acceptFailed(let code):
      "cannot accept connections: \(String(cString: strerror(code))); they wait, and are tried again twice a second"
    case .connectionsFull(let most): "no more connections are accepted: \(most) are open; others wait until one closes"
    case .peerRefused(let address): "\(address) is not among the peers that may connect"
    case .malformed(let why): "a connection was closed: \(why)"
    case .stalled(let reading):
      reading
        ? "a connection was closed: the rest of a request did not come"
        : "a connection was closed: its peer does not read"
    case .overloaded: "a request was refused: too many wait already"
    case .answerTooLarge(let count): "an answer of \(count) bytes is too large to be sent"
    case .streamLags: "a stream was closed: its reader is too slow"
    case .abandoned(let count): "\(count) connections were closed before they were done"
    case .workerLeftBehind: "a worker is still busy and was left behind"
    case .suppressed(let count, let kind): "\(count) more: \(kind)"
    }
  }

  /// What events are counted by.
  var kind: String {
    switch self {
    case .listening: "listening"
    case .fewDescriptors: "few descriptors"
    case .socketRestored: "socket restored"
    case .socketLost: "socket lost"
    case .acceptFailed: "accept failed"
    case .connectionsFull: "connections full"
    case .peerRefused: "peer refused"
    case .malformed: "malformed"
    case .stalled: "stalled"
    case .overloaded: "overloaded"
    case .answerTooLarge: "answer too large"
    case .streamLags: "stream lags"
    case .abandoned: "abandoned"
    case .workerLeftBehind: "worker left behind"
    case .suppressed(_, let kind): kind
    }
  }
}

/// Hands events on, so many of a kind and no more: a peer that sends rubbish as fast as it can cannot fill the disk.
final class EventLog: Sendable {
  private struct Window {
    var began: Nanoseconds
    var count = 0
  }
  private let windows = Mutex<[String: Window]>([:])
  private let write: @Sendable (ServerEvent) -> Void

  /// Events of one kind within ten seconds.
  static let most = 10
  private static let length: Nanoseconds = 10_000_000_000

  init(_ write: @escaping @Sendable (ServerEvent) -> Void) { self.write = write }

  func record(_ event: ServerEvent, now: Nanoseconds = .monotonic()) {
    let (isShown, suppressed) = windows.withLock { windows -> (Bool, Int) in
      var window = windows[event.kind] ?? Window(began: now)
      var suppressed = 0
      if now - window.began >= EventLog.length {
        suppressed = max(0, window.count - EventLog.most)
        window = Window(began: now)
      }
      window.count += 1
      windows[event.kind] = window
      return (window.count <= EventLog.most, suppressed)
    }
    if suppressed > 0 { write(.suppressed(suppressed, of: event.kind)) }
    if isShown { write(event) }
  }
}
