/// Where a person goes back to after signing in: a path on this site, or an address at an origin that is listed.
/// Everything that a browser might read as another site is refused (OWASP "Unvalidated Redirects and Forwards"; the
/// parsing traps are those of WHATWG URL, section 4.4).
package struct ReturnAddress: Sendable, Equatable {
  package let text: String
  /// The origin, where the address names one; `nil` for a path on this site.
  package let origin: String?

  /// Longer ones would not fit into a web server's header buffers.
  package static let longest = 2_048

  /// `nil` when the address leads to where it must not. `origins` are compared as whole, lower-case origins.
  package init?(_ candidate: String, origins: [String]) {
    let bytes = Array(candidate.utf8)
    guard bytes.count <= ReturnAddress.longest, !bytes.isEmpty else { return nil }
    // A browser drops tabs and line ends from addresses, reads a backslash as a slash, and trims what is below 0x21.
    guard bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }) else { return nil }
    if bytes[0] == UInt8(ascii: "/") {
      guard bytes.count == 1 || bytes[1] != UInt8(ascii: "/") else { return nil }
      self.origin = nil
    } else {
      guard let origin = Origin(of: candidate), origins.contains(origin.text) else { return nil }
      self.origin = origin.text
    }
    text = candidate
  }
}
