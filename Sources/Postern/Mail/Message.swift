/// A mail in full, as it is handed to a mail server.
package struct Message: Sendable, Equatable {
  /// `Message-ID` without its brackets.
  package var id: String
  package var kind: Mail.Kind
  package var createdAt: Instant
  /// Who gets it back where it cannot be delivered: the envelope's sender (RFC 5321, section 3.3).
  package var sender: EmailAddress
  package var recipient: EmailAddress
  /// Header and body (RFC 5322): ASCII, lines of less than 1,000 bytes that end with CR LF.
  package var content: [UInt8]

  package init(
    id: String, kind: Mail.Kind, createdAt: Instant, sender: EmailAddress, recipient: EmailAddress, content: [UInt8]
  ) {
    self.id = id
    self.kind = kind
    self.createdAt = createdAt
    self.sender = sender
    self.recipient = recipient
    self.content = content
  }
}

/// The port to whoever puts mails into words.
package protocol MailWriter: Sendable {
  /// The mail in full: the same for every attempt, as long as the settings are.
  func message(for mail: OutgoingMail) -> Message
}

/// The port to whoever takes mails over: a mail server, or a folder.
package protocol MailCarrier: Sendable {
  /// Returns, when the message has been taken over for good, where it is now, in words for the log. Throws why it was
  /// not, within a minute. `isToEnd` is asked again and again meanwhile: the attempt ends when it says so.
  func deliver(_ message: Message, isToEnd: @Sendable () -> Bool) throws(DeliveryFailure) -> String
  /// There is nothing more to deliver for now: connections are closed.
  func rest()
}

/// Why a message was not taken over.
package struct DeliveryFailure: Error, Equatable {
  package enum Cause: Sendable, Equatable {
    /// It never will be: the server has said so of this message or its recipient.
    case refused
    /// It was not this time; others may be.
    case deferred
    /// None can be now: the server is away, or does not take any from here.
    case server
    /// This program was told to end.
    case ended
  }

  package var cause: Cause
  /// What happened, and what could be done, for an operator; without links.
  package var sentence: String

  package init(_ cause: Cause, _ sentence: String) {
    self.cause = cause
    self.sentence = withoutLinks(sentence)
  }
}

/// A server may repeat what it was sent, and a link opens an account: the text without words that are web addresses or
/// have something as long as a link's text in them. For logs and lists.
package func withoutLinks(_ text: String) -> String {
  text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map { word in
    let runs = word.split { byte in
      !(byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
        && !(byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")) && byte != UInt8(ascii: "-")
        && byte != UInt8(ascii: "_")
    }
    let isAddress = word.firstRange(of: Array("://".utf8)) != nil
    return isAddress || runs.contains { $0.count >= 43 } ? "…" : String(Substring(word))
  }.joined(separator: " ")
}
