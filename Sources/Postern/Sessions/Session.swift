/// One signing-in of one person, from the first token to its end.
package struct Session: Sendable, Equatable {
  package var id: SessionID
  package var account: AccountID
  /// Which refresh token is good: it carries this number; each rotation raises it by one.
  package var generation: Int64
  /// When the generation was last raised; the grace for the one before counts from here.
  package var rotatedAt: Instant
  package var createdAt: Instant
  package var lastActiveAt: Instant
  /// The account's epoch when the session began.
  package var epoch: Int64
  /// How the person proved who they are (RFC 8176), and when.
  package var methods: [String]
  package var provenAt: Instant
  package var address: String
  package var userAgent: String
  /// Whether it outlives the browser's session: as the person chose, `nil` as the settings say.
  package var isPersistent: Bool?
  package var revokedAt: Instant?
  /// The storage's own time when the row was read: what time-outs and graces are measured with.
  package var readAt: Instant

  package init(
    id: SessionID, account: AccountID, generation: Int64 = 1, rotatedAt: Instant, createdAt: Instant,
    lastActiveAt: Instant, epoch: Int64, methods: [String], provenAt: Instant, address: String, userAgent: String,
    isPersistent: Bool? = nil, revokedAt: Instant? = nil, readAt: Instant
  ) {
    self.id = id
    self.account = account
    self.generation = generation
    self.rotatedAt = rotatedAt
    self.createdAt = createdAt
    self.lastActiveAt = lastActiveAt
    self.epoch = epoch
    self.methods = methods
    self.provenAt = provenAt
    self.address = address
    self.userAgent = userAgent
    self.isPersistent = isPersistent
    self.revokedAt = revokedAt
    self.readAt = readAt
  }
}

/// What is needed to begin a session.
package struct NewSession: Sendable {
  package var id: SessionID
  package var account: AccountID
  package var epoch: Int64
  package var methods: [String]
  package var address: String
  package var userAgent: String
  /// `nil`: as the session that it replaces, if that was the same account's; else as the settings say.
  package var isPersistent: Bool?
  /// It goes on where the one that it replaces stops: begun and proven when that was, which must be alive, and the same
  /// account's.
  package var isContinuation: Bool

  package init(
    id: SessionID, account: AccountID, epoch: Int64, methods: [String], address: String, userAgent: String,
    isPersistent: Bool? = nil, isContinuation: Bool = false
  ) {
    self.id = id
    self.account = account
    self.epoch = epoch
    self.methods = methods
    self.address = address
    self.userAgent = userAgent
    self.isPersistent = isPersistent
    self.isContinuation = isContinuation
  }
}
