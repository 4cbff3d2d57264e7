import COpenSSL

/// Blocks of PEM (RFC 7468) in a text that holds nothing else.
enum PEM {
  struct Block {
    let label: Substring
    let text: Substring
  }

  /// Throws `unreadable` when anything but white space stands outside of a block.
  static func blocks(_ text: String) throws(KeyProblem) -> [Block] {
    var (found, rest) = ([Block](), trimmed(text[...]))
    while !rest.isEmpty {
      let begin = "-----BEGIN "
      guard rest.utf8.starts(with: begin.utf8), let dashes = rest.dropFirst(begin.count).firstRange(of: "-----") else {
        throw .unreadable
      }
      let label = rest[rest.index(rest.startIndex, offsetBy: begin.count)..<dashes.lowerBound]
      guard let end = rest.firstRange(of: "-----END \(label)-----") else { throw .unreadable }
      found.append(Block(label: label, text: rest[..<end.upperBound]))
      rest = trimmed(rest[end.upperBound...])
    }
    return found
  }

  private static func trimmed(_ text: Substring) -> Substring { text.drop(while: \.isWhitespace) }

  /// Calls an OpenSSL function with a BIO that reads the text.
  static func withReader<Outcome>(_ text: Substring, _ body: (OpaquePointer) -> Outcome?) -> Outcome? {
    let bytes = Array((text + "\n").utf8)
    return bytes.withUnsafeBytes { bytes in
      guard let reader = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return nil }
      defer { BIO_free(reader) }
      let outcome = body(reader)
      if outcome == nil { ERR_clear_error() }
      return outcome
    }
  }

  /// What an OpenSSL function writes into a BIO.
  static func written(_ body: (OpaquePointer) -> Int32) -> String {
    guard let writer = BIO_new(BIO_s_mem()) else { fatalError("OpenSSL has no memory (BIO_new)") }
    defer { BIO_free(writer) }
    guard body(writer) == 1 else { fatalError("OpenSSL cannot write a key (error \(ERR_get_error()))") }
    var bytes = [UInt8](repeating: 0, count: Int(BIO_ctrl_pending(writer)))
    BIO_read(writer, &bytes, Int32(bytes.count))
    return String(decoding: bytes, as: UTF8.self)
  }
}
