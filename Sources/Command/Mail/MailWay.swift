import Cryptography
import Curl
import Mail
import Postern

/// How mails go out under some settings: what puts them into words, and what takes them.
struct MailWay {
  let writer: any MailWriter
  let carrier: any MailCarrier

  /// Throws a failure where the site's templates cannot be used.
  init(_ settings: Settings) throws(Failure) {
    if settings.mail.usesTLS || settings.mail.usesStartTLS { OpenSSL.prepareForTLS() }
    writer = MailRenderer(settings, try Templates(settings), sealer: LinkSeal(secretKey: settings.secretKey))
    carrier =
      settings.mail.server == nil
      ? MailFolder(settings) : SMTPServer(settings.mail, ownName: MailRenderer.host(of: settings))
  }
}
