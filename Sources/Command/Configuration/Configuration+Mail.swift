import Glibc
import Mail
import Postern

extension Configuration {
  /// What does not go together of the mail settings, and the site's templates.
  mutating func judgeMail() {
    let mail = settings.mail
    if let server = mail.server { judgeServer(server, mail) } else { judgeFiles() }
    if settings.delivery == .bodyOnly {
      let missing = [
        ("POSTERN_CONFIRM_URL", mail.confirmURL), ("POSTERN_RESET_URL", mail.resetURL),
        ("POSTERN_UNDO_URL", mail.undoURL),
      ].filter { $0.1 == nil }.map(\.0)
      if !missing.isEmpty {
        warnings.append(
          "AUTHSVC_TOKEN_DELIVERY is body_only, which has no pages, so that mailed links lead nowhere; set "
            + missing.joined(separator: ", "))
      }
    }
    if let file = mail.authorities, access(file, R_OK) != 0 {
      mistakes.append("MAIL_CA_FILE is \(printable(file)): \(String(cString: strerror(errno)))")
    }
    do throws(Failure) { _ = try Templates(settings) } catch { mistakes += error.sentences }
  }

  /// Mails are written into files, which nobody gets.
  private mutating func judgeFiles() {
    let others = ["MAIL_PORT", "MAIL_USE_TLS", "MAIL_USE_SSL", "MAIL_USERNAME", "MAIL_PASSWORD", "MAIL_CA_FILE"]
    if let other = others.first(where: { given[$0] != nil }), isSound("MAIL_SERVER") {
      warnings.append("\(other) has no effect without MAIL_SERVER: mails are written into files")
    } else if settings.registration == .verified, isSound("MAIL_SERVER") {
      warnings.append(
        "POSTERN_REGISTRATION is verified, and MAIL_SERVER is not set: mails are written into files, and nobody gets "
          + "the link that confirms an address")
    }
  }

  private mutating func judgeServer(_ server: String, _ mail: MailSettings) {
    if mail.usesTLS, mail.usesStartTLS {
      mistakes.append("MAIL_USE_TLS and MAIL_USE_SSL are both True: one of them, as the server speaks it")
    }
    if (mail.username == nil) != (mail.password == nil), isSound("MAIL_USERNAME"), isSound("MAIL_PASSWORD") {
      mistakes.append("MAIL_USERNAME and MAIL_PASSWORD go together: one of them is missing")
    }
    if !mail.usesTLS, !mail.usesStartTLS, !mail.isLocal {
      if mail.password != nil {
        mistakes.append(
          "MAIL_PASSWORD would travel in plain text to \(printable(server)): MAIL_USE_TLS=True (mostly port 587) or "
            + "MAIL_USE_SSL=True (port 465)")
      } else {
        warnings.append(
          "mails to \(printable(server)) travel in plain text, with links that open accounts: MAIL_USE_TLS=True")
      }
    }
    if mail.port == 465, !mail.usesTLS {
      warnings.append("MAIL_PORT is 465, where servers speak TLS from the first byte: MAIL_USE_SSL=True")
    }
    if mail.port == 587 || mail.port == 25, mail.usesTLS {
      warnings.append(
        "MAIL_PORT is \(mail.port), where servers greet in plain text: MAIL_USE_TLS instead of MAIL_USE_SSL")
    }
    if mail.sender == nil {
      warnings.append(
        "MAIL_DEFAULT_SENDER is not set: mails come from \(MailRenderer.sender(settings).address.text)")
    }
  }
}
