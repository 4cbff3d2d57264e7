extension DotEnv {
  /// Reads one binding after another. Where python-dotenv's regular expressions would backtrack, the comment says how
  /// the same is found without.
  struct Scanner {
    struct Unreadable: Error {
      var sentence: String
    }

    private let scalars: [Unicode.Scalar]
    private var position = 0
    private(set) var line = 1

    init(_ text: String) {
      var scalars = Array(text.unicodeScalars)
      if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
      var lines: [Unicode.Scalar] = []
      lines.reserveCapacity(scalars.count)
      for (index, scalar) in scalars.enumerated() {
        if scalar == "\n", index > 0, scalars[index - 1] == "\r" { continue }
        lines.append(scalar == "\r" ? "\n" : scalar)
      }
      self.scalars = lines
    }

    var isAtEnd: Bool { position == scalars.count }

    /// The key and value of the line; `nil` for a comment.
    mutating func binding() throws(Unreadable) -> (key: String, value: String?)? {
      skipExport()
      let key = try self.key()
      skip(while: Scanner.isBlank)
      var value: String?
      if peek == "=" {
        advance()
        skip(while: Scanner.isBlank)
        value = try self.value()
      }
      try endLine(after: key, hasValue: value != nil)
      return key.map { ($0, value) }
    }

    private mutating func skipExport() {
      let word = Array("export".unicodeScalars)
      guard scalars[position...].starts(with: word), position + word.count < scalars.count,
        Scanner.isBlank(scalars[position + word.count])
      else { return }
      position += word.count
      skip(while: Scanner.isBlank)
    }

    private mutating func key() throws(Unreadable) -> String? {
      if peek == "#" { return nil }
      if peek == "'" {
        guard let end = scalars[(position + 1)...].firstIndex(of: "'"), end > position + 1 else {
          throw Unreadable(sentence: "has a quoted key that is empty or without an end")
        }
        let name = String(String.UnicodeScalarView(scalars[(position + 1)..<end]))
        while position <= end { advance() }
        return name
      }
      let name = take { $0 != "=" && $0 != "#" && !Scanner.isSpace($0) }
      guard !name.isEmpty else { throw Unreadable(sentence: "has no key before the =") }
      return name
    }

    private mutating func value() throws(Unreadable) -> String {
      switch peek {
      case "'": return try quoted(by: "'", escapes: ["\\": "\\", "'": "'"])
      case "\"":
        return try quoted(
          by: "\"",
          escapes: [
            "\\": "\\", "'": "'", "\"": "\"", "a": "\u{07}", "b": "\u{08}", "f": "\u{0C}", "n": "\n", "r": "\r",
            "t": "\t", "v": "\u{0B}",
          ])
      default: return unquoted()
      }
    }

    /// Ends at the first quote without a backslash before it; where there is none in the rest of the file, at the last
    /// quote that has one (`'C:\'` is `C:\`).
    private mutating func quoted(
      by quote: Unicode.Scalar, escapes: [Unicode.Scalar: Unicode.Scalar]
    ) throws(Unreadable) -> String {
      let start = position + 1
      var end = start
      var lastEscaped: Int?
      while end < scalars.count, scalars[end] != quote {
        if scalars[end] == "\\", end + 1 < scalars.count, scalars[end + 1] == quote {
          lastEscaped = end + 1
          end += 1
        }
        end += 1
      }
      if end >= scalars.count {
        guard let lastEscaped else { throw Unreadable(sentence: "has a quote \(quote) without an end") }
        end = lastEscaped
      }
      let raw = scalars[start..<end]
      while position <= end { advance() }
      return Scanner.decode(raw, escapes)
    }

    private static func decode(
      _ raw: ArraySlice<Unicode.Scalar>, _ escapes: [Unicode.Scalar: Unicode.Scalar]
    ) -> String {
      var output = String.UnicodeScalarView()
      var index = raw.startIndex
      while index < raw.endIndex {
        if raw[index] == "\\", index + 1 < raw.endIndex, let meaning = escapes[raw[index + 1]] {
          output.append(meaning)
          index += 2
        } else {
          output.append(raw[index])
          index += 1
        }
      }
      return String(output)
    }

    /// The rest of the line, without a comment that follows white space, and without white space at its end.
    private mutating func unquoted() -> String {
      let start = position
      skip { $0 != "\n" }
      var part = scalars[start..<position]
      if let comment = part.indices.dropFirst().first(where: { part[$0] == "#" && Scanner.isSpace(part[$0 - 1]) }) {
        part = part[..<comment]
      }
      while let last = part.last, Scanner.isSpace(last) { part.removeLast() }
      return String(String.UnicodeScalarView(part))
    }

    private mutating func endLine(after key: String?, hasValue: Bool) throws(Unreadable) {
      skip(while: Scanner.isBlank)
      if peek == "#" { skip { $0 != "\n" } }
      if isAtEnd { return }
      guard peek == "\n" else {
        throw Unreadable(
          sentence: hasValue
            ? "goes on after the closing quote of \(key ?? "its value")" : "is not of the form KEY=value")
      }
      advance()
    }

    private var peek: Unicode.Scalar? { isAtEnd ? nil : scalars[position] }

    private mutating func advance() {
      if scalars[position] == "\n" { line += 1 }
      position += 1
    }

    mutating func skip(while belongs: (Unicode.Scalar) -> Bool) {
      while let scalar = peek, belongs(scalar) { advance() }
    }

    private mutating func take(while belongs: (Unicode.Scalar) -> Bool) -> String {
      let start = position
      skip(while: belongs)
      return String(String.UnicodeScalarView(scalars[start..<position]))
    }

    /// What Python's `\s` matches: Unicode's White_Space and the four separators U+001C to U+001F.
    static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
      scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar != "\n" && isSpace(scalar) }
  }
}
