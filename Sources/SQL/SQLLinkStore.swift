package import Postern

/// Mailed links, in SQL.
package struct SQLLinkStore {
  private let database: any Database

  package init(_ database: any Database) { self.database = database }

  static func append(
    _ link: NewLink, of account: AccountID?, _ connection: any Connection, at now: Instant
  ) throws(StoreError) {
    try connection.execute(
      Statement.append, link.id.bytes, link.purpose.rawValue, account?.value, link.email.text, now,
      now + link.purpose.lifetime)
  }
}

private enum Statement {
  static let append = """
    INSERT INTO links (id, purpose, account_id, email, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
    """
}
