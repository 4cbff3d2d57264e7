/// The few forms of Python source in which people who come from a `config.py` write values: quoted texts and lists.
enum PythonLiteral {
  /// The text inside `'…'` or `"…"`; a text that is no such literal is itself.
  static func text(_ source: String) -> String {
    let scalars = Array(source.unicodeScalars)
    guard let (text, end) = quoted(scalars, at: 0), end == scalars.count else { return source }
    return text
  }

  /// The elements of `['a', 'b']`, `('a', 'b')` or the plain `a,b`; `nil` for brackets that do not close or elements
  /// that run into one another. Spaces around an element are not part of it.
  static func elements(_ source: String) -> [String]? {
    var scalars = trimmed(Array(source.unicodeScalars)[...])
    if let first = scalars.first, let closing = ["[": "]", "(": ")"][first] as Unicode.Scalar? {
      guard scalars.count >= 2, scalars.last == closing else { return nil }
      scalars = trimmed(scalars.dropFirst().dropLast())
      if scalars.last == "," { scalars.removeLast() }
    }
    var elements: [String] = []
    var rest = trimmed(scalars)
    while !rest.isEmpty {
      if let (text, end) = quoted(Array(rest), at: 0) {
        elements.append(text)
        rest = trimmed(rest.dropFirst(end))
      } else {
        let element = rest.prefix { $0 != "," }
        guard !element.contains(where: { "[]()'\"".unicodeScalars.contains($0) }) || isAddress(element) else {
          return nil
        }
        elements.append(String(String.UnicodeScalarView(trimmed(element))))
        rest = rest.dropFirst(element.count)
      }
      if rest.isEmpty { break }
      guard rest.first == "," else { return nil }
      rest = trimmed(rest.dropFirst())
      if rest.isEmpty { return nil }
    }
    return elements.contains("") ? nil : elements
  }

  /// An IPv6 address in brackets, which is no list.
  private static func isAddress(_ element: ArraySlice<Unicode.Scalar>) -> Bool {
    element.contains("[") && element.contains(":") && !element.contains("'") && !element.contains("\"")
  }

  /// Reads one quoted text that begins at `start`; the position behind it, or `nil` when there is none.
  private static func quoted(_ scalars: [Unicode.Scalar], at start: Int) -> (text: String, end: Int)? {
    guard start < scalars.count, scalars[start] == "'" || scalars[start] == "\"" else { return nil }
    let quote = scalars[start]
    let escapes: [Unicode.Scalar: Unicode.Scalar] = [
      "\\": "\\", "'": "'", "\"": "\"", "n": "\n", "r": "\r", "t": "\t",
    ]
    var text = String.UnicodeScalarView()
    var position = start + 1
    while position < scalars.count {
      let scalar = scalars[position]
      if scalar == quote { return (String(text), position + 1) }
      if scalar == "\\", position + 1 < scalars.count, let meaning = escapes[scalars[position + 1]] {
        text.append(meaning)
        position += 2
      } else {
        text.append(scalar)
        position += 1
      }
    }
    return nil
  }

  private static func trimmed(_ scalars: ArraySlice<Unicode.Scalar>) -> ArraySlice<Unicode.Scalar> {
    var scalars = scalars
    while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
    while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
    return scalars
  }
}
