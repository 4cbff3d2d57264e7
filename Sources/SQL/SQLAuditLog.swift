package import Postern

/// The audit log in SQL.
package struct SQLAuditLog: AuditLog {
  private let database: any Database

  package init(_ database: any Database) { self.database = database }

  package func list(of account: AccountID, limit: Int, offset: Int) throws(StoreError) -> [AuditEntry] {
    try database.read { connection throws(StoreError) in
      try connection.rows(Statement.list, account.value, limit, offset, as: SQLAuditLog.entry).compactMap(\.self)
    }
  }

  package func purge(before: Instant) throws(StoreError) {
    try database.writeInSteps { connection, limit throws(StoreError) in
      try connection.execute(Statement.purge, before, limit)
    }
  }

  /// Adds an entry in the transaction that makes the event so.
  static func append(_ event: AuditEvent, _ connection: any Connection, at now: Instant) throws(StoreError) {
    try connection.execute(
      Statement.append, now, event.action.rawValue, event.initiator.account?.value, event.target?.value,
      event.initiator.client?.address, event.initiator.client?.userAgent, event.session?.high, event.session?.low,
      event.failure == nil, event.failure, event.details.json)
  }

  /// Makes what the log says of an account say nothing of a person: the number stays, with what happened to it; clients
  /// go, unless they are those of others who did it, and so do the names that its owner gave.
  static func forget(_ account: AccountID, _ connection: any Connection) throws(StoreError) {
    try connection.execute(Statement.forgetClients, account.value)
    for action in [AuditAction.apiTokenMade, .apiTokenEnded] {
      try connection.execute(Statement.forgetDetails, account.value, action.rawValue)
    }
  }

  /// `nil` for what only a newer version knows.
  static func entry(_ row: any Row) -> AuditEntry? {
    guard let action = AuditAction(rawValue: row.text(2)) else { return nil }
    let client = row.optionalText(5).map { Client(address: $0, userAgent: row.text(6)) }
    let event = AuditEvent(
      action,
      by: Initiator(account: row.isNull(3) ? nil : AccountID(row.integer(3)), client: client),
      target: row.isNull(4) ? nil : AccountID(row.integer(4)),
      session: row.isNull(7) ? nil : SessionID(high: row.word(7), low: row.word(8)), failure: row.optionalText(9),
      details: AuditDetails(json: row.text(10)))
    return AuditEntry(id: row.integer(0), at: row.instant(1), event: event)
  }
}

private enum Statement {
  static let append = """
    INSERT INTO audit_entries
      (at, action, actor_id, target_id, address, user_agent, session_high, session_low, success, error_message, details)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    """
  static let list = """
    SELECT id, at, action, actor_id, target_id, address, user_agent, session_high, session_low, error_message, details
    FROM audit_entries WHERE actor_id = $1 OR target_id = $1 ORDER BY id DESC LIMIT $2 OFFSET $3
    """
  static let forgetClients = """
    UPDATE audit_entries SET address = NULL, user_agent = NULL
    WHERE actor_id = $1 OR (target_id = $1 AND actor_id IS NULL)
    """
  static let forgetDetails = "UPDATE audit_entries SET details = '{}' WHERE actor_id = $1 AND action = $2"
  static let purge = """
    DELETE FROM audit_entries WHERE id IN (SELECT id FROM audit_entries WHERE at < $1 LIMIT $2)
    """
}
