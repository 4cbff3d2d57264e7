/// Base64 for addresses (RFC 4648, section 5) without padding, as WebAuthn has bytes in JSON.
package enum Base64URL {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
  /// 255: not in the alphabet.
  private static let sextets: [UInt8] = (0...255).map { character in
    alphabet.firstIndex(of: UInt8(character)).map(UInt8.init) ?? 255
  }

  package static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count * 4 + 2) / 3)
    var (pending, bits) = (UInt32(0), 0)
    for byte in bytes {
      pending = pending << 8 | UInt32(byte)
      bits += 8
      while bits >= 6 {
        bits -= 6
        text.append(alphabet[Int(pending >> bits & 63)])
      }
    }
    if bits > 0 { text.append(alphabet[Int(pending << (6 - bits) & 63)]) }
    return String(decoding: text, as: UTF8.self)
  }

  /// `nil` when the text is not the one text of some bytes.
  package static func decode(_ text: String) -> [UInt8]? {
    let characters = Array(text.utf8)
    guard characters.count % 4 != 1 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(characters.count * 3 / 4)
    var (pending, bits) = (UInt32(0), 0)
    for character in characters {
      let sextet = sextets[Int(character)]
      guard sextet < 64 else { return nil }
      pending = pending << 6 | UInt32(sextet)
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: pending >> bits))
      }
    }
    return pending & ((1 << bits) - 1) == 0 ? bytes : nil
  }
}
