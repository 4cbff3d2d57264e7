/// The port to mails on their way. A mail gets in through the stores, in the transaction that makes true what it says,
/// and leaves when it was delivered. When a function returns, what it did has been committed.
package protocol Outbox: Sendable {
  /// The mail that has been due for longest, if one is: as an attempt that has begun. Its next turn is put off by
  /// `lease`, so that nobody else takes it meanwhile; who has died leaves it to the next one. Costs microseconds, and
  /// asks no disk, while nothing has been written and none has come due.
  func take(lease: Duration) throws(StoreError) -> OutgoingMail?
  /// The mail has been taken over by a mail server: it is kept no longer.
  func remove(_ mail: OutgoingMail) throws(StoreError)
  /// The attempt has failed; the next one may begin after `delay`. Does nothing where another attempt has begun since.
  func postpone(_ mail: OutgoingMail, by delay: Duration, problem: String?) throws(StoreError)
  /// No further attempt: the mail is kept for whoever looks for it. Does nothing where another attempt has begun since.
  func giveUp(_ mail: OutgoingMail, problem: String) throws(StoreError)
  /// Those that wait and those that were given up, the first ones first.
  func list(after: Int64?, limit: Int) throws(StoreError) -> [OutgoingMail]
  /// Puts a mail in that comes along with nothing else, such as a test.
  func post(_ mail: Mail) throws(StoreError)
  /// Deletes, in steps, those that were given up before that moment.
  func purge(givenUpBefore: Instant) throws(StoreError)
}

/// A mail in the outbox.
package struct OutgoingMail: Sendable, Equatable {
  package var id: Int64
  package var mail: Mail
  /// Whom it is about; `nil` where there is no such account.
  package var account: AccountID?
  package var createdAt: Instant
  /// After that it is worth no more attempt.
  package var expiresAt: Instant
  /// When the next attempt may begin.
  package var dueAt: Instant
  /// How many have begun.
  package var attempts: Int
  /// Why the last one failed.
  package var problem: String?
  package var givenUpAt: Instant?

  package init(
    id: Int64, mail: Mail, account: AccountID?, createdAt: Instant, expiresAt: Instant, dueAt: Instant,
    attempts: Int = 0, problem: String? = nil, givenUpAt: Instant? = nil
  ) {
    self.id = id
    self.mail = mail
    self.account = account
    self.createdAt = createdAt
    self.expiresAt = expiresAt
    self.dueAt = dueAt
    self.attempts = attempts
    self.problem = problem
    self.givenUpAt = givenUpAt
  }

  /// The longest wait between two attempts. A mail that is due later than that was postponed under a clock that has
  /// been set back since.
  package static let longestWait = Duration.seconds(3600)
}
