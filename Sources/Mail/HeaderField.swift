/// Field bodies of a mail's header (RFC 5322, RFC 2047). Whatever text goes in, one field comes out: control characters
/// are taken away first.
enum HeaderField {
  /// Free text, such as a subject.
  static func text(_ text: String, after name: String) -> String {
    let line = singleLine(text, limit: 200)
    return isPlain(line) ? folded(line, from: name.utf8.count + 2) : encodedWords(line, from: name.utf8.count + 2)
  }

  /// `Name <name@example.com>` of an address that has been checked.
  static func mailbox(name: String, address: String) -> String {
    let line = singleLine(name, limit: 100)
    if line.isEmpty { return address }
    let phrase = isPlain(line) ? quoted(line) : encodedWords(line, from: 6)
    return "\(phrase)\r\n <\(address)>"
  }

  /// The text without line ends, other control characters, and those that turn the direction of writing, which could
  /// make a name look like something else.
  static func singleLine(_ text: String, limit: Int) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(limit) {
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: scalars.append(" ")
      case .format, .surrogate, .privateUse, .unassigned: continue
      default: scalars.append(scalar)
      }
    }
    return String(scalars)
  }

  private static func isPlain(_ line: String) -> Bool {
    line.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } && !line.contains("=?")
      && line.utf8.split(separator: 0x20).allSatisfy { $0.count < 60 }
  }

  /// RFC 5322, section 3.2.4.
  private static func quoted(_ line: String) -> String {
    var text = "\""
    for scalar in line.unicodeScalars {
      if scalar == "\"" || scalar == "\\" { text += "\\" }
      text.unicodeScalars.append(scalar)
    }
    return text + "\""
  }

  /// Broken at spaces, so that lines have at most 78 bytes where that can be (RFC 5322, section 2.1.1).
  private static func folded(_ line: String, from start: Int) -> String {
    var (text, column) = ("", start)
    for (index, word) in line.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
      if index > 0 {
        let breaks = column + 1 + word.utf8.count > 78 && !word.isEmpty
        text += breaks ? "\r\n " : " "
        column = breaks ? 1 : column + 1
      }
      text += word
      column += word.utf8.count
    }
    return text
  }

  /// The "Q" encoding (RFC 2047, section 4.2) in as many words as are needed, each of whole characters.
  private static func encodedWords(_ line: String, from start: Int) -> String {
    let (head, tail) = ("=?UTF-8?Q?", "?=")
    var words: [String] = []
    var word = ""
    // The first line has the field's name before it.
    var room = 76 - start - head.utf8.count - tail.utf8.count
    for scalar in line.unicodeScalars {
      let piece = String(scalar).utf8.map { encoded($0) }.joined()
      if word.utf8.count + piece.utf8.count > room {
        words.append(word)
        word = ""
        room = 75 - head.utf8.count - tail.utf8.count
      }
      word += piece
    }
    words.append(word)
    return words.map { head + $0 + tail }.joined(separator: "\r\n ")
  }

  /// What stands for itself in a phrase, too (RFC 2047, section 5, rule 3).
  private static func encoded(_ byte: UInt8) -> String {
    switch byte {
    case 0x20: "_"
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      String(UnicodeScalar(byte))
    default: QuotedPrintable.escaped(byte)
    }
  }
}
