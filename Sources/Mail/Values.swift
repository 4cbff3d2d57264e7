import Postern

/// What can stand in a template, by name. Texts of strangers are among them: each is one line, and says no more than it
/// must.
struct Values {
  static let names: Set<String> = [
    "site", "site_url", "email", "link", "code", "expires", "login_url", "forgot_url", "account_url", "greeting",
    "name", "address", "device", "where", "new_email", "old_email", "factor", "left",
  ]

  private var texts: [String: String]

  /// - `texts`: as `Mail.values`, and what is known of the site and of the link.
  init(_ texts: [String: String], device unknown: String = "an unknown device") {
    self.texts = texts.mapValues { HeaderField.singleLine($0, limit: 2_000) }
    for name in ["address", "device", "new_email", "old_email"] {
      self.texts[name] = self.texts[name].map { HeaderField.singleLine($0, limit: 254) }
    }
    let name = Values.name(texts["name"] ?? "")
    self.texts["name"] = name
    self.texts["greeting"] = name.isEmpty ? "Hello," : "Hello \(name),"
    let whereabouts = [self.texts["device"], self.texts["address"]].compactMap { $0 }.filter { !$0.isEmpty }
    self.texts["where"] = whereabouts.isEmpty ? unknown : whereabouts.joined(separator: ", ")
  }

  subscript(name: String) -> String { texts[name] ?? "" }

  /// A name in which people can be greeted, else nothing. Whoever registers somebody else's address chooses the name in
  /// a mail that the site sends: it must be no message, and nothing that a mail program makes a link of.
  static func name(_ text: String) -> String {
    let name = HeaderField.singleLine(text, limit: 200)
    var isSeparated = true
    for scalar in name.unicodeScalars {
      // A dot stands at the end of a word only: no mail program takes that for an address.
      if !isSeparated, scalar != " " { return "" }
      isSeparated = scalar != "."
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
        .spacingMark:
        continue
      default: if !" .-'’".unicodeScalars.contains(scalar) { return "" }
      }
    }
    return name.unicodeScalars.count <= 64 ? name : ""
  }
}
