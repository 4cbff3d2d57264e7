/// How the text of a setting becomes a value, and how a value is written.
struct Form<Value: Sendable & Equatable>: Sendable {
  /// What is accepted, in words that follow "accepted is".
  let accepts: String
  /// Throws a rejection when the text is no such value. Never handed the text of another key.
  let read: @Sendable (String) throws(Rejection) -> Value
  /// A text that `read` takes for the same value.
  let write: @Sendable (Value) -> String
}

/// Why a text is not taken.
struct Rejection: Error {
  /// A sentence of its own where "accepted is …" would not do.
  var sentence: String?

  init(_ sentence: String? = nil) { self.sentence = sentence }
}

extension Form {
  /// `None`, or no text at all, for no value.
  func orNone() -> Form<Value?> {
    Form<Value?>(
      accepts: accepts + ", or None",
      read: { text throws(Rejection) in
        if ["", "none", "null"].contains(text.lowercased()) { return nil }
        return try read(text)
      },
      write: { value in value.map(write) ?? "None" })
  }

  /// Any number of them, as a Python list or with commas between; `None`, or no text at all, for none.
  func list() -> Form<[Value]> {
    Form<[Value]>(
      accepts: "a list, each element \(accepts)",
      read: { text throws(Rejection) in
        if ["", "none"].contains(text.lowercased()) { return [] }
        guard let elements = PythonLiteral.elements(text) else { throw Rejection() }
        var values: [Value] = []
        for element in elements {
          do throws(Rejection) { values.append(try read(element)) } catch {
            throw Rejection(error.sentence ?? "“\(printable(element))” is not \(accepts)")
          }
        }
        return values
      },
      write: { values in values.isEmpty ? "None" : values.map(write).joined(separator: ",") })
  }
}

extension Form where Value == Bool {
  static var truth: Form {
    Form(
      accepts: "True or False",
      read: { text throws(Rejection) in
        switch PythonLiteral.text(text).lowercased() {
        case "true", "yes", "on", "1": return true
        case "false", "no", "off", "0": return false
        default: throw Rejection()
        }
      },
      write: { $0 ? "True" : "False" })
  }
}

extension Form where Value == String {
  /// Any text on one line, none included.
  static var line: Form { checked("a text") { !$0.unicodeScalars.contains(where: isControl) } }

  /// A text on one line.
  static var text: Form { checked("a text") { !$0.isEmpty && !$0.unicodeScalars.contains(where: isControl) } }

  /// Any text, over several lines too: keys and passwords.
  static var anything: Form { checked("a text") { !$0.isEmpty } }

  /// A token of RFC 9110, section 5.6.2: what a header field or a cookie may be called.
  static var token: Form {
    checked("a word without spaces and separators") { text in
      !text.isEmpty
        && text.utf8.allSatisfy {
          isAlphanumeric($0) || "!#$%&'*+-.^_`|~".utf8.contains($0)
        }
    }
  }

  /// A text that satisfies a condition; quotes around it are Python's.
  static func checked(_ accepts: String, _ holds: @escaping @Sendable (String) -> Bool) -> Form {
    Form(
      accepts: accepts,
      read: { text throws(Rejection) in
        let text = PythonLiteral.text(text)
        guard holds(text) else { throw Rejection() }
        return text
      },
      write: { $0 })
  }
}

extension Form where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  /// One of the cases, in any case of letters.
  static var choice: Form {
    Form(
      accepts: oneOf(Value.allCases.map(\.rawValue)),
      read: { text throws(Rejection) in
        let name = PythonLiteral.text(text).lowercased()
        guard let value = Value.allCases.first(where: { $0.rawValue.lowercased() == name }) else { throw Rejection() }
        return value
      },
      write: { $0.rawValue })
  }
}

extension Form where Value: FixedWidthInteger {
  static func number(_ range: ClosedRange<Value>, _ unit: String = "") -> Form {
    Form(
      accepts: "a whole number\(unit.isEmpty ? "" : " of " + unit) from \(range.lowerBound) to \(range.upperBound)",
      read: { text throws(Rejection) in
        guard let value = Value(PythonLiteral.text(text)), range.contains(value) else { throw Rejection() }
        return value
      },
      write: { String($0) })
  }
}

/// `a, b or c`.
func oneOf(_ names: [String]) -> String {
  guard let last = names.last, names.count > 1 else { return names.first ?? "" }
  return names.dropLast().joined(separator: ", ") + " or " + last
}

func isAlphanumeric(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "a")...UInt8(ascii: "z"):
    true
  default: false
  }
}

func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .control }
