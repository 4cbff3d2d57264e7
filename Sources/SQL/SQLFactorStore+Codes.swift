package import Postern

/// Codes that are used up: mailed ones, and those that were written down.
extension SQLFactorStore {
  package func postCode(_ mail: Mail, about account: AccountID, by initiator: Initiator) throws(StoreError) -> Bool {
    guard let link = mail.link else { return false }
    return try database.write { connection throws(StoreError) in
      let now = try connection.now()
      try connection.execute(
        Statement.makeLink, link.id.bytes, link.purpose.rawValue, account.value, link.email.text, now,
        now + link.purpose.lifetime)
      let end = try connection.row(Statement.linkEnd, link.id.bytes, account.value, now) { $0.instant(0) }
      guard let end else { return false }
      try SQLOutbox.append(mail, about: account, goodUntil: end, connection, at: now)
      try SQLAuditLog.append(AuditEvent(.codeMailed, by: initiator, on: account), connection, at: now)
      return true
    }
  }

  package func useCode(_ link: LinkID, of account: AccountID) throws(StoreError) -> Bool {
    try database.write { connection throws(StoreError) in
      try connection.execute(Statement.useLink, link.bytes, account.value, connection.now()) == 1
    }
  }

  package func replaceRecoveryCodes(
    _ account: AccountID, _ digests: [[UInt8]], mailing mail: Mail?, by initiator: Initiator
  ) throws(StoreError) -> Bool {
    try database.write { connection throws(StoreError) in
      let now = try connection.now()
      guard try SQLFactorStore.factors(of: account, connection).areThere else { return false }
      try SQLFactorStore.putRecoveryCodes(digests, of: account, connection, at: now)
      try SQLAuditLog.append(AuditEvent(.recoveryCodesReplaced, by: initiator, on: account), connection, at: now)
      if let mail { try SQLOutbox.append(mail, about: account, connection, at: now) }
      return true
    }
  }

  package func useRecoveryCode(
    _ account: AccountID, _ digest: [UInt8], mailing mail: @escaping @Sendable (_ left: Int) -> Mail?,
    by initiator: Initiator
  ) throws(StoreError) -> Int? {
    try database.write { connection throws(StoreError) in
      let now = try connection.now()
      guard try connection.execute(Statement.useRecoveryCode, account.value, digest, now) == 1 else { return nil }
      let left = try SQLFactorStore.recoveryCodesLeft(of: account, connection)
      try SQLAuditLog.append(
        AuditEvent(.recoveryCodeUsed, by: initiator, on: account, details: ["left": String(left)]), connection,
        at: now)
      if let mail = mail(left) { try SQLOutbox.append(mail, about: account, connection, at: now) }
      return left
    }
  }
}

private enum Statement {
  static let makeLink = """
    INSERT INTO links (id, purpose, account_id, email, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (id) DO NOTHING
    """
  private static let isGood = """
    id = $1 AND purpose = 'code' AND account_id = $2 AND used_at IS NULL AND expires_at > $3
    """
  static let linkEnd = "SELECT expires_at FROM links WHERE \(isGood)"
  static let useLink = "UPDATE links SET used_at = $3 WHERE \(isGood)"
  static let useRecoveryCode = """
    UPDATE recovery_codes SET used_at = $3 WHERE account_id = $1 AND digest = $2 AND used_at IS NULL
    """
}
