package import Postern

/// Puts mails into words: templates, links and the site's own names.
package struct MailRenderer: MailWriter {
  private let settings: Settings
  private let templates: Templates
  private let sealer: any LinkSealer
  private let host: String

  /// - `settings`: whose `publicURL` names the site, in every link and in `Message-ID`.
  package init(_ settings: Settings, _ templates: Templates, sealer: any LinkSealer) {
    self.settings = settings
    self.templates = templates
    self.sealer = sealer
    host = MailRenderer.host(of: settings)
  }

  /// What the site's mail program calls itself.
  package static func host(of settings: Settings) -> String {
    let host = Origin(of: settings.publicURL)?.host ?? ""
    return host.isEmpty || host.hasPrefix("[") ? "localhost" : host
  }

  /// Who mails come from.
  package static func sender(_ settings: Settings) -> MailSender {
    let mail = settings.mail
    if let sender = mail.sender { return sender }
    let own = mail.username.flatMap { EmailAddress($0) } ?? EmailAddress("no-reply@\(host(of: settings))")
    return MailSender(name: siteName(settings), own ?? EmailAddress("no-reply@localhost")!)
  }

  private static func siteName(_ settings: Settings) -> String {
    settings.siteName.isEmpty ? host(of: settings) : settings.siteName
  }

  package func message(for mail: OutgoingMail) -> Message {
    let words = templates.words(mail.mail.kind)
    let values = values(for: mail.mail)
    let content = words.html.filled { escapedForHTML(values[$0]) }
    let name = Hexadecimal.encode(mail.mail.id)
    let sender = MailRenderer.sender(settings)
    let text = MIMEText(
      from: sender, recipient: mail.mail.recipient, subject: words.subject.filled { values[$0] },
      date: mail.createdAt, id: "\(name)@\(host)", boundary: "=_\(name)", text: words.text.filled { values[$0] },
      html: words.frame.filled { $0 == "content" ? content : escapedForHTML(values[$0]) })
    return Message(
      id: text.id, kind: mail.mail.kind, createdAt: mail.createdAt, sender: sender.address,
      recipient: mail.mail.recipient, content: text.bytes)
  }

  private func values(for mail: Mail) -> Values {
    var texts = mail.values
    let pages = settings.publicURL + settings.pagesPrefix
    texts["site"] = MailRenderer.siteName(settings)
    texts["site_url"] = settings.publicURL
    texts["email"] = mail.recipient.text
    texts["login_url"] = pages + "/login"
    texts["forgot_url"] = pages + "/forgot"
    texts["account_url"] = pages + "/account"
    // A code is no link: it is typed in where the sign-in waits for it.
    let isCode = mail.link?.purpose == .signInCode
    texts["link"] = isCode ? "" : mail.link.map { address(of: $0) } ?? ""
    texts["code"] = isCode ? mail.link.map { sealer.code(of: $0.id) } ?? "" : ""
    texts["expires"] = mail.link?.purpose.lifetimeInWords ?? ""
    return Values(texts)
  }

  /// The whole address of a link: on the page that is made for it, or where the site wants it.
  private func address(of link: NewLink) -> String {
    settings.address(of: link.purpose, sealer.text(of: link.id, for: link.purpose))
  }
}
