/// Where a client is, as far as limits are concerned: what one subscriber has to themselves.
package struct Network: Sendable, Hashable, CustomStringConvertible {
  /// The address itself for IPv4, also where it came mapped into IPv6 (RFC 4291, section 2.5.5.2); the first 64 bits
  /// for IPv6 (RFC 6177). What is neither stays as it is.
  package let description: String

  /// - Parameter address: as the web server saw it. Never out of a header field, which clients write.
  package init(of address: String) {
    guard let words = Network.words(ofIPv6: address) else {
      description = address
      return
    }
    if words[..<5].allSatisfy({ $0 == 0 }), words[5] == 0xFFFF {
      description = words[6...].map { "\($0 >> 8).\($0 & 0xFF)" }.joined(separator: ".")
    } else {
      description = words[..<4].map { String($0, radix: 16) }.joined(separator: ":") + "::/64"
    }
  }

  /// The eight 16-bit words of an IPv6 address in any of its texts (RFC 4291, section 2.2), its zone left out.
  private static func words(ofIPv6 address: String) -> [UInt16]? {
    guard address.utf8.contains(UInt8(ascii: ":")) else { return nil }
    let ends = address.prefix { $0 != "%" }.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
    guard let front = words(ends[0]), let back = words(ends.count > 1 ? ends[1] : "") else {
      return nil
    }
    let missing = 8 - front.count - back.count
    guard ends.count > 1 ? missing > 0 : missing == 0 else { return nil }
    return front + Array(repeating: 0, count: missing) + back
  }

  private static func words(_ text: Substring) -> [UInt16]? {
    var words: [UInt16] = []
    for part in text.split(separator: ":", omittingEmptySubsequences: text.isEmpty) {
      if part.contains(".") {
        let bytes = part.split(separator: ".").compactMap { UInt8($0) }.map(UInt16.init)
        guard bytes.count == 4 else { return nil }
        words += [bytes[0] << 8 | bytes[1], bytes[2] << 8 | bytes[3]]
      } else {
        guard let word = UInt16(part, radix: 16) else { return nil }
        words.append(word)
      }
    }
    return words
  }
}
