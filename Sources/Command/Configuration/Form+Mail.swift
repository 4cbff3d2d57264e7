import FastCGI
import Postern

extension Form where Value == String {
  /// A host name or an IP address.
  static var host: Form {
    checked("a host name or an IP address") { isHost($0) || PeerAddress($0) != nil }
  }

  /// What a link's text can be put behind: a path on this site, or an address.
  static var linkPlace: Form {
    checked("a path such as /confirm, or an address such as https://app.example.com/confirm") { text in
      let rest = Origin(of: text).map { _ in text.drop { $0 != ":" }.dropFirst(3).drop { $0 != "/" } } ?? text[...]
      return rest.isEmpty
        || rest.hasPrefix("/") && !rest.hasPrefix("//")
          && rest.utf8.allSatisfy { isAlphanumeric($0) || "/-._~#?=&%!+,".utf8.contains($0) }
    }
  }
}

extension Form where Value == MailSender {
  /// An address, with a name before it or without.
  static var sender: Form {
    Form(
      accepts: "an address such as login@example.com or Example <login@example.com>",
      read: { text throws(Rejection) in
        guard let sender = MailSender(PythonLiteral.text(text)) else { throw Rejection() }
        return sender
      },
      write: { $0.text })
  }
}
