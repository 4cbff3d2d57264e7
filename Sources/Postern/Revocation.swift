/// One entry of the log of what has ended before its time: written in the transaction that ends it.
package struct Revocation: Sendable, Equatable {
  package enum Subject: Sendable, Equatable {
    case session(SessionID)
    /// Everything of this account that carries a lower epoch.
    case account(AccountID, epoch: Int64)
  }

  /// Its place in the log; ascending.
  package var position: Int64
  package var subject: Subject
  /// When it was written; it matters for as long as an access token issued before can live.
  package var at: Instant

  package init(position: Int64, subject: Subject, at: Instant) {
    self.position = position
    self.subject = subject
    self.at = at
  }
}
