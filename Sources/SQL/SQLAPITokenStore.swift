package import Postern

/// API tokens in SQL.
package struct SQLAPITokenStore: APITokenStore {
  private let database: any Database

  package init(_ database: any Database) { self.database = database }

  package func create(
    _ new: NewAPIToken, most: Int, mostExpired: Int, client: Client?
  ) throws(StoreError) -> APIToken? {
    try database.write { connection throws(StoreError) in
      let now = try connection.now()
      let isThere = try connection.row(Statement.account, new.account.value, new.epoch) { _ in true }
      guard isThere == true else { throw .accountGone }
      try connection.execute(Statement.removeExpired, new.account.value, now, mostExpired)
      let token = try connection.row(
        Statement.insert, new.account.value, new.epoch, new.digest, new.name, new.scopes?.joined(separator: " "), now,
        now + new.life, most, as: SQLAPITokenStore.token)
      if let token { try SQLAuditLog.append(.apiToken(.apiTokenMade, token, client: client), connection, at: now) }
      return token
    }
  }

  package func find(digest: [UInt8]) throws(StoreError) -> APIToken? {
    try database.read { connection throws(StoreError) in
      try connection.row(Statement.find, digest, as: SQLAPITokenStore.token)
    }
  }

  package func list(of account: AccountID) throws(StoreError) -> [APIToken] {
    try database.read { connection throws(StoreError) in
      try connection.rows(Statement.list, account.value, as: SQLAPITokenStore.token)
    }
  }

  package func remove(_ id: APIToken.ID, of account: AccountID, client: Client?) throws(StoreError) -> Bool {
    try database.write { connection throws(StoreError) in
      let now = try connection.now()
      let removed = try connection.row(Statement.remove, id.value, account.value, as: SQLAPITokenStore.token)
      guard let removed else { return false }
      try SQLRevocationLog.append(.apiToken(id, of: account), connection, at: now)
      try SQLAuditLog.append(.apiToken(.apiTokenEnded, removed, client: client), connection, at: now)
      return true
    }
  }

  package func noteUse(of tokens: [APIToken.ID]) throws(StoreError) {
    try database.write { connection throws(StoreError) in
      let now = try connection.now()
      for id in tokens { try connection.execute(Statement.noteUse, id.value, now) }
    }
  }

  package func purge(expiredBefore moment: Instant) throws(StoreError) {
    try database.writeInSteps { connection, limit throws(StoreError) in
      try connection.execute(Statement.purge, moment, limit)
    }
  }

  static func token(_ row: any Row) -> APIToken {
    APIToken(
      id: APIToken.ID(row.integer(0)), account: AccountID(row.integer(1)), epoch: row.integer(2), name: row.text(3),
      scopes: row.optionalText(4)?.split(separator: " ").map(String.init), createdAt: row.instant(5),
      expiresAt: row.instant(6), lastUsedAt: row.optionalInstant(7))
  }
}

private enum Statement {
  private static let columns = "id, account_id, epoch, name, scopes, created_at, expires_at, last_used_at"

  static let account = "SELECT 1 FROM accounts WHERE id = $1 AND epoch = $2 AND is_active"
  static let insert = """
    INSERT INTO api_tokens (account_id, epoch, digest, name, scopes, created_at, expires_at)
    SELECT $1, $2, $3, $4, $5, $6, $7
    WHERE (SELECT count(*) FROM api_tokens WHERE account_id = $1 AND epoch = $2 AND expires_at > $6) < $8
    RETURNING \(columns)
    """
  static let removeExpired = """
    DELETE FROM api_tokens WHERE account_id = $1 AND expires_at <= $2 AND id NOT IN (
      SELECT id FROM api_tokens WHERE account_id = $1 AND expires_at <= $2 ORDER BY id DESC LIMIT $3)
    """
  static let find = "SELECT \(columns) FROM api_tokens WHERE digest = $1"
  static let list = """
    SELECT \(columns) FROM api_tokens
    WHERE account_id = $1 AND epoch = (SELECT epoch FROM accounts WHERE id = $1)
    ORDER BY id DESC
    """
  static let remove = "DELETE FROM api_tokens WHERE id = $1 AND account_id = $2 RETURNING \(columns)"
  static let noteUse = """
    UPDATE api_tokens SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)
    """
  static let purge = """
    DELETE FROM api_tokens WHERE id IN (
      SELECT t.id FROM api_tokens t JOIN accounts a ON a.id = t.account_id
      WHERE t.expires_at < $1 OR t.epoch < a.epoch LIMIT $2)
    """
}
