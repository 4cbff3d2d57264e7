package import Postern

/// Accounts, with their roles, in SQL.
package struct SQLAccountStore: AccountStore {
  let database: any Database

  package init(_ database: any Database) { self.database = database }

  package func create(
    _ new: NewAccount, mailing mail: Mail?, client: Client?
  ) throws(StoreError) -> Account {
    try database.write { connection throws(StoreError) in
      let role = try new.roleName.map { name throws(StoreError) in try roleID(name, connection) }
      let (profile, now) = (new.profile, try connection.now())
      let id = try connection.row(
        Statement.insert, new.email.text, new.passwordHash, role, new.isVerified, now, profile.firstName,
        profile.lastName, profile.phoneNumber, profile.dateOfBirth, profile.pictureURL, profile.bio, profile.address,
        profile.city, profile.state, profile.country, profile.zipCode, profile.occupation
      ) { AccountID($0.integer(0)) }
      guard let id, let account = try find(id, connection) else { throw .emailTaken }
      if let mail { try SQLOutbox.append(mail, about: id, connection, at: now) }
      if let client {
        let event = AuditEvent(.signup, by: Initiator(account: id, client: client), on: id)
        try SQLAuditLog.append(event, connection, at: now)
      }
      return account
    }
  }

  package func find(_ id: AccountID) throws(StoreError) -> Account? {
    try database.read { connection throws(StoreError) in try find(id, connection) }
  }

  package func find(_ email: EmailAddress) throws(StoreError) -> Account? {
    try database.read { connection throws(StoreError) in
      try accounts(connection, Statement.findByEmail, email.text).first
    }
  }

  package func list(after: AccountID?, limit: Int) throws(StoreError) -> [Account] {
    try database.read { connection throws(StoreError) in
      try accounts(connection, Statement.list, after?.value ?? 0, limit)
    }
  }

  package func rehash(_ id: AccountID, from old: String, to new: String) throws(StoreError) {
    try database.write { connection throws(StoreError) in
      _ = try connection.execute(Statement.rehash, id.value, old, new)
    }
  }

  package func foreignHashes(limit: Int) throws(StoreError) -> [String] {
    try database.read { connection throws(StoreError) in
      try connection.rows(Statement.foreignHashes, limit) { $0.text(0) }
    }
  }

  package func update(
    _ id: AccountID, _ change: ProfileChange, by initiator: Initiator
  ) throws(StoreError) -> Account? {
    try database.write { connection throws(StoreError) in
      guard var profile = try find(id, connection)?.profile else { return nil }
      change.apply(to: &profile)
      let now = try connection.now()
      let revision = try connection.row(
        Statement.update, id.value, now, profile.firstName, profile.lastName, profile.phoneNumber,
        profile.dateOfBirth, profile.bio, profile.address, profile.city, profile.state, profile.country,
        profile.zipCode, profile.occupation, change.concernsTokens ? 1 : 0
      ) { $0.integer(0) }
      if let revision, change.concernsTokens {
        try SQLRevocationLog.append(.claims(id, revision: revision), connection, at: now)
      }
      let fields = change.fieldNames.joined(separator: " ")
      try SQLAuditLog.append(
        AuditEvent(.profileUpdate, by: initiator, on: id, details: ["fields": fields]), connection, at: now)
      return try find(id, connection)
    }
  }

  package func setPassword(
    _ id: AccountID, from old: String?, to new: String, except kept: SessionID?, mailing mail: Mail?,
    by initiator: Initiator
  ) throws(StoreError) -> Account? {
    try database.write { connection throws(StoreError) in
      let now = try connection.now()
      let changed =
        if let old {
          try connection.execute(Statement.replacePassword, id.value, new, now, old)
        } else {
          try connection.execute(Statement.setPassword, id.value, new, now)
        }
      guard changed == 1 else { return nil }
      try endSessions(of: id, except: kept, .passwordChanged, connection, at: now)
      try SQLLinkStore.drop([.resetPassword, .confirmNewAddress], of: id, connection)
      if let mail { try SQLOutbox.append(mail, about: id, connection, at: now) }
      let event = AuditEvent(SessionEnd.passwordChanged.action, by: initiator, on: id, session: kept)
      try SQLAuditLog.append(event, connection, at: now)
      return try find(id, connection)
    }
  }

  package func setActive(
    _ id: AccountID, _ isActive: Bool, by initiator: Initiator
  ) throws(StoreError) -> Account? {
    try database.write { connection throws(StoreError) in
      let now = try connection.now()
      guard try connection.execute(Statement.setActive, id.value, isActive, now) == 1 else { return nil }
      if !isActive { try endSessions(of: id, except: nil, .accountDisabled, connection, at: now) }
      let action = isActive ? .unbanned : SessionEnd.accountDisabled.action
      try SQLAuditLog.append(AuditEvent(action, by: initiator, on: id), connection, at: now)
      return try find(id, connection)
    }
  }

  package func setRole(
    _ id: AccountID, _ role: String?, by initiator: Initiator
  ) throws(StoreError) -> Account? {
    try database.write { connection throws(StoreError) in
      let now = try connection.now()
      let number = try role.map { name throws(StoreError) in try roleID(name, connection) }
      let revision = try connection.row(Statement.setRole, id.value, number, now) { $0.integer(0) }
      guard let revision else { return nil }
      try SQLRevocationLog.append(.claims(id, revision: revision), connection, at: now)
      try SQLAuditLog.append(
        AuditEvent(.roleChange, by: initiator, on: id, details: ["role": role]), connection, at: now)
      return try find(id, connection)
    }
  }

  /// Raises the epoch, which ends all that was issued to the account, and writes the revocation. A session that is kept
  /// goes on under the new epoch; its tokens have to be issued anew.
  func endSessions(
    of id: AccountID, except kept: SessionID?, _ end: SessionEnd, _ connection: any Connection, at now: Instant
  ) throws(StoreError) {
    guard let epoch = try connection.row(Statement.raiseEpoch, id.value, as: { $0.integer(0) }) else { return }
    if let kept { try connection.execute(Statement.keepSession, id.value, kept.high, kept.low, epoch) }
    try connection.execute(Statement.revokeSessions, id.value, epoch, now, end.rawValue)
    try SQLRevocationLog.append(.account(id, epoch: epoch), connection, at: now)
  }

  private func roleID(_ name: String, _ connection: any Connection) throws(StoreError) -> Int64 {
    guard let id = try connection.row(Statement.roleID, name, as: { $0.integer(0) }) else {
      throw StoreError.unknownRole(name, known: try connection.rows(Statement.roleNames) { $0.text(0) })
    }
    return id
  }

  func find(_ id: AccountID, _ connection: any Connection) throws(StoreError) -> Account? {
    try accounts(connection, Statement.find, id.value).first
  }

  /// Reads accounts, of which each comes in one row per permission of its role.
  private func accounts(
    _ connection: any Connection, _ sql: String, _ values: any Storable...
  ) throws(StoreError) -> [Account] {
    var accounts: [Account] = []
    try connection.run(sql, values.map(\.value)) { row throws(StoreError) in
      if accounts.last?.id.value != row.integer(0) { accounts.append(try SQLAccountStore.account(row)) }
      if let permission = row.optionalText(26) { accounts[accounts.count - 1].role?.permissions.append(permission) }
    }
    return accounts
  }

  private static func account(_ row: any Row) throws(StoreError) -> Account {
    guard let email = EmailAddress(row.text(1)) else {
      throw .unusable("The account \(row.integer(0)) has no valid address. It was changed by hand; put it right.")
    }
    var profile = Profile()
    profile.firstName = row.optionalText(10)
    profile.lastName = row.optionalText(11)
    profile.phoneNumber = row.optionalText(12)
    profile.dateOfBirth = row.optionalText(13)
    profile.pictureURL = row.optionalText(14)
    profile.bio = row.optionalText(15)
    profile.address = row.optionalText(16)
    profile.city = row.optionalText(17)
    profile.state = row.optionalText(18)
    profile.country = row.optionalText(19)
    profile.zipCode = row.optionalText(20)
    profile.occupation = row.optionalText(21)
    return Account(
      id: AccountID(row.integer(0)), email: email, passwordHash: row.optionalText(2), provider: row.text(3),
      role: row.isNull(23)
        ? nil : Role(id: row.integer(23), name: row.text(24), requiresSecondFactor: row.boolean(25)),
      isVerified: row.boolean(4),
      isActive: row.boolean(5), hasSecondFactor: row.boolean(6), profile: profile,
      picture: row.optionalText(27).flatMap { PictureName($0) }, createdAt: row.instant(8),
      updatedAt: row.instant(9), epoch: row.integer(7), revision: row.integer(22))
  }
}

private enum Statement {
  static let insert = """
    INSERT INTO accounts
      (email, password_hash, provider, role_id, is_verified, is_active, has_second_factor, epoch, created_at, updated_at,
       first_name, last_name, phone_number, date_of_birth, picture_url, bio, address, city, state, country, zip_code,
       occupation)
    SELECT
      $1, $2, 'local', $3, $4, TRUE, FALSE, 0, $5, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17
    WHERE NOT EXISTS (
      SELECT 1 FROM links WHERE purpose = 'undo' AND email = $1 AND used_at IS NULL AND expires_at > $5)
    ON CONFLICT (email) DO NOTHING
    RETURNING id
    """

  private static let select = """
    SELECT a.id, a.email, a.password_hash, a.provider, a.is_verified, a.is_active, a.has_second_factor, a.epoch,
      a.created_at, a.updated_at, a.first_name, a.last_name, a.phone_number, a.date_of_birth, a.picture_url, a.bio,
      a.address, a.city, a.state, a.country, a.zip_code, a.occupation, a.revision, r.id, r.name,
      r.requires_second_factor, p.name, a.picture
    FROM accounts a
    LEFT JOIN roles r ON r.id = a.role_id
    LEFT JOIN role_permissions g ON g.role_id = r.id
    LEFT JOIN permissions p ON p.id = g.permission_id

    """
  static let find = select + "WHERE a.id = $1 ORDER BY a.id, p.name"
  static let findByEmail = select + "WHERE a.email = $1 ORDER BY a.id, p.name"
  static let list =
    select + "WHERE a.id IN (SELECT id FROM accounts WHERE id > $1 ORDER BY id LIMIT $2) ORDER BY a.id, p.name"

  static let roleID = "SELECT id FROM roles WHERE name = $1"
  static let roleNames = "SELECT name FROM roles ORDER BY name"
  static let rehash = "UPDATE accounts SET password_hash = $3 WHERE id = $1 AND password_hash = $2"
  static let foreignHashes = """
    SELECT password_hash FROM accounts WHERE substr(password_hash, 1, 10) <> '$argon2id$' ORDER BY id DESC LIMIT $1
    """
  static let setPassword = "UPDATE accounts SET password_hash = $2, updated_at = $3 WHERE id = $1"
  static let replacePassword = setPassword + " AND password_hash = $4"
  static let update = """
    UPDATE accounts SET
      updated_at = $2, first_name = $3, last_name = $4, phone_number = $5, date_of_birth = $6, bio = $7, address = $8,
      city = $9, state = $10, country = $11, zip_code = $12, occupation = $13, revision = revision + $14
    WHERE id = $1 RETURNING revision
    """
  static let setActive = "UPDATE accounts SET is_active = $2, updated_at = $3 WHERE id = $1"
  static let setRole = """
    UPDATE accounts SET role_id = $2, revision = revision + 1, updated_at = $3 WHERE id = $1 RETURNING revision
    """
  static let raiseEpoch = "UPDATE accounts SET epoch = epoch + 1 WHERE id = $1 RETURNING epoch"

  static let keepSession = """
    UPDATE sessions SET epoch = $4
    WHERE id_high = $2 AND id_low = $3 AND account_id = $1 AND revoked_at IS NULL
    """
  static let revokeSessions = """
    UPDATE sessions SET revoked_at = $3, revoked_reason = $4
    WHERE account_id = $1 AND epoch < $2 AND revoked_at IS NULL
    """
}
