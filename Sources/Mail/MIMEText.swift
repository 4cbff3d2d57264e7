import Postern

/// A mail of two parts that say the same, as text and as HTML (RFC 2046, section 5.1.4), with its header.
struct MIMEText {
  var from: MailSender
  var recipient: EmailAddress
  var subject: String
  var date: Instant
  /// Without its brackets.
  var id: String
  /// What stands between the parts: in neither of them.
  var boundary: String
  var text: String
  var html: String

  var bytes: [UInt8] {
    let fields = [
      ("From", HeaderField.mailbox(name: from.name, address: from.address.text)),
      ("To", recipient.text),
      ("Subject", HeaderField.text(subject, after: "Subject")),
      ("Date", date.rfc5322),
      ("Message-ID", "<\(id)>"),
      // RFC 3834, section 5: nobody's absence is to be told to it.
      ("Auto-Submitted", "auto-generated"),
      ("MIME-Version", "1.0"),
      ("Content-Type", "multipart/alternative; boundary=\"\(boundary)\""),
    ]
    var bytes: [UInt8] = []
    for (name, body) in fields { bytes.append(contentsOf: "\(name): \(body)\r\n".utf8) }
    bytes.append(contentsOf: "\r\n".utf8)
    for (type, content) in [("text/plain", text), ("text/html", html)] {
      append(type, MIMEText.lines(content), to: &bytes)
    }
    bytes.append(contentsOf: "--\(boundary)--\r\n".utf8)
    return bytes
  }

  /// As it is where it is ASCII in short lines, so that a link can be read in a file; else quoted-printable.
  private func append(_ type: String, _ content: [UInt8], to bytes: inout [UInt8]) {
    let isPlain =
      content.allSatisfy { $0 < 0x7F && $0 != 0 }
      && content.split(separator: 0x0A).allSatisfy { $0.count < 998 }
    bytes.append(contentsOf: "--\(boundary)\r\nContent-Type: \(type); charset=utf-8\r\n".utf8)
    bytes.append(contentsOf: "Content-Transfer-Encoding: \(isPlain ? "7bit" : "quoted-printable")\r\n\r\n".utf8)
    bytes.append(contentsOf: isPlain ? content : QuotedPrintable.encode(content))
  }

  /// With CR LF at the end of every line, the last one included.
  private static func lines(_ content: String) -> [UInt8] {
    var bytes: [UInt8] = []
    for byte in content.utf8 where byte != 0x0D {
      if byte == 0x0A { bytes.append(0x0D) }
      bytes.append(byte)
    }
    if bytes.last != 0x0A { bytes.append(contentsOf: [0x0D, 0x0A]) }
    return bytes
  }
}
