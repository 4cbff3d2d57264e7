import CCurl
import Postern

/// How an exchange with a mail server ended, and what that means.
struct Outcome {
  var code: CURLcode
  /// OpenSSL's reason (X509_V_ERR_…) why the certificate was not taken; 0 or 1 where libcurl has found one before it
  /// asked.
  var verification: Int
  /// libcurl's own words.
  var words: String
  var verb: String
  var reply: String
  var isHandedOver: Bool

  /// The code of the server's last reply (RFC 5321, section 4.2); 0 where there is none.
  private var status: Int { Int(reply.prefix(3)) ?? 0 }

  func failure(_ settings: MailSettings) -> DeliveryFailure {
    let server = "\(settings.server ?? ""):\(settings.port)"
    switch code {
    case CURLE_ABORTED_BY_CALLBACK: return DeliveryFailure(.ended, "interrupted: the program is stopping")
    case CURLE_COULDNT_RESOLVE_HOST:
      return DeliveryFailure(.server, "\(settings.server ?? "") is no host that the DNS knows: is MAIL_SERVER right?")
    case CURLE_COULDNT_CONNECT:
      return DeliveryFailure(
        .server,
        "\(server) cannot be reached: \(words). Does it run, is MAIL_PORT right, does a firewall let it through?")
    case CURLE_OPERATION_TIMEDOUT: return timedOut(server)
    case CURLE_PEER_FAILED_VERIFICATION: return DeliveryFailure(.server, certificate(server))
    case CURLE_SSL_CACERT_BADFILE:
      return DeliveryFailure(
        .server,
        settings.authorities.map { "MAIL_CA_FILE cannot be used: \($0) is no file of certificates in PEM" }
          ?? "the system has no certificates to check \(server) by: install the package ca-certificates")
    case CURLE_SSL_CONNECT_ERROR:
      return DeliveryFailure(
        .server,
        "TLS with \(server) fails: \(words). "
          + (settings.usesTLS
            ? "Where the port is 587 or 25, it is MAIL_USE_TLS=True instead of MAIL_USE_SSL" : "Does it speak TLS 1.2?")
      )
    case CURLE_USE_SSL_FAILED:
      return DeliveryFailure(
        .server, "\(server) offers no TLS (STARTTLS), and nothing is sent without: is MAIL_PORT right?")
    case CURLE_LOGIN_DENIED:
      return DeliveryFailure(
        .server,
        "\(server) takes neither MAIL_USERNAME nor MAIL_PASSWORD: \(reply). Many providers want a password that is made "
          + "for this program, an “app password”")
    default: return refusal(server, settings)
    }
  }

  private func timedOut(_ server: String) -> DeliveryFailure {
    if verb.isEmpty && reply.isEmpty {
      return DeliveryFailure(
        .server,
        "\(server) does not answer: is MAIL_PORT right (465 wants MAIL_USE_SSL=True), does a firewall let it through?")
    }
    // One mail may be what it hangs at; the next one shows.
    return DeliveryFailure(.server, "\(server) has stopped answering, behind \(step)")
  }

  private var step: String {
    switch verb {
    case "": "the greeting"
    case "DATA": isHandedOver ? "the mail" : "DATA"
    default: verb
    }
  }

  /// Why the certificate was not taken: by OpenSSL's reason; without one, the names in it are others.
  private func certificate(_ server: String) -> String {
    switch verification {
    case 0, 1, 62, 64:
      "the certificate of \(server) is for another name: \(words). MAIL_SERVER must be a name that stands in it"
    case 9, 10: "the certificate of \(server) is not valid at this time: has it expired, is this machine's clock right?"
    default:
      "the certificate of \(server) is not trusted: \(words). Where its authority is your own, name that one's file in "
        + "MAIL_CA_FILE"
    }
  }

  /// What is missing where the reply is 530: TLS first (RFC 3207, section 4) or a login (RFC 4954, section 6).
  private func demand(_ settings: MailSettings) -> String {
    let isEncrypted = settings.usesTLS || settings.usesStartTLS
    if !isEncrypted, reply.lowercased().contains("tls") { return "TLS, so MAIL_USE_TLS=True" }
    return settings.username == nil
      ? "a login, so MAIL_USERNAME and MAIL_PASSWORD" + (isEncrypted ? "" : ", and mostly MAIL_USE_TLS=True")
      : "a login, and offers none that is known" + (isEncrypted ? "" : " without TLS: MAIL_USE_TLS=True")
  }

  /// What the server's reply says: of this mail, or of everything that comes from here.
  private func refusal(_ server: String, _ settings: MailSettings) -> DeliveryFailure {
    let isOfTheMail = ["RCPT", "DATA"].contains(verb)
    switch status {
    case 421: return DeliveryFailure(.server, "\(server) takes no mail now: \(reply)")
    case 400..<500:
      return DeliveryFailure(isOfTheMail ? .deferred : .server, "\(server) has put it off, at \(step): \(reply)")
    case 530 where !isOfTheMail: return DeliveryFailure(.server, "\(server) wants \(demand(settings)): \(reply)")
    case 500..<600 where isOfTheMail: return DeliveryFailure(.refused, "\(server) refuses it, at \(step): \(reply)")
    case 500..<600 where verb == "MAIL":
      return DeliveryFailure(
        .server, "\(server) refuses the sender: \(reply). MAIL_DEFAULT_SENDER must be an address that it sends for")
    case 500..<600: return DeliveryFailure(.server, "\(server) refuses to talk, at \(step): \(reply)")
    default:
      // The connection broke, or what answers is no mail server.
      let place = reply.isEmpty ? "" : ", behind \(step)"
      return DeliveryFailure(.server, "the connection to \(server) broke\(place): \(words)")
    }
  }
}
