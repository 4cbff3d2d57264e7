/// Writes one JSON object (RFC 8259) without spaces, for what is kept or signed as a text: `"`, `\` and control
/// characters are escaped, everything else stands as it is.
package struct JSONObjectWriter {
  private var text: [UInt8] = []

  package init() {
    text.reserveCapacity(768)
    text.append(UInt8(ascii: "{"))
  }

  package consuming func finished() -> [UInt8] {
    text.append(UInt8(ascii: "}"))
    return text
  }

  package mutating func add(_ name: String, _ value: Bool) {
    begin(name)
    text.append(contentsOf: (value ? "true" : "false").utf8)
  }

  package mutating func add(_ name: String, _ value: Int64?) {
    begin(name)
    text.append(contentsOf: (value.map(String.init) ?? "null").utf8)
  }

  package mutating func add(_ name: String, _ value: String?) {
    begin(name)
    if let value { write(value) } else { text.append(contentsOf: "null".utf8) }
  }

  package mutating func add(_ name: String, _ values: [String]) {
    begin(name)
    text.append(UInt8(ascii: "["))
    for (index, value) in values.enumerated() {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      write(value)
    }
    text.append(UInt8(ascii: "]"))
  }

  private mutating func begin(_ name: String) {
    if text.count > 1 { text.append(UInt8(ascii: ",")) }
    write(name)
    text.append(UInt8(ascii: ":"))
  }

  private mutating func write(_ string: String) {
    text.append(UInt8(ascii: "\""))
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): text.append(contentsOf: [UInt8(ascii: "\\"), byte])
      case 0..<0x20: text.append(contentsOf: "\\u00\(byte < 0x10 ? "0" : "")\(String(byte, radix: 16))".utf8)
      default: text.append(byte)
      }
    }
    text.append(UInt8(ascii: "\""))
  }
}
