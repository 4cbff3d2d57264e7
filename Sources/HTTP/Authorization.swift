/// Reading the `Authorization` field (RFC 9110, section 11.6.2).
package enum Authorization {
  /// The password of `Basic` credentials (RFC 7617), whoever it is said to be for; `nil` where the value is of another
  /// scheme, or not base64 of a name, a colon and a password.
  package static func basicPassword(in value: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let coded = credentials(of: "basic", in: value), let pair = decoded(coded),
      let colon = pair.firstIndex(of: UInt8(ascii: ":"))
    else { return nil }
    return pair[(colon + 1)...]
  }

  /// What follows the scheme in an `Authorization` field; `nil` where it is another scheme. Schemes have no case
  /// (RFC 9110, section 11.1); `scheme` is in lower case.
  package static func credentials(of scheme: StaticString, in value: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    let name = UnsafeBufferPointer(start: scheme.utf8Start, count: scheme.utf8CodeUnitCount)
    guard value.count > name.count, value[value.startIndex + name.count] == UInt8(ascii: " "),
      zip(value, name).allSatisfy({ $0 | 0x20 == $1 })
    else { return nil }
    let words = value[(value.startIndex + name.count)...].split(separator: UInt8(ascii: " "))
    return words.count == 1 ? words[0] : nil
  }

  /// Base64 (RFC 4648, section 4), with its padding or without.
  private static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    var text = text
    for _ in 0..<2 where text.last == UInt8(ascii: "=") { text.removeLast() }
    guard text.count % 4 != 1 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count * 3 / 4)
    var (pending, bits) = (UInt32(0), 0)
    for character in text {
      guard let sextet = sextet(character) else { return nil }
      pending = pending << 6 | sextet
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: pending >> bits))
      }
    }
    return bytes
  }

  private static func sextet(_ character: UInt8) -> UInt32? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
