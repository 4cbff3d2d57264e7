package import Postern

/// Everything about one account, in SQL. A column that is added to a table about people is added here too, or left out
/// with a reason where the test of the export asks for one.
package struct SQLAccountRecords: AccountRecordStore {
  private let database: any Database

  package init(_ database: any Database) { self.database = database }

  package func records(of id: AccountID, most: Int) throws(StoreError) -> AccountRecords? {
    guard let account = try SQLAccountStore(database).find(id) else { return nil }
    return try database.read { connection throws(StoreError) in
      let now = try connection.now()
      var records = AccountRecords(account: account)
      records.sessions = try connection.rows(Statement.sessions, id.value, most) {
        SessionRecord(SQLSessionStore.session($0, readAt: now), endReason: $0.optionalText(14))
      }
      records.apiTokens = try connection.rows(Statement.apiTokens, id.value, as: SQLAPITokenStore.token)
      records.factors = try SQLFactorStore.factors(of: id, connection)
      records.recoveryCodes = try connection.rows(Statement.recoveryCodes, id.value) {
        RecoveryCodeRecord(createdAt: $0.instant(0), usedAt: $0.optionalInstant(1))
      }
      records.trustedBrowsers = try connection.rows(Statement.browsers, id.value, as: SQLFactorStore.browser)
        .compactMap(\.self)
      records.links = try connection.rows(Statement.links, id.value) { row in
        LinkID(row.bytes(6)).flatMap { SQLLinkStore.link($0, row) }
      }.compactMap(\.self)
      records.mails = try mails(of: id, connection)
      records.audit = try connection.rows(Statement.audit, id.value, most, as: SQLAuditLog.entry).compactMap(\.self)
      records.olderSessions = try count(Statement.countSessions, id, connection) - records.sessions.count
      records.olderEntries = try count(Statement.countEntries, id, connection) - records.audit.count
      return records
    }
  }

  private func mails(of id: AccountID, _ connection: any Connection) throws(StoreError) -> [MailRecord] {
    var values: [Int64: [String: String]] = [:]
    for (mail, name, text) in try connection.rows(
      Statement.mailValues, id.value, as: { ($0.integer(0), $0.text(1), $0.text(2)) })
    {
      values[mail, default: [:]][name] = text
    }
    return try connection.rows(Statement.mails, id.value) { row in
      MailRecord(
        kind: row.text(1), recipient: row.text(2), values: values[row.integer(0)] ?? [:], createdAt: row.instant(3),
        expiresAt: row.instant(4), attempts: row.integer(5), problem: row.optionalText(6),
        givenUpAt: row.optionalInstant(7))
    }
  }

  private func count(
    _ sql: String, _ id: AccountID, _ connection: any Connection
  ) throws(StoreError) -> Int {
    try connection.row(sql, id.value) { Int($0.integer(0)) } ?? 0
  }
}

private enum Statement {
  static let sessions = """
    SELECT id_high, id_low, account_id, generation, rotated_at, created_at, last_active_at, epoch, methods, proven_at,
      address, user_agent, is_persistent, revoked_at, revoked_reason
    FROM sessions WHERE account_id = $1 ORDER BY last_active_at DESC, created_at DESC LIMIT $2
    """
  static let countSessions = "SELECT count(*) FROM sessions WHERE account_id = $1"
  static let apiTokens = """
    SELECT id, account_id, epoch, name, scopes, created_at, expires_at, last_used_at
    FROM api_tokens WHERE account_id = $1 ORDER BY id DESC
    """
  static let recoveryCodes = """
    SELECT created_at, used_at FROM recovery_codes WHERE account_id = $1 ORDER BY created_at, used_at IS NULL, used_at
    """
  static let browsers = """
    SELECT \(SQLFactorStore.browserColumns) FROM trusted_browsers WHERE account_id = $1 ORDER BY created_at DESC, id
    """
  static let links = """
    SELECT purpose, account_id, email, created_at, expires_at, used_at, id
    FROM links WHERE account_id = $1 ORDER BY created_at DESC
    """
  /// Whether one goes to an address that was asked for tells whether it has an account; that it was asked for is among
  /// the links.
  private static let ownMails = "account_id = $1 AND kind <> 'confirm-new-address'"
  static let mails = """
    SELECT id, kind, recipient, created_at, expires_at, attempts, problem, given_up_at
    FROM mails WHERE \(ownMails) ORDER BY id DESC
    """
  static let mailValues = """
    SELECT mail_id, name, text FROM mail_values WHERE mail_id IN (SELECT id FROM mails WHERE \(ownMails))
    """
  static let audit = """
    SELECT id, at, action, actor_id, target_id, address, user_agent, session_high, session_low, error_message, details
    FROM audit_entries WHERE actor_id = $1 OR target_id = $1 ORDER BY id DESC LIMIT $2
    """
  static let countEntries = "SELECT count(*) FROM audit_entries WHERE actor_id = $1 OR target_id = $1"
}
