/// Scheme, host and port (RFC 6454) of an `http` or `https` address, in lower case and without a default port.
package struct Origin: Sendable, Equatable {
  package let text: String
  package let isSecure: Bool
  /// Without the port.
  package let host: String

  /// Reads the origin from the front of an absolute address; `nil` when there is none, or when it holds userinfo or
  /// anything else that is no plain `scheme://host[:port]`.
  package init?(of address: String) {
    // Bytes until nothing but ASCII is left: Unicode's lower case would make a plain `k` of U+212A, and comparing
    // characters takes a time quadratic in a hostile text's combining marks.
    let lowered = address.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    guard let scheme = ["https", "http"].first(where: { lowered.starts(with: "\($0)://".utf8) }) else { return nil }
    let front = lowered.dropFirst(scheme.utf8.count + 3).prefix { !"/?#".utf8.contains($0) }
    guard front.allSatisfy({ $0 < 0x80 }) else { return nil }
    let authority = String(decoding: front, as: UTF8.self)
    var host = authority[...]
    var port = ""
    let isBracketed = authority.hasPrefix("[")
    if isBracketed {
      guard let end = authority.firstIndex(of: "]") else { return nil }
      host = authority[...end]
      let rest = authority[authority.index(after: end)...]
      guard rest.isEmpty || (rest.first == ":" && rest.count > 1) else { return nil }
      port = String(rest.dropFirst())
    } else if let colon = authority.firstIndex(of: ":") {
      host = authority[..<colon]
      port = String(authority[authority.index(after: colon)...])
      guard !port.isEmpty else { return nil }
    }
    let name = isBracketed ? host.dropFirst().dropLast() : host
    guard !name.isEmpty, name.last != ".",
      name.utf8.allSatisfy({ byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."): true
        case UInt8(ascii: "g")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"): !isBracketed
        case UInt8(ascii: ":"): isBracketed
        default: false
        }
      })
    else { return nil }
    if !port.isEmpty {
      guard let number = UInt16(port), number > 0, port.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
        return nil
      }
      port = (scheme == "https" && number == 443) || (scheme == "http" && number == 80) ? "" : ":\(number)"
    }
    text = "\(scheme)://\(host)\(port)"
    isSecure = scheme == "https"
    self.host = String(host)
  }
}
