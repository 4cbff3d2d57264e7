/// Base32 (RFC 4648, section 6) without padding: texts that people type.
package struct Base32: Sendable {
  private let alphabet: [UInt8]

  /// That of RFC 4648, as authenticator apps take secrets.
  package static let standard = Base32(alphabet: Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8))
  /// That of Douglas Crockford, without I, L, O and U: none of its characters looks like another.
  package static let crockford = Base32(alphabet: Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8))

  /// Eight characters for five bytes; fewer at the end, where the last bits are filled up with zeros.
  package func encode(_ bytes: some Collection<UInt8>) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count * 8 + 4) / 5)
    var (pending, bits) = (UInt16(0), UInt16(0))
    for byte in bytes {
      pending = pending << 8 | UInt16(byte)
      bits += 8
      while bits >= 5 {
        bits -= 5
        text.append(alphabet[Int(pending >> bits & 31)])
      }
    }
    if bits > 0 { text.append(alphabet[Int(pending << (5 - bits) & 31)]) }
    return String(decoding: text, as: UTF8.self)
  }
}
