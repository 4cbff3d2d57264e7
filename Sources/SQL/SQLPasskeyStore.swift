package import Postern

/// Passkeys in SQL.
package struct SQLPasskeyStore: PasskeyStore {
  private let database: any Database

  package init(_ database: any Database) { self.database = database }

  package func find(credentialID: [UInt8]) throws(StoreError) -> Passkey? {
    try database.read { connection throws(StoreError) in
      try connection.row(Statement.find, credentialID, as: SQLFactorStore.passkey)
    }
  }

  package func list(of account: AccountID) throws(StoreError) -> [Passkey] {
    try database.read { connection throws(StoreError) in
      try connection.rows(Statement.list, account.value, as: SQLFactorStore.passkey)
    }
  }

  package func add(
    _ new: NewPasskey, _ addition: FactorAddition, answering challenge: AnsweredChallenge, most: Int
  ) throws(StoreError) -> PasskeyAddition {
    try database.write { connection throws(StoreError) in
      try SQLFactorStore.demand(addition.account, epoch: addition.epoch, connection)
      guard try SQLPasskeyStore.useUp(challenge, connection) else { return .challengeUsed }
      let now = try connection.now()
      let passkey = try connection.row(
        Statement.insert, addition.account.value, new.credential.id, new.credential.publicKey, new.name,
        Int64(new.signCount), new.transports.joined(separator: " "), new.credential.aaguid, new.isBackupEligible,
        new.isBackedUp, now, most, as: SQLFactorStore.passkey)
      guard let passkey else {
        let isThere = try connection.row(Statement.find, new.credential.id) { _ in true }
        return isThere == true ? .registered : .tooMany
      }
      return .added(passkey, try SQLFactorStore.complete(addition, of: .passkey, connection, at: now))
    }
  }

  package func use(
    _ id: Passkey.ID, _ use: PasskeyUse, answering challenge: AnsweredChallenge, by client: Client
  ) throws(StoreError) -> PasskeyUse.Outcome {
    try database.write { connection throws(StoreError) in
      guard try SQLPasskeyStore.useUp(challenge, connection) else { return .challengeUsed }
      let now = try connection.now()
      let count = Int64(use.signCount)
      guard try connection.execute(Statement.use, id.value, count, use.isBackedUp, now) == 0 else { return .accepted }
      guard let owner = try connection.row(Statement.owner, id.value, as: { AccountID($0.integer(0)) }) else {
        return .gone
      }
      try SQLAuditLog.append(.counterWentBack(id, of: owner, client: client), connection, at: now)
      return .counterWentBack
    }
  }

  package func rename(
    _ id: Passkey.ID, of account: AccountID, to name: String, by initiator: Initiator
  ) throws(StoreError) -> Passkey? {
    try database.write { connection throws(StoreError) in
      let renamed = try connection.row(
        Statement.rename, id.value, account.value, name, as: SQLFactorStore.passkey)
      guard let renamed else { return nil }
      try SQLAuditLog.append(
        .passkey(.passkeyRenamed, id, of: account, by: initiator), connection, at: connection.now())
      return renamed
    }
  }

  package func remove(
    _ id: Passkey.ID, of account: AccountID, mailing mail: Mail?, by initiator: Initiator
  ) throws(StoreError) -> Bool {
    try database.write { connection throws(StoreError) in
      guard try connection.execute(Statement.remove, id.value, account.value) == 1 else { return false }
      try SQLFactorStore.finishRemoval(
        of: .passkey, from: account, mailing: mail, by: initiator, connection, at: connection.now())
      return true
    }
  }

  /// False for one that has been used up.
  private static func useUp(_ challenge: AnsweredChallenge, _ connection: any Connection) throws(StoreError) -> Bool {
    try connection.execute(Statement.useUp, challenge.id, challenge.expiresAt) == 1
  }
}

private enum Statement {
  static let find = "SELECT \(SQLFactorStore.passkeyColumns) FROM passkeys WHERE credential_id = $1"
  static let list = "SELECT \(SQLFactorStore.passkeyColumns) FROM passkeys WHERE account_id = $1 ORDER BY id"
  static let useUp = """
    INSERT INTO used_challenges (id, expires_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING
    """
  static let insert = """
    INSERT INTO passkeys (account_id, credential_id, public_key, name, sign_count, transports, aaguid,
      is_backup_eligible, is_backed_up, created_at)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
    WHERE (SELECT count(*) FROM passkeys WHERE account_id = $1) < $11
    ON CONFLICT (credential_id) DO NOTHING
    RETURNING \(SQLFactorStore.passkeyColumns)
    """
  /// One statement decides between all who race with the same count.
  static let use = """
    UPDATE passkeys SET sign_count = $2, is_backed_up = $3, last_used_at = $4
    WHERE id = $1 AND (sign_count < $2 OR (sign_count = 0 AND $2 = 0))
    """
  static let owner = "SELECT account_id FROM passkeys WHERE id = $1"
  static let rename = """
    UPDATE passkeys SET name = $3 WHERE id = $1 AND account_id = $2 RETURNING \(SQLFactorStore.passkeyColumns)
    """
  static let remove = "DELETE FROM passkeys WHERE id = $1 AND account_id = $2"
}
