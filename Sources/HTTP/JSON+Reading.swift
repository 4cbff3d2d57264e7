/// Why a text is no JSON that Postern takes.
package enum JSONError: Error, Equatable {
  /// Not JSON, at this byte of the text.
  case malformed(offset: Int)
  /// An object holds this key twice (RFC 8259, section 4: names should be unique; which one counts would be a guess).
  case duplicateKey(String)
  /// Nested deeper than 32 levels.
  case tooDeep
  /// More than 50,000 values: a megabyte of them takes thirty in memory.
  case tooMany
}

extension JSON {
  /// Reads one JSON text (RFC 8259): UTF-8, nothing before or behind it, no key twice, 32 levels and 50,000
  /// values at most.
  package init(parsing text: [UInt8]) throws(JSONError) {
    var reader = JSONReader(text: text)
    self = try reader.document()
  }
}

private struct JSONReader {
  let text: [UInt8]
  var position = 0

  var values = 0

  private static let deepest = 32
  private static let most = 50_000

  mutating func document() throws(JSONError) -> JSON {
    let result = try value(depth: 0)
    skipSpace()
    guard position == text.count else { throw malformed }
    return result
  }

  private var malformed: JSONError { .malformed(offset: position) }
  private var next: UInt8? { position < text.count ? text[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSON {
    skipSpace()
    values += 1
    guard values <= Self.most else { throw .tooMany }
    switch next {
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      guard depth < Self.deepest else { throw .tooDeep }
      return next == UInt8(ascii: "{") ? try object(depth: depth) : try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    default: return try number()
    }
  }

  private mutating func literal(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
    let bytes = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
    guard text[position...].starts(with: bytes) else { throw malformed }
    position += bytes.count
    return value
  }

  private mutating func array(depth: Int) throws(JSONError) -> JSON {
    position += 1
    var elements: [JSON] = []
    skipSpace()
    if take(UInt8(ascii: "]")) { return .array(elements) }
    repeat {
      elements.append(try value(depth: depth + 1))
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw malformed }
    return .array(elements)
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSON {
    position += 1
    var members: [JSON.Member] = []
    // By bytes: comparing `String`s normalises them, which takes a time quadratic in a run of combining marks.
    var names: Set<[UInt8]> = []
    skipSpace()
    if take(UInt8(ascii: "}")) { return .object(members) }
    repeat {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw malformed }
      let name = try string()
      guard names.insert(Array(name.utf8)).inserted else { throw .duplicateKey(name) }
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw malformed }
      members.append(JSON.Member(name, try value(depth: depth + 1)))
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw malformed }
    return .object(members)
  }

  private mutating func string() throws(JSONError) -> String {
    position += 1
    var bytes: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let result = String(validating: bytes, as: UTF8.self) else { throw malformed }
        return result
      case UInt8(ascii: "\\"): try escape(into: &bytes)
      case 0..<0x20: throw malformed
      default: bytes.append(byte)
      }
    }
    throw malformed
  }

  private mutating func escape(into bytes: inout [UInt8]) throws(JSONError) {
    guard let byte = next else { throw malformed }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(byte)
    case UInt8(ascii: "b"): bytes.append(0x08)
    case UInt8(ascii: "f"): bytes.append(0x0C)
    case UInt8(ascii: "n"): bytes.append(0x0A)
    case UInt8(ascii: "r"): bytes.append(0x0D)
    case UInt8(ascii: "t"): bytes.append(0x09)
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if code >= 0xD800, code < 0xDC00 {
        guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw malformed }
        let low = try hexadecimal()
        guard low >= 0xDC00, low < 0xE000 else { throw malformed }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw malformed }
      bytes.append(contentsOf: Unicode.UTF8.encode(scalar)!)
    default: throw malformed
    }
  }

  private mutating func hexadecimal() throws(JSONError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw malformed }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }

  /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
  private mutating func number() throws(JSONError) -> JSON {
    let start = position
    var isInteger = true
    _ = take(UInt8(ascii: "-"))
    if !take(UInt8(ascii: "0")) { try digits() }
    if take(UInt8(ascii: ".")) {
      isInteger = false
      try digits()
    }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      isInteger = false
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try digits()
    }
    let word = String(decoding: text[start..<position], as: UTF8.self)
    if isInteger, let number = Int64(word) { return .integer(number) }
    guard let number = Double(word), number.isFinite else { throw .malformed(offset: start) }
    return .number(number)
  }

  private mutating func digits() throws(JSONError) {
    let start = position
    while let byte = next, byte >= 0x30, byte <= 0x39 { position += 1 }
    guard position > start else { throw malformed }
  }
}
