import CLinux
import Glibc
import Synchronization

/// The file by which a unix socket is reached. Anybody with rights on its folder can take it away, or put another
/// there, and the socket that it belonged to hears nothing of it.
final class SocketFile: Sendable {
  let path: String
  private let identity: Mutex<Identity>

  private struct Identity: Equatable {
    let device: UInt64
    let inode: UInt64

    /// Of what is at `path`; `nil`: nothing that can be looked at.
    init?(at path: String) {
      var status = stat()
      guard lstat(path, &status) == 0 else { return nil }
      (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino))
    }
  }

  /// Binds the socket `number` to `path`, with the mode and the group of the configuration. A file that nobody listens
  /// on any more makes way.
  init(_ path: String, boundTo number: Int32, _ configuration: ServerConfiguration) throws(ServerError) {
    try SocketFile.clear(path)
    try SocketFile.bindFile(number, path, configuration)
    guard let made = Identity(at: path) else { throw .system("look at \(path)", errno) }
    self.path = path
    identity = Mutex(made)
  }

  /// Whether the file is still the one that was made here.
  var isInPlace: Bool { Identity(at: path) == identity.withLock { $0 } }

  func remove() { if isInPlace { unlink(path) } }

  /// Counts the file of another socket at the same path as its own from now on.
  func become(_ other: SocketFile) {
    let made = other.identity.withLock { $0 }
    identity.withLock { $0 = made }
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
      try share(path, configuration)
    } catch {
      unlink(path)
      throw error
    }
  }

  /// Gives the file the group and the mode of the configuration. Whoever has rights on the folder may have put a
  /// symbolic link in its place: what that leads to is not touched.
  static func share(_ path: String, _ configuration: ServerConfiguration) throws(ServerError) {
    if let group = configuration.socketGroup {
      guard let id = gid_t(group) ?? getgrnam(group)?.pointee.gr_gid else { throw .noSuchGroup(group) }
      guard lchown(path, uid_t.max, id) == 0 else {
        throw errno == EPERM ? .foreignGroup(group) : .system("give \(path) to the group \(group)", errno)
      }
    }
    guard fchmodat(AT_FDCWD, path, configuration.socketMode, AT_SYMLINK_NOFOLLOW) == 0 else {
      throw .system("set the mode of \(path)", errno)
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
