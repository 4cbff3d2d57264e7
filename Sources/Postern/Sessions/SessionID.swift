/// A session's name: a random UUID (RFC 9562, version 4), which only tokens carry.
package struct SessionID: Sendable, Hashable, CustomStringConvertible {
  package let high: UInt64
  package let low: UInt64

  /// The id with these 128 bits, as it was stored.
  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  package init(random: any RandomSource) {
    var (high, low) = (UInt64(0), UInt64(0))
    for byte in random.bytes(8) { high = high << 8 | UInt64(byte) }
    for byte in random.bytes(8) { low = low << 8 | UInt64(byte) }
    self.high = high & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
    self.low = low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
  }

  /// Reads `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, in hexadecimal digits of either case; `nil` for anything else.
  package init?(_ text: some Collection<UInt8>) {
    let id =
      text.withContiguousStorageIfAvailable(SessionID.read) ?? Array(text).withUnsafeBufferPointer(SessionID.read)
    guard let id else { return nil }
    self = id
  }

  /// Not generic: every token is read through here, and a call per byte into another module would be felt.
  private static func read(_ text: UnsafeBufferPointer<UInt8>) -> SessionID? {
    guard text.count == 36 else { return nil }
    var (high, low) = (UInt64(0), UInt64(0))
    for position in 0..<36 {
      let byte = text[position]
      if position == 8 || position == 13 || position == 18 || position == 23 {
        guard byte == UInt8(ascii: "-") else { return nil }
        continue
      }
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: return nil
      }
      (high, low) = (high << 4 | low >> 60, low << 4 | UInt64(digit))
    }
    return SessionID(high: high, low: low)
  }

  package var description: String {
    String(unsafeUninitializedCapacity: 36) { text in
      var rest = (high, low)
      for position in 0..<36 {
        if position == 8 || position == 13 || position == 18 || position == 23 {
          text[position] = UInt8(ascii: "-")
        } else {
          let digit = UInt8(rest.0 >> 60)
          text[position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
          rest = (rest.0 << 4 | rest.1 >> 60, rest.1 << 4)
        }
      }
      return 36
    }
  }
}
