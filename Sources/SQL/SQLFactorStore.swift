package import Postern

/// Second factors in SQL.
package struct SQLFactorStore: FactorStore {
  let database: any Database

  package init(_ database: any Database) { self.database = database }

  package func factors(of id: AccountID) throws(StoreError) -> Factors {
    try database.read { connection throws(StoreError) in try SQLFactorStore.factors(of: id, connection) }
  }

  package func beginTOTP(
    _ account: AccountID, epoch: Int64, sealedSecret: String
  ) throws(StoreError) -> Bool {
    try database.write { connection throws(StoreError) in
      try SQLFactorStore.demand(account, epoch: epoch, connection)
      return try connection.execute(Statement.beginTOTP, account.value, sealedSecret, connection.now()) == 1
    }
  }

  package func confirmTOTP(
    _ addition: FactorAddition, sealedSecret: String, step: Int64
  ) throws(StoreError) -> FactorAdded? {
    try database.write { connection throws(StoreError) in
      try SQLFactorStore.demand(addition.account, epoch: addition.epoch, connection)
      let now = try connection.now()
      let confirmed = try connection.execute(
        Statement.confirmTOTP, addition.account.value, sealedSecret, now, step)
      guard confirmed == 1 else { return nil }
      return try SQLFactorStore.complete(addition, of: .totp, connection, at: now)
    }
  }

  package func useTOTP(_ account: AccountID, step: Int64) throws(StoreError) -> Bool {
    try database.write { connection throws(StoreError) in
      try connection.execute(Statement.useTOTP, account.value, step) == 1
    }
  }

  package func removeTOTP(_ account: AccountID, mailing mail: Mail?, by initiator: Initiator) throws(StoreError) -> Bool
  {
    try remove(.totp, Statement.removeTOTP, account, mail, initiator)
  }

  package func addEmail(_ addition: FactorAddition) throws(StoreError) -> FactorAdded? {
    try database.write { connection throws(StoreError) in
      try SQLFactorStore.demand(addition.account, epoch: addition.epoch, connection)
      let now = try connection.now()
      guard try connection.execute(Statement.addEmail, addition.account.value, now) == 1 else { return nil }
      return try SQLFactorStore.complete(addition, of: .email, connection, at: now)
    }
  }

  package func removeEmail(
    _ account: AccountID, mailing mail: Mail?, by initiator: Initiator
  ) throws(StoreError) -> Bool {
    try remove(.email, Statement.removeEmail, account, mail, initiator)
  }

  private func remove(
    _ factor: SecondFactor, _ statement: String, _ account: AccountID, _ mail: Mail?, _ initiator: Initiator
  ) throws(StoreError) -> Bool {
    try database.write { connection throws(StoreError) in
      guard try connection.execute(statement, account.value) == 1 else { return false }
      try SQLFactorStore.finishRemoval(
        of: factor, from: account, mailing: mail, by: initiator, connection, at: connection.now())
      return true
    }
  }

  package func removeAll(
    _ account: AccountID, mailing mail: Mail?, by initiator: Initiator
  ) throws(StoreError) -> Account? {
    try database.write { connection throws(StoreError) in
      let now = try connection.now()
      let accounts = SQLAccountStore(database)
      guard try SQLFactorStore.factors(of: account, connection).areThere else { return nil }
      try SQLFactorStore.drop(of: account, since: nil, connection)
      try accounts.endSessions(of: account, except: nil, .factorsRemoved, connection, at: now)
      try SQLAuditLog.append(.factor(.factorRemoved, nil, of: account, by: initiator), connection, at: now)
      if let mail { try SQLOutbox.append(mail, about: account, connection, at: now) }
      return try accounts.find(account, connection)
    }
  }

  package func purge(expiredBefore moment: Instant) throws(StoreError) {
    let steps: [(String, Instant)] = [
      (Statement.purgeBrowsers, moment), (Statement.purgeChallenges, moment),
      (Statement.purgeTOTP, moment - .seconds(86_400)),
    ]
    for (statement, moment) in steps {
      try database.writeInSteps { connection, limit throws(StoreError) in
        try connection.execute(statement, moment, limit)
      }
    }
  }
}

/// What every change of a factor does, passkeys' too, in the transaction that changes it.
extension SQLFactorStore {
  static func factors(of id: AccountID, _ connection: any Connection) throws(StoreError) -> Factors {
    Factors(
      totp: try connection.row(Statement.totp, id.value) { row in
        TOTPFactor(
          sealedSecret: row.text(0), createdAt: row.instant(1), confirmedAt: row.optionalInstant(2),
          lastStep: row.integer(3))
      },
      emailSince: try connection.row(Statement.email, id.value) { $0.instant(0) },
      recoveryCodesLeft: try recoveryCodesLeft(of: id, connection),
      passkeys: try connection.rows(Statement.passkeys, id.value, as: SQLFactorStore.passkey))
  }

  /// Throws `accountGone` unless the account is there, active, and of that epoch: who adds a factor and races with a
  /// ban or a reset must lose.
  static func demand(_ account: AccountID, epoch: Int64, _ connection: any Connection) throws(StoreError) {
    let isThere = try connection.row(Statement.account, account.value, epoch) { _ in true }
    guard isThere == true else { throw .accountGone }
  }

  /// What goes with a factor that has just been added: recovery codes where none is left, entry and mail.
  static func complete(
    _ addition: FactorAddition, of factor: SecondFactor, _ connection: any Connection, at now: Instant
  ) throws(StoreError) -> FactorAdded {
    let account = addition.account
    try noteWhetherAny(of: account, connection)
    let left = try recoveryCodesLeft(of: account, connection)
    let takes = left == 0 && !addition.recoveryCodes.isEmpty
    if takes { try putRecoveryCodes(addition.recoveryCodes, of: account, connection, at: now) }
    try SQLAuditLog.append(
      .factor(.factorAdded, factor, of: account, by: addition.initiator), connection, at: now)
    if let mail = addition.mail { try SQLOutbox.append(mail, about: account, connection, at: now) }
    return FactorAdded(tookRecoveryCodes: takes)
  }

  /// What goes with a factor that has just been removed.
  static func finishRemoval(
    of factor: SecondFactor, from account: AccountID, mailing mail: Mail?, by initiator: Initiator,
    _ connection: any Connection, at now: Instant
  ) throws(StoreError) {
    try noteWhetherAny(of: account, connection)
    try SQLAuditLog.append(.factor(.factorRemoved, factor, of: account, by: initiator), connection, at: now)
    if let mail { try SQLOutbox.append(mail, about: account, connection, at: now) }
  }

  /// Drops what has been added since a moment, or all; trusted browsers whenever they were. Who calls it has ended the
  /// account's sessions.
  static func drop(of account: AccountID, since moment: Instant?, _ connection: any Connection) throws(StoreError) {
    for statement in Statement.dropSince {
      try connection.execute(statement, account.value, moment ?? Instant(microseconds: .min))
    }
    try connection.execute(Statement.dropBrowsers, account.value)
    try noteWhetherAny(of: account, connection)
  }

  static func putRecoveryCodes(
    _ digests: [[UInt8]], of account: AccountID, _ connection: any Connection, at now: Instant
  ) throws(StoreError) {
    try connection.execute(Statement.dropRecoveryCodes, account.value)
    for digest in digests { try connection.execute(Statement.addRecoveryCode, account.value, digest, now) }
  }

  static func recoveryCodesLeft(of account: AccountID, _ connection: any Connection) throws(StoreError) -> Int {
    try connection.row(Statement.recoveryCodesLeft, account.value) { Int($0.integer(0)) } ?? 0
  }

  static func passkey(_ row: any Row) -> Passkey {
    Passkey(
      id: Passkey.ID(row.integer(0)), account: AccountID(row.integer(1)), credentialID: row.bytes(2),
      publicKey: row.bytes(3), name: row.text(4), signCount: UInt32(clamping: row.integer(5)),
      transports: row.text(6).split(separator: " ").map(String.init), aaguid: row.bytes(7),
      isBackupEligible: row.boolean(8), isBackedUp: row.boolean(9), createdAt: row.instant(10),
      lastUsedAt: row.optionalInstant(11))
  }

  /// The columns that `passkey` reads.
  static let passkeyColumns = """
    id, account_id, credential_id, public_key, name, sign_count, transports, aaguid, is_backup_eligible, is_backed_up,
    created_at, last_used_at
    """

  /// Keeps `accounts.has_second_factor` true to what is there, and drops what is worth nothing without.
  private static func noteWhetherAny(of account: AccountID, _ connection: any Connection) throws(StoreError) {
    guard try connection.row(Statement.noteWhetherAny, account.value, as: { $0.boolean(0) }) == false else { return }
    try connection.execute(Statement.dropRecoveryCodes, account.value)
    try connection.execute(Statement.dropBrowsers, account.value)
  }
}

private enum Statement {
  static let account = "SELECT 1 FROM accounts WHERE id = $1 AND epoch = $2 AND is_active"
  static let noteWhetherAny = """
    UPDATE accounts SET has_second_factor =
      EXISTS (SELECT 1 FROM totp_factors WHERE account_id = $1 AND confirmed_at IS NOT NULL)
      OR EXISTS (SELECT 1 FROM email_factors WHERE account_id = $1)
      OR EXISTS (SELECT 1 FROM passkeys WHERE account_id = $1)
    WHERE id = $1 RETURNING has_second_factor
    """
  static let totp = "SELECT secret, created_at, confirmed_at, last_step FROM totp_factors WHERE account_id = $1"
  static let email = "SELECT created_at FROM email_factors WHERE account_id = $1"
  static let recoveryCodesLeft = "SELECT count(*) FROM recovery_codes WHERE account_id = $1 AND used_at IS NULL"
  static let passkeys = "SELECT \(SQLFactorStore.passkeyColumns) FROM passkeys WHERE account_id = $1 ORDER BY id"

  static let beginTOTP = """
    INSERT INTO totp_factors (account_id, secret, created_at) VALUES ($1, $2, $3)
    ON CONFLICT (account_id) DO UPDATE SET secret = $2, created_at = $3, last_step = 0 WHERE confirmed_at IS NULL
    """
  static let confirmTOTP = """
    UPDATE totp_factors SET confirmed_at = $3, last_step = $4
    WHERE account_id = $1 AND secret = $2 AND confirmed_at IS NULL
    """
  /// One statement decides between all who race.
  static let useTOTP = """
    UPDATE totp_factors SET last_step = $2 WHERE account_id = $1 AND confirmed_at IS NOT NULL AND last_step < $2
    """
  static let removeTOTP = "DELETE FROM totp_factors WHERE account_id = $1 AND confirmed_at IS NOT NULL"
  static let addEmail = """
    INSERT INTO email_factors (account_id, created_at) SELECT id, $2 FROM accounts WHERE id = $1 AND is_verified
    ON CONFLICT (account_id) DO NOTHING
    """
  static let removeEmail = "DELETE FROM email_factors WHERE account_id = $1"

  static let addRecoveryCode = "INSERT INTO recovery_codes (account_id, digest, created_at) VALUES ($1, $2, $3)"
  static let dropRecoveryCodes = "DELETE FROM recovery_codes WHERE account_id = $1"
  static let dropBrowsers = "DELETE FROM trusted_browsers WHERE account_id = $1"
  static let dropSince = [
    "DELETE FROM totp_factors WHERE account_id = $1 AND COALESCE(confirmed_at, created_at) >= $2",
    "DELETE FROM email_factors WHERE account_id = $1 AND created_at >= $2",
    "DELETE FROM passkeys WHERE account_id = $1 AND created_at >= $2",
    "DELETE FROM recovery_codes WHERE account_id = $1 AND created_at >= $2",
  ]

  static let purgeBrowsers = """
    DELETE FROM trusted_browsers WHERE id IN (SELECT id FROM trusted_browsers WHERE expires_at < $1 LIMIT $2)
    """
  static let purgeChallenges = """
    DELETE FROM used_challenges WHERE id IN (SELECT id FROM used_challenges WHERE expires_at < $1 LIMIT $2)
    """
  static let purgeTOTP = """
    DELETE FROM totp_factors WHERE account_id IN (
      SELECT account_id FROM totp_factors WHERE confirmed_at IS NULL AND created_at < $1 LIMIT $2)
    """
}
