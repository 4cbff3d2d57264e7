package import Postern

/// Sessions in SQL.
package struct SQLSessionStore: SessionStore {
  private let database: any Database

  package init(_ database: any Database) { self.database = database }

  package func create(
    _ new: NewSession, replacing: SessionID?, endingOthers: Bool
  ) throws(StoreError) -> (session: Session, ended: [SessionID]) {
    try database.write { connection throws(StoreError) in
      let now = try connection.now()
      let session = try connection.row(
        Statement.insert, new.id.high, new.id.low, new.account.value, new.epoch, now,
        new.methods.joined(separator: " "), new.address, new.userAgent, new.isPersistent, replacing?.high,
        replacing?.low, new.isContinuation
      ) { SQLSessionStore.session($0, readAt: now) }
      guard let session else { throw .accountGone }
      try recordLogin(new, connection, at: now)
      let client = Client(address: new.address, userAgent: new.userAgent)
      var ended: [SessionID] = []
      if let replacing, let owner = try revoke(replacing, .replaced, connection, at: now) {
        let initiator = Initiator(account: new.account, client: client)
        try SQLAuditLog.append(.end(of: replacing, owner: owner, .replaced, by: initiator), connection, at: now)
        ended.append(replacing)
      }
      if endingOthers {
        ended += try revokeOthers(of: new.account, except: new.id, .replaced, client, connection, at: now)
      }
      return (session, ended)
    }
  }

  package func find(_ id: SessionID) throws(StoreError) -> Session? {
    try database.read { connection throws(StoreError) in
      let now = try connection.now()
      return try connection.row(Statement.find, id.high, id.low) { SQLSessionStore.session($0, readAt: now) }
    }
  }

  package func list(of account: AccountID, limit: Int) throws(StoreError) -> [Session] {
    try database.read { connection throws(StoreError) in
      let now = try connection.now()
      return try connection.rows(Statement.list, account.value, limit) { SQLSessionStore.session($0, readAt: now) }
    }
  }

  package func rotate(_ id: SessionID, from generation: Int64) throws(StoreError) -> Session? {
    try database.write { connection throws(StoreError) in
      let now = try connection.now()
      return try connection.row(Statement.rotate, id.high, id.low, generation, now) {
        SQLSessionStore.session($0, readAt: now)
      }
    }
  }

  package func revoke(_ id: SessionID, _ end: SessionEnd, client: Client?) throws(StoreError) -> Bool {
    try database.write { connection throws(StoreError) in
      let now = try connection.now()
      guard let owner = try revoke(id, end, connection, at: now) else { return false }
      try SQLAuditLog.append(.end(of: id, owner: owner, end, client: client), connection, at: now)
      return true
    }
  }

  package func revokeOthers(
    of account: AccountID, except kept: SessionID, _ end: SessionEnd, client: Client?
  ) throws(StoreError) -> [SessionID] {
    try database.write { connection throws(StoreError) in
      try revokeOthers(of: account, except: kept, end, client, connection, at: connection.now())
    }
  }

  package func noteActivity(of sessions: [SessionID]) throws(StoreError) {
    try database.write { connection throws(StoreError) in
      let now = try connection.now()
      for id in sessions { try connection.execute(Statement.noteActivity, id.high, id.low, now) }
    }
  }

  package func purge(before: Instant) throws(StoreError) {
    try database.writeInSteps { connection, limit throws(StoreError) in
      try connection.execute(Statement.purge, before, limit)
    }
  }

  private func revokeOthers(
    of account: AccountID, except kept: SessionID, _ end: SessionEnd, _ client: Client?, _ connection: any Connection,
    at now: Instant
  ) throws(StoreError) -> [SessionID] {
    let others = try connection.rows(Statement.others, kept.high, kept.low, account.value) {
      SessionID(high: $0.word(0), low: $0.word(1))
    }
    for id in others { _ = try revoke(id, end, connection, at: now) }
    if !others.isEmpty {
      try SQLAuditLog.append(
        .endOfOthers(others.count, than: kept, owner: account, end, client: client), connection, at: now)
    }
    return others
  }

  /// Ends a session that is alive. Returns whose it was.
  private func revoke(
    _ id: SessionID, _ end: SessionEnd, _ connection: any Connection, at now: Instant
  ) throws(StoreError) -> AccountID? {
    let owner = try connection.row(Statement.revoke, id.high, id.low, now, end.rawValue) { AccountID($0.integer(0)) }
    if owner != nil { try SQLRevocationLog.append(.session(id), connection, at: now) }
    return owner
  }

  private func recordLogin(
    _ new: NewSession, _ connection: any Connection, at now: Instant
  ) throws(StoreError) {
    let event = try connection.row(Statement.whoSignsIn, new.account.value) {
      AuditEvent.login(new, provider: $0.text(0), role: $0.optionalText(1))
    }
    if let event { try SQLAuditLog.append(event, connection, at: now) }
  }

  static func session(_ row: any Row, readAt: Instant) -> Session {
    Session(
      id: SessionID(high: row.word(0), low: row.word(1)), account: AccountID(row.integer(2)),
      generation: row.integer(3), rotatedAt: row.instant(4), createdAt: row.instant(5), lastActiveAt: row.instant(6),
      epoch: row.integer(7), methods: row.text(8).split(separator: " ").map(String.init), provenAt: row.instant(9),
      address: row.text(10), userAgent: row.text(11), isPersistent: row.isNull(12) ? nil : row.boolean(12),
      revokedAt: row.optionalInstant(13), readAt: readAt)
  }
}

private enum Statement {
  private static let columns = """
    id_high, id_low, account_id, generation, rotated_at, created_at, last_active_at, epoch, methods, proven_at, address,
    user_agent, is_persistent, revoked_at
    """

  /// Only for an account that is there, active, and of the epoch that the session was made for; a continuation only
  /// while there is something to continue.
  static let insert = """
    INSERT INTO sessions (\(columns))
    SELECT $1, $2, a.id, 1, $5, CASE WHEN $12 THEN s.created_at ELSE $5 END, $5, a.epoch, $6,
      CASE WHEN $12 THEN s.proven_at ELSE $5 END, $7, $8, COALESCE($9, s.is_persistent), NULL
    FROM accounts a LEFT JOIN sessions s ON s.id_high = $10 AND s.id_low = $11 AND s.account_id = a.id
    WHERE a.id = $3 AND a.epoch = $4 AND a.is_active
      AND (NOT $12 OR (s.account_id IS NOT NULL AND s.revoked_at IS NULL AND s.epoch = $4))
    RETURNING \(columns)
    """
  static let find = "SELECT \(columns) FROM sessions WHERE id_high = $1 AND id_low = $2"

  static let list = """
    SELECT \(columns) FROM sessions WHERE account_id = $1 AND revoked_at IS NULL
    ORDER BY last_active_at DESC, created_at DESC LIMIT $2
    """

  /// One statement decides between all who race.
  static let rotate = """
    UPDATE sessions SET generation = generation + 1, rotated_at = $4, last_active_at = $4
    WHERE id_high = $1 AND id_low = $2 AND generation = $3 AND revoked_at IS NULL
    RETURNING \(columns)
    """
  static let others = """
    SELECT id_high, id_low FROM sessions
    WHERE account_id = $3 AND (id_high <> $1 OR id_low <> $2) AND revoked_at IS NULL
    """
  static let revoke = """
    UPDATE sessions SET revoked_at = $3, revoked_reason = $4
    WHERE id_high = $1 AND id_low = $2 AND revoked_at IS NULL
    RETURNING account_id
    """
  static let whoSignsIn = """
    SELECT a.provider, r.name FROM accounts a LEFT JOIN roles r ON r.id = a.role_id WHERE a.id = $1
    """
  static let noteActivity = """
    UPDATE sessions SET last_active_at = $3
    WHERE id_high = $1 AND id_low = $2 AND last_active_at < $3 AND revoked_at IS NULL
    """
  static let purge = """
    DELETE FROM sessions
    WHERE (id_high, id_low) IN (SELECT id_high, id_low FROM sessions WHERE last_active_at < $1 LIMIT $2)
    """
}
