package import Postern

/// What mailed links do to an account that nobody is signed in to.
extension SQLAccountStore {
  package func prove(_ link: LinkID, session: SessionID?, client: Client) throws(StoreError) -> Account? {
    try database.write { connection throws(StoreError) in
      let now = try connection.now()
      guard let link = try SQLLinkStore.use(link, for: .confirmAddress, connection, at: now), let id = link.account,
        let revision = try connection.row(Statement.prove, id.value, link.email?.text, now, as: { $0.integer(0) })
      else { return nil }
      try SQLRevocationLog.append(.claims(id, revision: revision), connection, at: now)
      let event = AuditEvent(.emailVerified, by: Initiator(account: id, client: client), on: id, session: session)
      try SQLAuditLog.append(event, connection, at: now)
      return try find(id, connection)
    }
  }

  package func resetPassword(
    _ link: LinkID, to hash: String, mailing mail: Mail, client: Client
  ) throws(StoreError) -> Account? {
    try database.write { connection throws(StoreError) in
      let now = try connection.now()
      guard let link = try SQLLinkStore.use(link, for: .resetPassword, connection, at: now), let id = link.account,
        let wasProven = try connection.row(Statement.wasProven, id.value, link.email?.text, as: { $0.boolean(0) })
      else { return nil }
      try connection.execute(Statement.resetPassword, id.value, hash, now)
      try endSessions(of: id, except: nil, .passwordReset, connection, at: now)
      if !wasProven { try dropWaysIn(to: id, connection) }
      try SQLLinkStore.drop([.confirmAddress, .resetPassword, .confirmNewAddress], of: id, connection)
      try SQLOutbox.append(mail, about: id, connection, at: now)
      let event = AuditEvent(.passwordReset, by: Initiator(account: id, client: client), on: id)
      try SQLAuditLog.append(event, connection, at: now)
      return try find(id, connection)
    }
  }

  /// Drops all that an account can be entered by besides its password, whoever left it there: sessions have ended.
  private func dropWaysIn(to id: AccountID, _ connection: any Connection) throws(StoreError) {
    try connection.execute(Statement.dropAPITokens, id.value)
    try SQLFactorStore.drop(of: id, since: nil, connection)
  }
}

private enum Statement {
  static let prove = """
    UPDATE accounts SET is_verified = TRUE, revision = revision + 1, updated_at = $3
    WHERE id = $1 AND email = $2 AND is_active AND NOT is_verified RETURNING revision
    """
  static let wasProven = "SELECT is_verified FROM accounts WHERE id = $1 AND email = $2 AND is_active"
  static let resetPassword = """
    UPDATE accounts SET password_hash = $2, is_verified = TRUE, updated_at = $3 WHERE id = $1
    """
  static let dropAPITokens = "DELETE FROM api_tokens WHERE account_id = $1"
}
