import CCurl
import Glibc
import Postern

/// One message on its way: what libcurl reads from, and what it is told on the way.
final class Exchange {
  private let message: Message
  private let isToEnd: () -> Bool
  private var position = 0
  /// The verb of the last command that was sent, such as `RCPT`; empty before the first.
  private(set) var verb = ""
  /// The last line that the server said, but for its good-bye.
  private(set) var reply = ""
  private var hasSaidGoodbye = false

  init(_ message: Message, _ isToEnd: @escaping () -> Bool) {
    self.message = message
    self.isToEnd = isToEnd
  }

  /// All of the message has been read; the server's word on it is what is missing.
  var isHandedOver: Bool { position == message.content.count }

  func run(
    _ handle: UnsafeMutableRawPointer, _ settings: MailSettings, _ ownName: String
  ) -> Result<String, DeliveryFailure> {
    postern_curl_reset(handle)
    let recipients = postern_curl_append(nil, "<\(message.recipient.text)>")
    defer { postern_curl_free(recipients) }
    let code = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(CURL_ERROR_SIZE)) { words in
      words.initialize(repeating: 0)
      var code = configure(handle, settings, ownName, recipients)
      if code == CURLE_OK { code = postern_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, words.baseAddress) }
      if code == CURLE_OK { code = postern_curl_perform(handle) }
      _ = postern_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, nil)
      return Outcome(
        code: code,
        verification: postern_curl_number(handle, CURLINFO_SSL_VERIFYRESULT),
        words: words.first == 0 ? String(cString: postern_curl_words(code)) : String(cString: words.baseAddress!),
        verb: verb, reply: reply, isHandedOver: isHandedOver)
    }
    if code.code == CURLE_OK { return .success("taken by \(settings.server ?? ""): \(withoutLinks(reply))") }
    return .failure(code.failure(settings))
  }

  private func configure(
    _ handle: UnsafeMutableRawPointer, _ settings: MailSettings, _ ownName: String,
    _ recipients: UnsafeMutablePointer<curl_slist>?
  ) -> CURLcode {
    var result = CURLE_OK
    func set(_ option: CURLoption, _ number: Int) {
      if result == CURLE_OK { result = postern_curl_set_number(handle, option, number) }
    }
    func set(_ option: CURLoption, _ text: String) {
      if result == CURLE_OK { result = postern_curl_set_text(handle, option, text) }
    }
    func set(_ option: CURLoption, _ pointer: UnsafeMutableRawPointer?) {
      if result == CURLE_OK { result = postern_curl_set_pointer(handle, option, pointer) }
    }
    let server = settings.server ?? ""
    let host = server.utf8.contains(UInt8(ascii: ":")) ? "[\(server)]" : server
    set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
    set(CURLOPT_URL, "\(settings.usesTLS ? "smtps" : "smtp")://\(host):\(settings.port)/\(ownName)")
    set(CURLOPT_PROXY, "")
    set(CURLOPT_NOSIGNAL, 1)
    set(CURLOPT_QUICK_EXIT, 1)
    set(CURLOPT_CONNECTTIMEOUT, 10)
    set(CURLOPT_TIMEOUT, 45)

    set(
      CURLOPT_USE_SSL,
      Int(settings.usesTLS || settings.usesStartTLS ? CURLUSESSL_ALL.rawValue : CURLUSESSL_NONE.rawValue))
    set(CURLOPT_SSL_VERIFYPEER, 1)
    set(CURLOPT_SSL_VERIFYHOST, 2)
    set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    if let authorities = settings.authorities { set(CURLOPT_CAINFO, authorities) }
    if let username = settings.username { set(CURLOPT_USERNAME, username) }
    if let password = settings.password { set(CURLOPT_PASSWORD, password) }

    set(CURLOPT_MAIL_FROM, "<\(message.sender.text)>")
    set(CURLOPT_MAIL_RCPT, recipients.map { UnsafeMutableRawPointer($0) })
    set(CURLOPT_UPLOAD, 1)
    if result == CURLE_OK {
      result = postern_curl_set_size(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(message.content.count))
    }
    let own = Unmanaged.passUnretained(self).toOpaque()
    set(CURLOPT_READDATA, own)
    set(CURLOPT_DEBUGDATA, own)
    set(CURLOPT_XFERINFODATA, own)
    set(CURLOPT_VERBOSE, 1)
    set(CURLOPT_NOPROGRESS, 0)
    if result == CURLE_OK {
      result = postern_curl_set_reader(handle) { buffer, size, count, own in
        Unmanaged<Exchange>.fromOpaque(own!).takeUnretainedValue().read(into: buffer!, size * count)
      }
    }
    if result == CURLE_OK {
      result = postern_curl_set_observer(handle) { _, kind, bytes, count, own in
        let exchange = Unmanaged<Exchange>.fromOpaque(own!).takeUnretainedValue()
        exchange.note(kind, UnsafeRawBufferPointer(start: bytes, count: count))
        return 0
      }
    }
    if result == CURLE_OK {
      result = postern_curl_set_progress(handle) { own, _, _, _, _ in
        Unmanaged<Exchange>.fromOpaque(own!).takeUnretainedValue().isToEnd() ? 1 : 0
      }
    }
    return result
  }

  private func read(into buffer: UnsafeMutablePointer<CChar>, _ room: Int) -> Int {
    let count = min(room, message.content.count - position)
    message.content.withUnsafeBytes { bytes in
      UnsafeMutableRawPointer(buffer).copyMemory(from: bytes.baseAddress! + position, byteCount: count)
    }
    position += count
    return count
  }

  /// Of what is sent, only the verb is looked at: behind `AUTH` stands the password.
  private func note(_ kind: curl_infotype, _ bytes: UnsafeRawBufferPointer) {
    if hasSaidGoodbye { return }
    switch kind {
    case CURLINFO_HEADER_OUT:
      let command = String(decoding: bytes.prefix { $0 > 0x20 }.prefix(8), as: UTF8.self)
      // It is said behind a refusal, too, and what was refused is what matters.
      if command == "QUIT" { hasSaidGoodbye = true } else { verb = command }
    case CURLINFO_HEADER_IN:
      let line = bytes.prefix(300).filter { $0 >= 0x20 && $0 != 0x7F }
      if line.count >= 3 { reply = String(decoding: line, as: UTF8.self) }
    default: break
    }
  }
}
