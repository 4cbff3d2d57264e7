import CCurl
import Glibc
package import Postern
import Synchronization

/// A mail server, spoken to over SMTP (RFC 5321) by libcurl.
///
/// With TLS the certificate is always checked, and nothing is said in plain text. Only SMTP is spoken, and directly,
/// whatever the environment says of proxies.
package final class SMTPServer: MailCarrier {
  private let settings: MailSettings
  /// What it calls itself: the site's host (RFC 5321, section 4.1.1.1).
  private let ownName: String
  /// Open between mails that follow one another.
  private let connection = Mutex<Connection?>(nil)

  /// - `settings`: names a server.
  /// - `ownName`: a host name or an address literal.
  package init(_ settings: MailSettings, ownName: String) {
    self.settings = settings
    self.ownName = ownName
  }

  package func deliver(
    _ message: Message, isToEnd: @Sendable () -> Bool
  ) throws(DeliveryFailure) -> String {
    if let problem = postern_curl_load() {
      throw DeliveryFailure(
        .server, "libcurl cannot be loaded (\(String(cString: problem))): install the package libcurl4")
    }
    return try withoutActuallyEscaping(isToEnd) { isToEnd in
      connection.withLock { connection -> Result<String, DeliveryFailure> in
        if connection == nil { connection = Connection() }
        guard let handle = connection?.handle else { return .failure(DeliveryFailure(.server, "out of memory")) }
        let exchange = Exchange(message, isToEnd)
        return exchange.run(handle, settings, ownName)
      }
    }.get()
  }

  package func rest() { connection.withLock { $0 = nil } }
}

/// A handle of libcurl with its connection.
private struct Connection: ~Copyable {
  let handle: UnsafeMutableRawPointer

  init?() {
    guard let handle = postern_curl_open() else { return nil }
    self.handle = handle
  }

  deinit {
    // QUIT is said, and nobody waits for the answer of a server that gives none.
    let socket = postern_curl_socket(handle)
    if socket >= 0 { shutdown(socket, Int32(SHUT_RD)) }
    postern_curl_close(handle)
  }
}
