package import Postern

/// Browsers that are not asked for a second factor.
extension SQLFactorStore {
  package func trust(_ browser: TrustedBrowser, most: Int, by initiator: Initiator) throws(StoreError) {
    try database.write { connection throws(StoreError) in
      let account = browser.account
      try SQLFactorStore.demand(account, epoch: browser.epoch, connection)
      guard try SQLFactorStore.factors(of: account, connection).areThere else { throw .accountGone }
      try connection.execute(Statement.makeRoom, account.value, most - 1)
      try connection.execute(
        Statement.trust, browser.id.bytes, account.value, browser.epoch, browser.createdAt, browser.expiresAt,
        browser.address, browser.userAgent)
      try SQLAuditLog.append(
        AuditEvent(.browserTrusted, by: initiator, on: account), connection, at: connection.now())
    }
  }

  package func trustedBrowser(_ id: TrustedBrowser.ID) throws(StoreError) -> TrustedBrowser? {
    try database.read { connection throws(StoreError) in
      try connection.row(Statement.find, id.bytes, as: SQLFactorStore.browser) ?? nil
    }
  }

  package func trustedBrowsers(of account: AccountID) throws(StoreError) -> [TrustedBrowser] {
    try database.read { connection throws(StoreError) in
      try connection.rows(Statement.list, account.value, connection.now(), as: SQLFactorStore.browser)
    }.compactMap(\.self)
  }

  package func noteUse(of browser: TrustedBrowser.ID) throws(StoreError) {
    try database.write { connection throws(StoreError) in
      try connection.execute(Statement.noteUse, browser.bytes, connection.now())
      return
    }
  }

  package func endTrust(
    _ id: TrustedBrowser.ID?, of account: AccountID, by initiator: Initiator
  ) throws(StoreError) -> Int {
    try database.write { connection throws(StoreError) in
      let ended =
        if let id {
          try connection.execute(Statement.end, id.bytes, account.value)
        } else {
          try connection.execute(Statement.endAll, account.value)
        }
      if ended > 0 {
        try SQLAuditLog.append(
          AuditEvent(.browserTrustEnded, by: initiator, on: account, details: ["browsers": String(ended)]), connection,
          at: connection.now())
      }
      return ended
    }
  }

  static func browser(_ row: any Row) -> TrustedBrowser? {
    TrustedBrowser.ID(row.bytes(0)).map { id in
      TrustedBrowser(
        id: id, account: AccountID(row.integer(1)), epoch: row.integer(2), createdAt: row.instant(3),
        expiresAt: row.instant(4), lastUsedAt: row.optionalInstant(5), address: row.text(6), userAgent: row.text(7))
    }
  }

  /// The columns that `browser` reads.
  static let browserColumns = "id, account_id, epoch, created_at, expires_at, last_used_at, address, user_agent"
}

private enum Statement {
  static let makeRoom = """
    DELETE FROM trusted_browsers WHERE account_id = $1 AND id NOT IN (
      SELECT id FROM trusted_browsers WHERE account_id = $1 ORDER BY created_at DESC, id LIMIT $2)
    """
  static let trust = """
    INSERT INTO trusted_browsers (id, account_id, epoch, created_at, expires_at, address, user_agent)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    """
  static let find = "SELECT \(SQLFactorStore.browserColumns) FROM trusted_browsers WHERE id = $1"
  static let list = """
    SELECT \(SQLFactorStore.browserColumns) FROM trusted_browsers
    WHERE account_id = $1 AND expires_at > $2 AND epoch = (SELECT epoch FROM accounts WHERE id = $1)
    ORDER BY created_at DESC, id
    """
  static let noteUse = """
    UPDATE trusted_browsers SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)
    """
  static let end = "DELETE FROM trusted_browsers WHERE id = $1 AND account_id = $2"
  static let endAll = "DELETE FROM trusted_browsers WHERE account_id = $1"
}
