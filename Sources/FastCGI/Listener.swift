import CLinux
import Glibc

/// A listening socket. The file of a unix socket that was made here goes with `removeFile`, and comes back with
/// `restoreFile`.
struct Listener: Sendable {
  let socket: Descriptor
  /// What it listens on, as people write it.
  let name: String
  let isTCP: Bool
  /// Accepts only the allowed peers: a TCP socket that reaches beyond loopback.
  let isRestricted: Bool
  private var file: SocketFile?

  private static let backlog: Int32 = 4096

  /// All sockets of a configuration: those that were handed over, else those that it names.
  static func open(_ configuration: ServerConfiguration) throws(ServerError) -> [Listener] {
    var listeners: [Listener] = []
    for number in configuration.takesInheritedSockets ? inherited() : [] {
      listeners.append(try Listener(inherited: number, configuration))
    }
    if !listeners.isEmpty { return listeners }
    for address in configuration.addresses {
      do throws(ServerError) {
        listeners.append(try Listener(address, configuration))
      } catch {
        for listener in listeners { listener.removeFile() }
        throw error
      }
    }
    guard !listeners.isEmpty else { throw .noAddress }
    return listeners
  }

  /// Descriptors of listening sockets that the one who started this process hands over: 3 and up as systemd counts
  /// them in `LISTEN_FDS` when `LISTEN_PID` is us (sd_listen_fds(3)), else 0 as spawn-fcgi leaves it.
  static func inherited(
    first: Int32 = 3, zero: Int32 = 0, _ environment: (String) -> String? = { getenv($0).map { String(cString: $0) } }
  ) -> [Int32] {
    if let count = environment("LISTEN_FDS").flatMap(Int32.init), count > 0, count < 1024,
      environment("LISTEN_PID").flatMap(pid_t.init) == getpid()
    {
      return Array(first..<first + count)
    }
    return isListening(zero) ? [zero] : []
  }

  private static func isListening(_ descriptor: Int32) -> Bool {
    option(descriptor, SO_ACCEPTCONN) == 1
  }

  private static func option(_ descriptor: Int32, _ name: Int32) -> Int32? {
    var value: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
  }

  init(inherited number: Int32, _ configuration: ServerConfiguration) throws(ServerError) {
    guard Listener.isListening(number) else { throw .system("inherited descriptor \(number)", ENOTSOCK) }
    _ = fcntl(number, F_SETFD, FD_CLOEXEC)
    _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK)
    socket = Descriptor(number)
    let own = PeerAddress.of(number, getsockname)
    name = own.map { "\(ListeningAddress.tcp($0.address, port: $0.port))" } ?? "inherited socket \(number)"
    isTCP = own != nil
    isRestricted = try Listener.restricts(own?.address, name, configuration)
  }

  init(_ address: ListeningAddress, _ configuration: ServerConfiguration) throws(ServerError) {
    let family: Int32 =
      switch address {
      case .unix: AF_UNIX
      case .tcp(let host, _): host.isVersion6 ? AF_INET6 : AF_INET
      }
    let number = Glibc.socket(
      family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard number >= 0 else { throw .system("socket for \(address)", errno) }
    socket = Descriptor(number)
    switch address {
    case .unix(let path):
      (name, isTCP, isRestricted) = ("\(address)", false, false)
      file = try SocketFile(path, boundTo: number, configuration)
    case .tcp(let host, let port):
      isTCP = true
      isRestricted = try Listener.restricts(host, "\(address)", configuration)
      var yes: Int32 = 1
      setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
      if host.isVersion6 {
        setsockopt(number, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &yes, socklen_t(MemoryLayout<Int32>.size))
      }
      guard host.withSocketAddress(port: port, { bind(number, $0, $1) }) == 0 else {
        throw errno == EADDRINUSE ? .addressInUse("\(address)") : .system("bind to \(address)", errno)
      }
      let own = PeerAddress.of(number, getsockname)
      name = "\(ListeningAddress.tcp(host, port: own?.port ?? port))"
    }
    guard listen(number, Listener.backlog) == 0 else {
      throw errno == EADDRINUSE ? .addressInUse("\(address)") : .system("listen on \(address)", errno)
    }
  }

  /// Removes the file, if it is still the one that was made here.
  func removeFile() { file?.remove() }

  /// Makes the file again where it has been taken away, under the rules of a start: a socket that somebody else has put
  /// there stays as long as that one answers. Without its file a unix socket cannot be reached, nor be given another,
  /// so a fresh socket takes its descriptor. Connections that stand go on; whoever waits to be accepted is cut off.
  /// - Returns: whether there is a fresh socket, which epoll does not know yet.
  func restoreFile(_ configuration: ServerConfiguration) throws(ServerError) -> Bool {
    guard let file, !file.isInPlace else { return false }
    let fresh = try Listener(.unix(path: file.path), configuration)
    guard postern_replace(socket.number, fresh.socket.number) >= 0 else {
      let code = errno
      fresh.removeFile()
      throw .system("dup3 for \(name)", code)
    }
    if let made = fresh.file { file.become(made) }
    return true
  }

  private static func restricts(
    _ address: PeerAddress?, _ name: String, _ configuration: ServerConfiguration
  ) throws(ServerError) -> Bool {
    guard let address, !address.isLoopback else { return false }
    guard !configuration.allowedPeers.isEmpty else { throw .peersNotNamed(name) }
    return true
  }
}
