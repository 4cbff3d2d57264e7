/// A `.env` file as python-dotenv 1.2 reads it: `KEY=value` lines, `export` before them, comments, single quotes (with
/// `\'` and `\\`), double quotes (with C's escapes), both over several lines, and `${NAME}` or `${NAME:-default}` in
/// any value.
///
/// One thing differs: python-dotenv skips a line that it cannot read; here it is a problem with its line number, since
/// a setting that vanishes in silence may have been the one that closed a door.
struct DotEnv {
  struct Entry: Equatable {
    var key: String
    /// `nil` where the line has no `=`.
    var value: String?
    var line: Int
  }

  struct Problem: Equatable {
    var line: Int
    var sentence: String
  }

  /// In the order of the file; values not yet interpolated. Of a key given twice, the last counts.
  private(set) var entries: [Entry] = []
  private(set) var problems: [Problem] = []

  /// Reads UTF-8; a byte order mark is dropped, `\r\n` and `\r` end a line like `\n`.
  init(_ bytes: [UInt8]) {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      problems = [Problem(line: DotEnv.lineOfFirstInvalidByte(bytes), sentence: "is not UTF-8")]
      return
    }
    var scanner = Scanner(text)
    while !scanner.isAtEnd {
      scanner.skip(while: Scanner.isSpace)
      if scanner.isAtEnd { break }
      let line = scanner.line
      do throws(Scanner.Unreadable) {
        if let (key, value) = try scanner.binding() { entries.append(Entry(key: key, value: value, line: line)) }
      } catch {
        problems.append(Problem(line: line, sentence: error.sentence))
        scanner.skip { $0 != "\n" }
      }
    }
  }

  /// The entries with `${…}` replaced: by the environment, else by an entry above, else by the default given.
  func interpolated(over environment: [String: String]) -> [Entry] {
    var above: [String: String?] = [:]
    return entries.map { entry in
      let value = entry.value.map { text in
        DotEnv.interpolate(text) { name in environment[name].map(Optional.some) ?? above[name] }
      }
      above[entry.key] = .some(value)
      return Entry(key: entry.key, value: value, line: entry.line)
    }
  }

  /// `lookUp` answers `nil` for a name that is unknown, and `.some(nil)` for one without a value, which is empty.
  private static func interpolate(_ text: String, lookUp: (String) -> String??) -> String {
    let scalars = Array(text.unicodeScalars)
    var output = String.UnicodeScalarView()
    var position = 0
    while position < scalars.count {
      guard let variable = variable(in: scalars, at: position) else {
        output.append(scalars[position])
        position += 1
        continue
      }
      output.append(contentsOf: ((lookUp(variable.name) ?? variable.fallback ?? "") ?? "").unicodeScalars)
      position = variable.end
    }
    return String(output)
  }

  /// `${NAME}` or `${NAME:-default}`, where neither holds a `}` and the name no `:`.
  private static func variable(
    in scalars: [Unicode.Scalar], at start: Int
  ) -> (name: String, fallback: String?, end: Int)? {
    guard scalars[start...].starts(with: ["$", "{"]), let close = scalars[start...].firstIndex(of: "}") else {
      return nil
    }
    let inside = scalars[(start + 2)..<close]
    let name = inside.prefix { $0 != ":" }
    let rest = inside[name.endIndex...]
    func text(_ part: ArraySlice<Unicode.Scalar>) -> String { String(String.UnicodeScalarView(part)) }
    if rest.isEmpty { return (text(name), nil, close + 1) }
    guard rest.starts(with: [":", "-"]) else { return nil }
    return (text(name), text(rest.dropFirst(2)), close + 1)
  }

  private static func lineOfFirstInvalidByte(_ bytes: [UInt8]) -> Int {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let index = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }
    return (index ?? 0) + 1
  }
}
