package import Postern

/// Mailed links, in SQL.
package struct SQLLinkStore: LinkStore {
  private let database: any Database

  package init(_ database: any Database) { self.database = database }

  package func find(_ id: LinkID) throws(StoreError) -> Link? {
    try database.read { connection throws(StoreError) in
      try connection.row(Statement.find, id.bytes) { SQLLinkStore.link(id, $0) } ?? nil
    }
  }

  package func latest(_ purpose: Link.Purpose, of account: AccountID) throws(StoreError) -> Link? {
    try database.read { connection throws(StoreError) in
      try connection.row(Statement.latest, account.value, purpose.rawValue, connection.now()) { row in
        LinkID(row.bytes(6)).flatMap { SQLLinkStore.link($0, row) }
      } ?? nil
    }
  }

  package func post(_ mail: Mail?, about account: AccountID?, _ event: AuditEvent) throws(StoreError) {
    try database.write { connection throws(StoreError) in
      let now = try connection.now()
      if let mail { try SQLOutbox.append(mail, about: account, connection, at: now) }
      try SQLAuditLog.append(event, connection, at: now)
    }
  }

  package func purge(expiredBefore moment: Instant) throws(StoreError) {
    try database.writeInSteps { connection, limit throws(StoreError) in
      try connection.execute(Statement.purge, moment, limit)
    }
  }

  static func append(
    _ link: NewLink, of account: AccountID?, _ connection: any Connection, at now: Instant
  ) throws(StoreError) {
    try connection.execute(
      Statement.append, link.id.bytes, link.purpose.rawValue, account?.value, link.email.text, now,
      now + link.purpose.lifetime)
  }

  /// Uses a link up, in the transaction that does what it is for; one statement, so that of any number of callers one
  /// gets it. `nil` for one that was used, has expired, is for something else, or whose account is gone.
  static func use(
    _ id: LinkID, for purpose: Link.Purpose, _ connection: any Connection, at now: Instant
  ) throws(StoreError) -> Link? {
    try connection.row(Statement.use, id.bytes, purpose.rawValue, now) { SQLLinkStore.link(id, $0) } ?? nil
  }

  /// Makes the account's links of these purposes worthless. Those that have done their work stay, to say so.
  static func drop(
    _ purposes: [Link.Purpose], of account: AccountID, _ connection: any Connection
  ) throws(StoreError) {
    for purpose in purposes { try connection.execute(Statement.drop, account.value, purpose.rawValue) }
  }

  /// `nil` for a purpose that only a newer version knows.
  static func link(_ id: LinkID, _ row: any Row) -> Link? {
    guard let purpose = Link.Purpose(rawValue: row.text(0)) else { return nil }
    return Link(
      id: id, purpose: purpose, account: row.isNull(1) ? nil : AccountID(row.integer(1)),
      email: row.optionalText(2).flatMap { EmailAddress($0) }, createdAt: row.instant(3), expiresAt: row.instant(4),
      usedAt: row.optionalInstant(5))
  }
}

private enum Statement {
  static let append = """
    INSERT INTO links (id, purpose, account_id, email, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
    """
  private static let columns = "purpose, account_id, email, created_at, expires_at, used_at"
  static let find = "SELECT \(columns) FROM links WHERE id = $1"
  static let latest = """
    SELECT \(columns), id FROM links
    WHERE account_id = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3
    ORDER BY created_at DESC LIMIT 1
    """
  static let use = """
    UPDATE links SET used_at = $3
    WHERE id = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3 AND account_id IS NOT NULL
    RETURNING \(columns)
    """
  static let drop = "DELETE FROM links WHERE account_id = $1 AND purpose = $2 AND used_at IS NULL"
  static let purge = "DELETE FROM links WHERE id IN (SELECT id FROM links WHERE expires_at < $1 LIMIT $2)"
}
