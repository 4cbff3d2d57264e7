/// Everything that is stored about one person, as it is handed to them.
///
/// Left out is what would let others in: the password's hash, the secret of an authenticator app, and the digests of
/// API tokens and recovery codes. The rest of what the storage keeps beside it is ours and says nothing of a person
/// (see docs/front-end.md).
package struct AccountRecords: Sendable {
  package var account: Account
  package var sessions: [SessionRecord] = []
  package var apiTokens: [APIToken] = []
  package var factors = Factors()
  package var recoveryCodes: [RecoveryCodeRecord] = []
  package var trustedBrowsers: [TrustedBrowser] = []
  package var links: [Link] = []
  package var mails: [MailRecord] = []
  /// The newest first.
  package var audit: [AuditEntry] = []
  /// Of sessions and of audit entries: so many older ones are there besides.
  package var olderSessions = 0
  package var olderEntries = 0

  package init(account: Account) { self.account = account }

  /// So many sessions, and so many audit entries, are handed over in one document.
  package static let most = 10_000
}

/// A session, ended or not.
package struct SessionRecord: Sendable, Equatable {
  package var session: Session
  /// Why it was ended; `nil` where it was not.
  package var endReason: String?

  package init(_ session: Session, endReason: String?) {
    self.session = session
    self.endReason = endReason
  }
}

/// A recovery code, used or not.
package struct RecoveryCodeRecord: Sendable, Equatable {
  package var createdAt: Instant
  package var usedAt: Instant?

  package init(createdAt: Instant, usedAt: Instant?) {
    self.createdAt = createdAt
    self.usedAt = usedAt
  }
}

/// A mail about the account that is on its way, or was given up.
package struct MailRecord: Sendable, Equatable {
  package var kind: String
  package var recipient: String
  package var values: [String: String]
  package var createdAt: Instant
  package var expiresAt: Instant
  package var attempts: Int64
  /// What the mail server last said.
  package var problem: String?
  package var givenUpAt: Instant?

  package init(
    kind: String, recipient: String, values: [String: String], createdAt: Instant, expiresAt: Instant,
    attempts: Int64, problem: String?, givenUpAt: Instant?
  ) {
    self.kind = kind
    self.recipient = recipient
    self.values = values
    self.createdAt = createdAt
    self.expiresAt = expiresAt
    self.attempts = attempts
    self.problem = problem
    self.givenUpAt = givenUpAt
  }
}
