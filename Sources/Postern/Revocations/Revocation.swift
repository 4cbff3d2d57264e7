/// One entry of the log of what has ended before its time, or does not hold any more: written in the transaction that
/// makes it so.
package struct Revocation: Sendable, Equatable {
  package enum Subject: Sendable, Equatable {
    case session(SessionID)
    /// Everything of this account that carries a lower epoch.
    case account(AccountID, epoch: Int64)
    /// Nothing has ended; what tokens of a lower revision say of the account's role, permissions and name is out of
    /// date.
    case claims(AccountID, revision: Int64)
    /// One API token of the account.
    case apiToken(APIToken.ID, of: AccountID)
  }

  /// By how much a clock may have been ahead, before it was set back, for what has ended to be remembered still.
  package static let longestStep = Duration.seconds(31 * 86_400)

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
