/// How mails are sent, and where their links lead.
package struct MailSettings: Sendable, Equatable {
  /// Host of the mail server: a name or an IP address; `nil`: mails are written into files.
  package var server: String?
  package var port: UInt16 = 25
  /// TLS behind `STARTTLS` (RFC 3207), and nothing without.
  package var usesStartTLS = false
  /// TLS from the first byte (RFC 8314, section 3.3).
  package var usesTLS = false
  package var username: String?
  package var password: String?
  /// `nil`: `username` where that is an address, else `no-reply` at the site's host.
  package var sender: MailSender?
  /// PEM file of the authorities that may vouch for the server, in the place of the system's.
  package var authorities: String?
  /// The folder of files that replace the mails' words.
  package var templates: String?
  /// Where links lead, in the place of the pages: a path on the site or an address. The link's text goes behind it.
  package var confirmURL: String?
  package var resetURL: String?
  package var undoURL: String?

  package init() {}

  /// Whether the server is this machine.
  package var isLocal: Bool {
    guard let server = server?.lowercased() else { return true }
    return server == "localhost" || server.hasPrefix("127.") || server == "::1"
  }
}

extension Settings {
  /// The whole address of a link with that text: on the page that is made for it, or where the site wants it.
  package func address(of purpose: Link.Purpose, _ text: String) -> String {
    let (own, page) =
      switch purpose {
      case .confirmAddress, .confirmNewAddress: (mail.confirmURL, "confirm")
      case .resetPassword: (mail.resetURL, "reset")
      case .undoAddressChange: (mail.undoURL, "undo")
      // Its words have the code, and no link.
      case .signInCode: (nil, "mfa")
      }
    var place = own ?? "\(pagesPrefix)/\(page)"
    if place.hasPrefix("/") { place = publicURL + place }
    let isComplete = place.hasSuffix("/") || place.hasSuffix("=")
    return place + (isComplete ? "" : "/") + text
  }
}

/// Who a mail comes from.
package struct MailSender: Sendable, Equatable {
  /// Empty where only the address is shown.
  package var name: String
  package var address: EmailAddress

  package init(name: String = "", _ address: EmailAddress) {
    self.name = name
    self.address = address
  }

  /// `Name <name@example.com>`, `"Name" <…>`, or the address alone; `nil` for anything else.
  package init?(_ text: String) {
    guard let open = text.utf8.lastIndex(of: UInt8(ascii: "<")) else {
      guard let address = EmailAddress(text) else { return nil }
      self.init(address)
      return
    }
    guard text.utf8.last == UInt8(ascii: ">"),
      let address = EmailAddress(String(text[text.index(after: open)...].dropLast()))
    else { return nil }
    var name = text[..<open]
    while name.last == " " { name.removeLast() }
    while name.first == " " { name.removeFirst() }
    if name.count >= 2, name.first == "\"", name.last == "\"" { name = name.dropFirst().dropLast() }
    guard !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control || $0 == "<" || $0 == ">" })
    else { return nil }
    self.init(name: String(name), address)
  }

  package var text: String { name.isEmpty ? address.text : "\(name) <\(address.text)>" }
}
