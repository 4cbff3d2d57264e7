package import Postern

/// Mails on their way, in SQL.
package struct SQLOutbox {
  private let database: any Database

  package init(_ database: any Database) { self.database = database }

  /// Adds a mail, with its link, in the transaction that makes true what it says.
  ///
  /// - Parameter account: whom it is about.
  static func append(
    _ mail: Mail, about account: AccountID?, _ connection: any Connection, at now: Instant
  ) throws(StoreError) {
    if let link = mail.link { try SQLLinkStore.append(link, of: account, connection, at: now) }
    let number = try connection.row(
      Statement.append, mail.id, mail.kind.rawValue, mail.recipient.text, account?.value, mail.link?.id.bytes,
      mail.link?.purpose.rawValue, now, now + mail.lifetime
    ) { $0.integer(0) }
    for (name, text) in mail.values.sorted(by: { $0.key < $1.key }) {
      try connection.execute(Statement.appendValue, number, name, text)
    }
  }
}

private enum Statement {
  static let append = """
    INSERT INTO mails
      (message_id, kind, recipient, account_id, link_id, link_purpose, created_at, expires_at, due_at, attempts)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $7, 0)
    RETURNING id
    """
  static let appendValue = "INSERT INTO mail_values (mail_id, name, text) VALUES ($1, $2, $3)"
}
