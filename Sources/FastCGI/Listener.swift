import CLinux
import Glibc

/// A listening socket. The file of a unix socket that was made here goes with `removeFile`.
struct Listener: Sendable {
  let socket: Descriptor
  /// What it listens on, as people write it.
  let name: String
  let isTCP: Bool
  /// Accepts only the allowed peers: a TCP socket that reaches beyond loopback.
  let isRestricted: Bool
  private var file: (path: String, device: UInt64, inode: UInt64)?

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
      try Listener.clear(path)
      try Listener.bindFile(number, path, configuration)
      var status = stat()
      if lstat(path, &status) == 0 { file = (path, UInt64(status.st_dev), UInt64(status.st_ino)) }
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
  func removeFile() {
    guard let file else { return }
    var status = stat()
    if lstat(file.path, &status) == 0, UInt64(status.st_dev) == file.device, UInt64(status.st_ino) == file.inode {
      unlink(file.path)
    }
  }

  private static func restricts(
    _ address: PeerAddress?, _ name: String, _ configuration: ServerConfiguration
  ) throws(ServerError) -> Bool {
    guard let address, !address.isLoopback else { return false }
    guard !configuration.allowedPeers.isEmpty else { throw .peersNotNamed(name) }
    return true
  }

  /// Makes way for a socket at `path`: a file that nobody listens on any more is removed.
  private static func clear(_ path: String) throws(ServerError) {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      if errno == ENOENT { return }
      throw .system("look at \(path)", errno)
    }
    guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path) }
    let probe = Descriptor(
      Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0))
    let answer = withAddress(path) { connect(probe.number, $0, $1) == 0 ? 0 : errno }
    switch answer {
    case ECONNREFUSED:
      guard unlink(path) == 0 || errno == ENOENT else { throw .system("remove \(path)", errno) }
    case ENOENT: break
    case 0, EAGAIN: throw .addressInUse("unix:\(path)")
    default: throw .system("connect to \(path)", answer)
    }
  }

  /// Nobody can connect before `listen`, so nobody gets in before the mode is set.
  private static func bindFile(
    _ number: Int32, _ path: String, _ configuration: ServerConfiguration
  ) throws(ServerError) {
    guard withAddress(path, { bind(number, $0, $1) }) == 0 else {
      throw errno == EADDRINUSE ? .addressInUse("unix:\(path)") : .system("bind to \(path)", errno)
    }
    do throws(ServerError) {
      if let group = configuration.socketGroup {
        guard let id = gid_t(group) ?? getgrnam(group)?.pointee.gr_gid else { throw .noSuchGroup(group) }
        guard chown(path, uid_t.max, id) == 0 else {
          throw errno == EPERM ? .foreignGroup(group) : .system("give \(path) to the group \(group)", errno)
        }
      }
      guard chmod(path, configuration.socketMode) == 0 else { throw .system("set the mode of \(path)", errno) }
    } catch {
      unlink(path)
      throw error
    }
  }

  private static func withAddress<Result>(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
  }
}
