/// Text as 7-bit lines (RFC 2045, section 6.7).
enum QuotedPrintable {
  /// - Parameter text: lines that end with CR LF.
  static func encode(_ text: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(text.count + text.count / 8)
    var column = 0
    for (index, byte) in text.enumerated() {
      if byte == 0x0D || byte == 0x0A {
        output.append(byte)
        column = 0
        continue
      }
      let isLast = index + 1 == text.count || text[index + 1] == 0x0D
      let isPlain = byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "=") || byte == 0x20 && !isLast
      let piece = isPlain ? [byte] : Array(escaped(byte).utf8)
      // 76 with the sign of a soft break.
      if column + piece.count > 75 {
        output.append(contentsOf: "=\r\n".utf8)
        column = 0
      }
      output.append(contentsOf: piece)
      column += piece.count
    }
    return output
  }

  static func escaped(_ byte: UInt8) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    return String(decoding: [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]], as: UTF8.self)
  }
}
