/// What else is known about an event: a JSON object (RFC 8259) of texts.
package struct AuditDetails: Sendable, Equatable, ExpressibleByDictionaryLiteral {
  package let json: String

  /// What was written before.
  package init(json: String) { self.json = json }

  package init(dictionaryLiteral members: (String, String?)...) {
    let pairs = members.map { "\(AuditDetails.quoted($0)):\($1.map(AuditDetails.quoted) ?? "null")" }
    json = "{\(pairs.joined(separator: ","))}"
  }

  /// With `"`, `\` and control characters escaped (RFC 8259, section 7).
  private static func quoted(_ text: String) -> String {
    var output = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\":
        output.unicodeScalars.append("\\")
        output.unicodeScalars.append(scalar)
      case "\0"..<" ":
        let digits = String(scalar.value, radix: 16)
        output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: output.unicodeScalars.append(scalar)
      }
    }
    return output + "\""
  }
}
