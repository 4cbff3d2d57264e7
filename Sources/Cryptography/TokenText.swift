import Glibc
import Postern

/// What stands between the quotes of a JSON string; valid as long as the text that was read.
struct TokenText {
  let bytes: UnsafeBufferPointer<UInt8>
  let isEscaped: Bool
  let isASCII: Bool

  /// Throws `malformed` when it is not UTF-8, or an escape is none, or half a surrogate pair.
  func string() throws(TokenProblem) -> String {
    // Nearly always so, and many times as fast as validating.
    if isASCII && !isEscaped { return String(decoding: bytes, as: UTF8.self) }
    let string =
      isEscaped ? try String(validating: unescaped(), as: UTF8.self) : String(validating: bytes, as: UTF8.self)
    guard let string else { throw .malformed }
    return string
  }

  /// Throws what `string()` would throw.
  func check() throws(TokenProblem) {
    if !isASCII || isEscaped { _ = try string() }
  }

  @inline(__always)
  func equals(_ name: StaticString) throws(TokenProblem) -> Bool {
    if isEscaped {
      return try unescaped().elementsEqual(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    }
    return bytes.count == name.utf8CodeUnitCount && memcmp(bytes.baseAddress!, name.utf8Start, bytes.count) == 0
  }

  private func unescaped() throws(TokenProblem) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    var rest = bytes[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\") else {
        output.append(byte)
        continue
      }
      switch rest.popFirst() {
      case UInt8(ascii: "\""): output.append(UInt8(ascii: "\""))
      case UInt8(ascii: "\\"): output.append(UInt8(ascii: "\\"))
      case UInt8(ascii: "/"): output.append(UInt8(ascii: "/"))
      case UInt8(ascii: "b"): output.append(0x08)
      case UInt8(ascii: "f"): output.append(0x0C)
      case UInt8(ascii: "n"): output.append(0x0A)
      case UInt8(ascii: "r"): output.append(0x0D)
      case UInt8(ascii: "t"): output.append(0x09)
      case UInt8(ascii: "u"): output.append(contentsOf: UTF8.encode(try scalar(&rest))!)
      default: throw .malformed
      }
    }
    return output
  }

  /// What follows `\u`: one UTF-16 unit, or two where the first is the high half of a pair.
  private func scalar(_ rest: inout Slice<UnsafeBufferPointer<UInt8>>) throws(TokenProblem) -> Unicode.Scalar {
    let high = try unit(&rest)
    if let scalar = Unicode.Scalar(high) { return scalar }
    guard high < 0xDC00, rest.popFirst() == UInt8(ascii: "\\"), rest.popFirst() == UInt8(ascii: "u") else {
      throw .malformed
    }
    let low = try unit(&rest)
    guard (0xDC00...0xDFFF).contains(low) else { throw .malformed }
    return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))!
  }

  private func unit(_ rest: inout Slice<UnsafeBufferPointer<UInt8>>) throws(TokenProblem) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = rest.popFirst().flatMap(Hexadecimal.digit) else { throw .malformed }
      unit = unit << 4 | UInt32(digit)
    }
    return unit
  }
}
