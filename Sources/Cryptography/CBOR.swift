import CCBOR

/// A value in CBOR (RFC 8949), as far as authenticators send any.
///
/// Read strictly in CTAP2's canonical form, which WebAuthn lets readers demand ("SHOULD reject", Level 2, section 2.4):
/// numbers and lengths as short as can be, lengths said beforehand, keys of a map in their order and none twice, no
/// tags, four levels at most. So no two readers can differ about what was signed. Nothing is reserved for what is
/// announced and has not come.
indirect enum CBOR: Equatable {
  case unsigned(UInt64)
  /// -1 - n.
  case negative(UInt64)
  case bytes(ArraySlice<UInt8>)
  case text(String)
  case array([CBOR])
  case map([Pair])
  case truth(Bool)
  case nothing
  case floating

  struct Pair: Equatable {
    var key: CBOR
    var value: CBOR
  }

  /// Reads one value that is the whole of `bytes`.
  static func whole(_ bytes: ArraySlice<UInt8>) throws(CBORProblem) -> CBOR {
    var rest = bytes
    let value = try first(of: &rest)
    guard rest.isEmpty else { throw .malformed }
    return value
  }

  /// Reads the value at the start, and leaves what stands behind it.
  static func first(of bytes: inout ArraySlice<UInt8>) throws(CBORProblem) -> CBOR {
    if let problem = postern_cbor_load() { throw .noLibrary(String(cString: problem)) }
    return try CBOR(&bytes, depth: 0)
  }

  /// CTAP 2.1, section 8.
  private static let deepest = 4

  private init(_ bytes: inout ArraySlice<UInt8>, depth: Int) throws(CBORProblem) {
    let head = try CBOR.head(of: bytes)
    let whole = bytes.prefix(head.size)
    bytes = bytes.dropFirst(head.size)
    switch head.kind {
    case postern_cbor_unsigned: self = .unsigned(head.value)
    case postern_cbor_negative: self = .negative(head.value)
    case postern_cbor_bytes: self = .bytes(whole.suffix(Int(head.value)))
    case postern_cbor_text:
      guard let text = String(validating: whole.suffix(Int(head.value)), as: UTF8.self) else { throw .malformed }
      self = .text(text)
    case postern_cbor_array:
      guard depth < CBOR.deepest, head.value <= bytes.count else { throw .malformed }
      var elements: [CBOR] = []
      for _ in 0..<head.value { elements.append(try CBOR(&bytes, depth: depth + 1)) }
      self = .array(elements)
    case postern_cbor_map:
      guard depth < CBOR.deepest, head.value <= bytes.count / 2 else { throw .malformed }
      self = .map(try CBOR.pairs(head.value, of: &bytes, depth: depth + 1))
    case postern_cbor_truth: self = .truth(head.value != 0)
    case postern_cbor_nothing: self = .nothing
    case postern_cbor_floating: self = .floating
    default: throw .malformed
    }
  }

  private static func pairs(_ count: UInt64, of bytes: inout ArraySlice<UInt8>, depth: Int) throws(CBORProblem)
    -> [Pair]
  {
    var pairs: [Pair] = []
    var last: ArraySlice<UInt8>?
    for _ in 0..<count {
      let start = bytes
      let key = try CBOR(&bytes, depth: depth)
      let encoded = start[..<bytes.startIndex]
      if let last, !isBefore(last, encoded) { throw .malformed }
      last = encoded
      pairs.append(Pair(key: key, value: try CBOR(&bytes, depth: depth)))
    }
    return pairs
  }

  /// The order of keys: by major type, then by length, then by bytes.
  private static func isBefore(_ one: ArraySlice<UInt8>, _ other: ArraySlice<UInt8>) -> Bool {
    let (type, otherType) = (one.first! >> 5, other.first! >> 5)
    if type != otherType { return type < otherType }
    if one.count != other.count { return one.count < other.count }
    return one.lexicographicallyPrecedes(other)
  }

  /// One head, as short as it can be.
  private static func head(of bytes: ArraySlice<UInt8>) throws(CBORProblem) -> (kind: Int, value: UInt64, size: Int) {
    var head = postern_cbor_head()
    let isWhole = bytes.withUnsafeBufferPointer { postern_cbor_read($0.baseAddress, $0.count, &head) == 1 }
    guard isWhole else { throw .malformed }
    let kind = Int(head.kind)
    let content = kind == postern_cbor_bytes || kind == postern_cbor_text ? head.value : 0
    let hasShortForms = kind != postern_cbor_floating && kind != postern_cbor_truth && kind != postern_cbor_nothing
    guard !hasShortForms || UInt64(head.size) - content == shortest(head.value) else { throw .malformed }
    return (kind, head.value, head.size)
  }

  private static func shortest(_ value: UInt64) -> UInt64 {
    switch value {
    case ..<24: 1
    case ...0xFF: 2
    case ...0xFFFF: 3
    case ...0xFFFF_FFFF: 5
    default: 9
    }
  }

  /// The member of a map under a text; `nil` where there is none.
  subscript(name: String) -> CBOR? {
    guard case .map(let pairs) = self else { return nil }
    return pairs.first { if case .text(let text) = $0.key { text.utf8.elementsEqual(name.utf8) } else { false } }?.value
  }

  /// The member of a map under a number.
  subscript(label: Int) -> CBOR? {
    guard case .map(let pairs) = self else { return nil }
    return pairs.first { $0.key.integer == label }?.value
  }

  var integer: Int? {
    switch self {
    case .unsigned(let value): Int(exactly: value)
    case .negative(let value): Int(exactly: value).map { -1 - $0 }
    default: nil
    }
  }

  var bytes: [UInt8]? { if case .bytes(let bytes) = self { Array(bytes) } else { nil } }
}

enum CBORProblem: Error, Equatable {
  case malformed
  /// libcbor cannot be loaded, and why.
  case noLibrary(String)
}
