/// The text of an API token: `pst_`, 30 random letters and digits (178 bits), and 6 that are a checksum of all before
/// them.
///
/// Scanners for leaked secrets find it by `pst_[0-9A-Za-z]{36}` and tell it from other text by the checksum, as they do
/// with the tokens of GitHub; a typing error is told without asking the storage. The checksum is no secret and proves
/// nothing: a token is good when the storage knows it.
package enum APITokenText {
  /// Characters of a whole token.
  package static let length = prefix.count + randomCount + checksumCount

  private static let prefix = Array("pst_".utf8)
  private static let randomCount = 30
  private static let checksumCount = 6
  private static let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

  package static func make(random: any RandomSource) -> String {
    var text = prefix
    while text.count < prefix.count + randomCount {
      // Bytes beyond the last whole multiple of 62 would make some characters likelier than others.
      for byte in random.bytes(randomCount) where byte < 248 && text.count < prefix.count + randomCount {
        text.append(digits[Int(byte % 62)])
      }
    }
    return String(decoding: text + checksum(of: text), as: UTF8.self)
  }

  /// Whether this means to be an API token: it begins as one.
  package static func isMeant(by text: some Collection<UInt8>) -> Bool { text.starts(with: prefix) }

  /// Whether it can be one: prefix, length, alphabet and checksum are right.
  package static func isWellFormed(_ text: some RandomAccessCollection<UInt8>) -> Bool {
    guard text.count == length, isMeant(by: text), text.dropFirst(prefix.count).allSatisfy(digits.contains) else {
      return false
    }
    return checksum(of: text.dropLast(checksumCount)).elementsEqual(text.suffix(checksumCount))
  }

  private static func checksum(of text: some Collection<UInt8>) -> [UInt8] {
    var rest = crc32(text)
    var characters = [UInt8](repeating: digits[0], count: checksumCount)
    for index in characters.indices.reversed() {
      characters[index] = digits[Int(rest % 62)]
      rest /= 62
    }
    return characters
  }

  /// CRC-32 (ISO/IEC 8802-3; the one of zlib), bit by bit: it is computed for forty bytes now and then.
  private static func crc32(_ bytes: some Collection<UInt8>) -> UInt32 {
    var register = UInt32.max
    for byte in bytes {
      register ^= UInt32(byte)
      for _ in 0..<8 { register = register >> 1 ^ (register & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    return ~register
  }
}
