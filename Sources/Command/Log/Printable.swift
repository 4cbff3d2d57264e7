/// The text with everything escaped that could end a line, move a cursor or turn the direction of writing: control
/// characters (CR, LF, NUL, ESC, …), the line and paragraph separators U+2028 and U+2029, and bidirectional marks. So
/// what a client sent stays on its line and looks like what it is. Escapes are JSON's, so that both formats share them;
/// `"` and `\` are escaped where `quoted`.
func printable(_ text: some StringProtocol, quoted: Bool = false) -> String {
  guard text.unicodeScalars.contains(where: { isUnsafe($0) || quoted && ($0 == "\"" || $0 == "\\") }) else {
    return String(text)
  }
  var output = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\n": output += "\\n"
    case "\r": output += "\\r"
    case "\t": output += "\\t"
    case "\"" where quoted, "\\" where quoted:
      output += "\\"
      output.unicodeScalars.append(scalar)
    case _ where isUnsafe(scalar):
      for unit in UTF16.encode(scalar)! {
        let digits = String(unit, radix: 16)
        output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    default: output.unicodeScalars.append(scalar)
    }
  }
  return output
}

private func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
  if scalar.value < 0x7F { return scalar.value < 0x20 }
  switch scalar.properties.generalCategory {
  case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: return true
  default: return false
  }
}
