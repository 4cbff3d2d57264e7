import Glibc

/// Why a server does not start; each says what to do.
package enum ServerError: Error, Equatable, CustomStringConvertible {
  /// Another process answers on that address.
  case addressInUse(String)
  /// The file at the path of a unix socket is something else.
  case notASocket(String)
  case noSuchGroup(String)
  /// Only root may give a file to a group that the process is not in.
  case foreignGroup(String)
  /// A TCP socket reaches beyond loopback, and no peers are named.
  case peersNotNamed(String)
  /// This process may have no more than so many descriptors.
  case fewDescriptors(Int)
  /// Nothing to listen on.
  case noAddress
  /// A system call failed: its name and object, and errno.
  case system(String, Int32)

  package var description: String {
    switch self {
    case .addressInUse(let address): "\(address) is in use: another process answers there; stop it or listen elsewhere"
    case .notASocket(let path): "\(path) exists and is no socket: move it away or listen elsewhere"
    case .noSuchGroup(let group): "there is no group \(group) for the socket"
    case .foreignGroup(let group):
      "the socket cannot be given to the group \(group): add the user that Postern runs as to it"
    case .peersNotNamed(let address):
      "\(address) is reachable from other hosts, and whoever speaks FastCGI is believed: name the peers that may connect"
    case .fewDescriptors(let most):
      "the limit of open files is \(most), too few to serve: raise it (ulimit -n, LimitNOFILE= in systemd)"
    case .noAddress: "no address to listen on"
    case .system(let call, let code): "\(call): \(String(cString: strerror(code)))"
    }
  }
}
