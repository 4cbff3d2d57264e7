import Postern

extension Setting {
  static let mail: [Setting] = [
    Setting(
      "MAIL_SERVER", .mail, \.mail.server, Form.host.orNone(),
      "Host of the mail server. Without one, mails are written into files in `mail` in the data directory."),
    Setting(
      "MAIL_PORT", .mail, \.mail.port, .number(1...65_535),
      "Its port: mostly 587 with MAIL_USE_TLS, 465 with MAIL_USE_SSL, 25 on one's own machine."),
    Setting(
      "MAIL_USE_TLS", .mail, \.mail.usesStartTLS, .truth,
      "Turns to TLS behind the greeting (STARTTLS). Where the server does not, nothing is sent."),
    Setting("MAIL_USE_SSL", .mail, \.mail.usesTLS, .truth, "Speaks TLS from the first byte."),
    Setting("MAIL_USERNAME", .mail, \.mail.username, Form.text.orNone(), "The name to log in with."),
    Setting(
      "MAIL_PASSWORD", .mail, \.mail.password, Form.text.orNone(), isSecret: true, "The password to log in with."),
    Setting(
      "MAIL_DEFAULT_SENDER", .mail, \.mail.sender, Form.sender.orNone(),
      standard: "MAIL_USERNAME where that is an address, else no-reply at the host of POSTERN_PUBLIC_URL",
      "Who mails come from."),
    Setting(
      "MAIL_CA_FILE", .mail, \.mail.authorities, Form.absolutePath.orNone(),
      "Certificates (PEM) of those who may vouch for the server, in the place of the system's."),
    Setting(
      "POSTERN_MAIL_TEMPLATES", .mail, \.mail.templates, Form.absolutePath.orNone(),
      "Folder of files that replace the words of mails."),
    Setting(
      "POSTERN_CONFIRM_URL", .mail, \.mail.confirmURL, Form.linkPlace.orNone(),
      "Where links that prove an address lead, in the place of the page; the link's text goes behind it."),
    Setting(
      "POSTERN_RESET_URL", .mail, \.mail.resetURL, Form.linkPlace.orNone(), "The same for a new password."),
    Setting(
      "POSTERN_UNDO_URL", .mail, \.mail.undoURL, Form.linkPlace.orNone(),
      "The same for a change of address that is taken back."),
  ]
}
