/// Base64 without padding (RFC 4648): in JWTs with the alphabet of section 5, in PHC strings with that of section 4.
///
/// Each sequence of bytes has exactly one text: padding, spaces, characters of the other alphabet and stray bits
/// behind the last byte are refused, so a token or a hash cannot be respelled.
package struct Base64: Sendable {
  private let character62: UInt8
  private let character63: UInt8

  package static let url = Base64(character62: UInt8(ascii: "-"), character63: UInt8(ascii: "_"))
  package static let standard = Base64(character62: UInt8(ascii: "+"), character63: UInt8(ascii: "/"))

  package func encode(_ bytes: some Collection<UInt8>) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count * 4 + 2) / 3)
    encode(bytes, into: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Appends the characters to `text`.
  package func encode(_ bytes: some Collection<UInt8>, into text: inout [UInt8]) {
    var (pending, bits) = (UInt32(0), UInt32(0))
    for byte in bytes {
      pending = pending << 8 | UInt32(byte)
      bits += 8
      while bits >= 6 {
        bits -= 6
        text.append(character(UInt8(truncatingIfNeeded: pending >> bits) & 63))
      }
    }
    if bits > 0 { text.append(character(UInt8(truncatingIfNeeded: pending << (6 - bits)) & 63)) }
  }

  /// `nil` when the text is not the one text of some bytes.
  package func decode(_ text: String) -> [UInt8]? {
    var text = text
    return text.withUTF8 { characters in
      var length: Int?
      let bytes = [UInt8](unsafeUninitializedCapacity: characters.count) { buffer, initialized in
        length = decode(characters, into: buffer)
        initialized = length ?? 0
      }
      return length == nil ? nil : bytes
    }
  }

  /// Writes the bytes of `text` to the start of `buffer` and returns how many there are; `nil` when the text is not
  /// the one text of some bytes. `buffer` must have room for as many bytes as `text` has characters.
  package func decode(_ text: UnsafeBufferPointer<UInt8>, into buffer: UnsafeMutableBufferPointer<UInt8>) -> Int? {
    let count = text.count
    precondition(buffer.count >= count)
    guard count % 4 != 1 else { return nil }
    guard let source = text.baseAddress, let target = buffer.baseAddress, count > 0 else { return 0 }

    // Two loops: the first has no branch and is vectorised, the second packs eight characters at once,
    // in place, and never writes beyond what it has read.
    var invalid: UInt8 = 0
    for index in 0..<count {
      let sextet = sextet(source[index])
      invalid |= sextet
      target[index] = sextet
    }
    guard invalid & 0xC0 == 0 else { return nil }

    var (read, written) = (0, 0)
    let raw = UnsafeMutableRawPointer(target)
    while read + 8 <= count {
      let sextets = UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: read, as: UInt64.self))
      let pairs = sextets >> 2 & 0x0FC0_0FC0_0FC0_0FC0 | sextets & 0x003F_003F_003F_003F
      let fours = pairs >> 4 & 0x00FF_F000_00FF_F000 | pairs & 0x0000_0FFF_0000_0FFF
      let bytes = fours >> 8 & 0x0000_FFFF_FF00_0000 | fours & 0x0000_0000_00FF_FFFF
      raw.storeBytes(of: (bytes << 16).bigEndian, toByteOffset: written, as: UInt64.self)
      read += 8
      written += 6
    }
    while read + 4 <= count {
      let (first, second) = (target[read], target[read + 1])
      let (third, fourth) = (target[read + 2], target[read + 3])
      target[written] = first << 2 | second >> 4
      target[written + 1] = second << 4 | third >> 2
      target[written + 2] = third << 6 | fourth
      read += 4
      written += 3
    }
    guard read < count else { return written }
    let (first, second) = (target[read], target[read + 1])
    target[written] = first << 2 | second >> 4
    if count - read == 2 { return second & 0x0F == 0 ? written + 1 : nil }
    let third = target[read + 2]
    target[written + 1] = second << 4 | third >> 2
    return third & 0x03 == 0 ? written + 2 : nil
  }

  /// The six bits of a character; 255 when it is not in the alphabet.
  @inline(__always)
  private func sextet(_ character: UInt8) -> UInt8 {
    var value: UInt8 = 0xFF
    value = character &- UInt8(ascii: "A") < 26 ? character &- UInt8(ascii: "A") : value
    value = character &- UInt8(ascii: "a") < 26 ? character &- UInt8(ascii: "a") &+ 26 : value
    value = character &- UInt8(ascii: "0") < 10 ? character &- UInt8(ascii: "0") &+ 52 : value
    value = character == character62 ? 62 : value
    value = character == character63 ? 63 : value
    return value
  }

  private func character(_ sextet: UInt8) -> UInt8 {
    switch sextet {
    case 0..<26: UInt8(ascii: "A") + sextet
    case 26..<52: UInt8(ascii: "a") + sextet - 26
    case 52..<62: UInt8(ascii: "0") + sextet - 52
    case 62: character62
    default: character63
    }
  }
}
