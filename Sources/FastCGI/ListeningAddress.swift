import Glibc

/// An address to listen on, as people write it: `unix:/run/postern/postern.sock`, `127.0.0.1:9000`, `[::1]:9000`.
package enum ListeningAddress: Sendable, Equatable, CustomStringConvertible {
  case unix(path: String)
  case tcp(PeerAddress, port: UInt16)

  /// `nil` for anything else; names of hosts are not looked up.
  package init?(_ text: String) {
    if text.hasPrefix("unix:") {
      let path = String(text.dropFirst(5))
      // sockaddr_un holds 107 bytes and a NUL.
      guard path.hasPrefix("/"), path.utf8.count <= 107, !path.utf8.contains(0) else { return nil }
      self = .unix(path: path)
      return
    }
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
    var host = text[..<colon]
    let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
    if isBracketed { host = host.dropFirst().dropLast() }
    guard host.contains(":") == isBracketed, let address = PeerAddress(String(host)) else { return nil }
    self = .tcp(address, port: port)
  }

  package var description: String {
    switch self {
    case .unix(let path): "unix:\(path)"
    case .tcp(let address, let port): address.isVersion6 ? "[\(address)]:\(port)" : "\(address):\(port)"
    }
  }
}

/// An IPv4 or IPv6 address. IPv4 within IPv6 (`::ffff:192.0.2.1`, RFC 4291, section 2.5.5.2) is the IPv4 one.
package struct PeerAddress: Sendable, Hashable, CustomStringConvertible {
  /// Four or sixteen bytes.
  private let bytes: [UInt8]

  /// `nil` for anything but an address: no name, no port, no network, no zone.
  package init?(_ text: String) {
    var version4 = in_addr()
    var version6 = in6_addr()
    if inet_pton(AF_INET, text, &version4) == 1 {
      self.init(version4)
    } else if inet_pton(AF_INET6, text, &version6) == 1 {
      self.init(version6)
    } else {
      return nil
    }
  }

  init(_ address: in_addr) { bytes = withUnsafeBytes(of: address) { Array($0) } }

  init(_ address: in6_addr) {
    let all = withUnsafeBytes(of: address) { Array($0) }
    let isMapped = all[..<10].allSatisfy { $0 == 0 } && all[10] == 0xFF && all[11] == 0xFF
    bytes = isMapped ? Array(all[12...]) : all
  }

  package var isVersion6: Bool { bytes.count == 16 }

  package var isLoopback: Bool { isVersion6 ? bytes == [UInt8](repeating: 0, count: 15) + [1] : bytes[0] == 127 }

  package var description: String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    inet_ntop(isVersion6 ? AF_INET6 : AF_INET, bytes, &text, socklen_t(text.count))
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// The address as the system calls take it.
  func withSocketAddress<Result>(port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    if isVersion6 {
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = port.bigEndian
      withUnsafeMutableBytes(of: &address.sin6_addr) { $0.copyBytes(from: bytes) }
      return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
        }
      }
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    withUnsafeMutableBytes(of: &address.sin_addr) { $0.copyBytes(from: bytes) }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
  }

  /// Address and port of a socket's own end, or of its peer's; `nil` for a unix socket.
  static func of(
    _ socket: Int32, _ ask: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
  ) -> (address: PeerAddress, port: UInt16)? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { pointer in
      let asked = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { ask(socket, $0, &length) }
      guard asked == 0 else { return nil }
      switch Int32(pointer.pointee.ss_family) {
      case AF_INET:
        return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
          (PeerAddress($0.pointee.sin_addr), UInt16(bigEndian: $0.pointee.sin_port))
        }
      case AF_INET6:
        return pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
          (PeerAddress($0.pointee.sin6_addr), UInt16(bigEndian: $0.pointee.sin6_port))
        }
      default: return nil
      }
    }
  }
}
