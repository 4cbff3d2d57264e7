/// Fields of `application/x-www-form-urlencoded` (WHATWG URL, section 5): a form's body or a query.
package struct FormFields: Sendable, Equatable {
  package let pairs: [(name: String, value: String)]

  /// No fields.
  package init() { pairs = [] }

  package static func == (left: FormFields, right: FormFields) -> Bool {
    left.pairs.elementsEqual(right.pairs) { $0.name == $1.name && $0.value == $1.value }
  }

  /// `nil` when a field is not UTF-8, has a broken percent escape, or there are more than 100.
  package init?(parsing bytes: some Collection<UInt8>) {
    // An array, so that what follows is compiled for one: a megabyte of a stranger's takes a hundredth of the time.
    self.init(array: Array(bytes))
  }

  private init?(array bytes: [UInt8]) {
    var pairs: [(name: String, value: String)] = []
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "&")) ?? bytes.count
      let part = bytes[start..<end]
      start = end + 1
      if part.isEmpty { continue }
      let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? end
      guard pairs.count < 100, let name = FormFields.decode(part[..<equals]),
        let value = FormFields.decode(part[equals...].dropFirst())
      else { return nil }
      pairs.append((name, value))
    }
    self.pairs = pairs
  }

  /// The value of a field; `nil` when it is missing or came twice. Names are compared by their bytes, never normalised:
  /// that would take a time quadratic in a hostile name's combining marks.
  package subscript(name: String) -> String? {
    let found = pairs.filter { $0.name.utf8.elementsEqual(name.utf8) }
    return found.count == 1 ? found[0].value : nil
  }

  /// The values of a field that may come several times, in order.
  package func all(_ name: String) -> [String] {
    pairs.filter { $0.name.utf8.elementsEqual(name.utf8) }.map(\.value)
  }

  /// Whether a field came once, with exactly these bytes.
  package func isEqual(_ name: String, _ value: String) -> Bool { self[name]?.utf8.elementsEqual(value.utf8) ?? false }

  /// Percent-encodes a text as one value in a query: everything but RFC 3986's unreserved characters and `/`.
  package static func encode(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var output: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"), UInt8(ascii: "/"):
        output.append(byte)
      default: output.append(contentsOf: [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]])
      }
    }
    return String(decoding: output, as: UTF8.self)
  }

  private static func decode(_ bytes: ArraySlice<UInt8>) -> String? {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    var index = bytes.startIndex
    while index < bytes.endIndex {
      switch bytes[index] {
      case UInt8(ascii: "+"): output.append(0x20)
      case UInt8(ascii: "%"):
        guard index + 2 < bytes.endIndex, let high = hexDigit(bytes[index + 1]), let low = hexDigit(bytes[index + 2])
        else { return nil }
        output.append(high << 4 | low)
        index += 2
      default: output.append(bytes[index])
      }
      index += 1
    }
    return String(validating: output, as: UTF8.self)
  }

  private static func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
