import Glibc
import Postern

/// Reads one JSON text (RFC 8259) from front to back without building anything: whoever uses it says what comes next.
/// All functions throw `malformed` when it does not.
///
/// Stricter than most readers on purpose: no byte order mark, nothing behind the text, 32 levels at most.
struct TokenScanner {
  private let text: UnsafeBufferPointer<UInt8>
  private var position = 0
  /// Whether the object or array that was just entered has had no element so far.
  private var isFirst = false

  private static let deepest = 32

  init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

  mutating func enterObject() throws(TokenProblem) {
    try take(UInt8(ascii: "{"))
    isFirst = true
  }

  /// The name of the next member of the object, whose value must be read next; `nil` at its end.
  mutating func nextName() throws(TokenProblem) -> TokenText? {
    guard try isElementNext(before: UInt8(ascii: "}")) else { return nil }
    let name = try string()
    try name.check()
    try take(UInt8(ascii: ":"))
    return name
  }

  /// Enters an array. Its elements must be read, each behind an `isElementNext()`.
  mutating func enterArray() throws(TokenProblem) {
    try take(UInt8(ascii: "["))
    isFirst = true
  }

  /// Whether the array has another element; false at its end.
  mutating func isElementNext() throws(TokenProblem) -> Bool { try isElementNext(before: UInt8(ascii: "]")) }

  /// Nothing but space is left.
  mutating func finish() throws(TokenProblem) {
    skipSpace()
    guard position == text.count else { throw .malformed }
  }

  /// Whether the next value is a string.
  var isStringNext: Bool {
    mutating get { next == UInt8(ascii: "\"") }
  }

  mutating func string() throws(TokenProblem) -> TokenText {
    try take(UInt8(ascii: "\""))
    let start = position
    var (isEscaped, union) = (false, UInt8(0))
    while position < text.count {
      let byte = text[position]
      position += 1
      union |= byte
      switch byte {
      case UInt8(ascii: "\""):
        return TokenText(
          bytes: UnsafeBufferPointer(rebasing: text[start..<(position - 1)]), isEscaped: isEscaped,
          isASCII: union < 0x80)
      case UInt8(ascii: "\\"):
        isEscaped = true
        position += 1
      case 0..<0x20: throw .malformed
      default: break
      }
    }
    throw .malformed
  }

  /// Whether the next value is a string, and this one; the value is read either way.
  mutating func isNextString(_ expected: StaticString) throws(TokenProblem) -> Bool {
    guard isStringNext else {
      try skipValue()
      return false
    }
    return try string().equals(expected)
  }

  mutating func bool() throws(TokenProblem) -> Bool {
    if takeWord("true") { return true }
    guard takeWord("false") else { throw .malformed }
    return false
  }

  /// Whether the next value was `null`, and has been read.
  mutating func takeNull() -> Bool { takeWord("null") }

  /// A number without fraction or exponent that fits.
  mutating func integer() throws(TokenProblem) -> Int64 {
    let number = try number()
    guard let whole = number.whole, !number.hasFraction, !number.hasExponent else { throw .malformed }
    return whole
  }

  /// A NumericDate (RFC 7519, section 2) in whole seconds, rounded down. One with an exponent is not taken.
  mutating func numericDate() throws(TokenProblem) -> Int64 {
    let number = try number()
    guard let whole = number.whole, !number.hasExponent, whole > .min else { throw .malformed }
    return number.isNegative && number.hasFraction ? whole - 1 : whole
  }

  /// Reads a value of any kind and forgets it.
  mutating func skipValue() throws(TokenProblem) { try skipValue(level: 1) }

  /// `level` is that of the value: 1 inside the outermost object.
  private mutating func skipValue(level: Int) throws(TokenProblem) {
    switch next {
    case UInt8(ascii: "{"):
      guard level < Self.deepest else { throw .malformed }
      try enterObject()
      while try nextName() != nil { try skipValue(level: level + 1) }
    case UInt8(ascii: "["):
      guard level < Self.deepest else { throw .malformed }
      try enterArray()
      while try isElementNext() { try skipValue(level: level + 1) }
    case UInt8(ascii: "\""): try string().check()
    case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try bool()
    case UInt8(ascii: "n"): guard takeNull() else { throw .malformed }
    default: _ = try number()
    }
  }

  private struct Number {
    /// `nil` when it does not fit.
    var whole: Int64?
    var isNegative = false
    var hasFraction = false
    var hasExponent = false
  }

  private mutating func number() throws(TokenProblem) -> Number {
    var number = Number()
    number.isNegative = next == UInt8(ascii: "-")
    if number.isNegative { position += 1 }
    let start = position
    // Nineteen digits fit into 64 bits, whichever they are; more never fit into an Int64.
    var magnitude: UInt64 = 0
    while let digit = takeDigit() { magnitude = magnitude &* 10 &+ UInt64(digit) }
    guard position > start, position == start + 1 || text[start] != UInt8(ascii: "0") else { throw .malformed }
    if position - start <= 19 {
      number.whole =
        number.isNegative && magnitude == Int64.min.magnitude
        ? .min : Int64(exactly: magnitude).map { number.isNegative ? -$0 : $0 }
    }

    if position < text.count, text[position] == UInt8(ascii: ".") {
      position += 1
      guard takeDigit() != nil else { throw .malformed }
      while takeDigit() != nil {}
      number.hasFraction = true
    }
    if position < text.count, text[position] | 0x20 == UInt8(ascii: "e") {
      position += 1
      if position < text.count, text[position] == UInt8(ascii: "+") || text[position] == UInt8(ascii: "-") {
        position += 1
      }
      guard takeDigit() != nil else { throw .malformed }
      while takeDigit() != nil {}
      number.hasExponent = true
    }
    return number
  }

  private mutating func takeDigit() -> UInt8? {
    guard position < text.count, text[position] &- UInt8(ascii: "0") < 10 else { return nil }
    position += 1
    return text[position - 1] - UInt8(ascii: "0")
  }

  private mutating func isElementNext(before end: UInt8) throws(TokenProblem) -> Bool {
    if next == end {
      position += 1
      isFirst = false
      return false
    }
    if !isFirst { try take(UInt8(ascii: ",")) }
    isFirst = false
    return true
  }

  /// The first byte behind the space; reading goes on there.
  private var next: UInt8? {
    mutating get {
      skipSpace()
      return position < text.count ? text[position] : nil
    }
  }

  private mutating func take(_ byte: UInt8) throws(TokenProblem) {
    guard next == byte else { throw .malformed }
    position += 1
  }

  private mutating func takeWord(_ word: StaticString) -> Bool {
    skipSpace()
    let count = word.utf8CodeUnitCount
    guard text.count - position >= count, memcmp(text.baseAddress! + position, word.utf8Start, count) == 0 else {
      return false
    }
    position += count
    return true
  }

  private mutating func skipSpace() {
    while position < text.count {
      switch text[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }
}
