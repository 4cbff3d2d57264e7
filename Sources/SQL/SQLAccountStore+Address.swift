package import Postern

/// Another e-mail address for an account, and its end.
extension SQLAccountStore {
  package func isFree(_ email: EmailAddress, for account: AccountID?) throws(StoreError) -> Bool {
    try database.read { connection throws(StoreError) in
      try isFree(email, for: account, connection, at: connection.now())
    }
  }

  package func askEmailChange(_ request: AddressChangeRequest) throws(StoreError) -> Bool {
    try database.write { connection throws(StoreError) in
      let (id, now) = (request.account, try connection.now())
      guard try find(id, connection)?.epoch == request.epoch else { return false }
      try SQLLinkStore.drop([.confirmNewAddress], of: id, connection)
      if let notice = request.notice { try SQLOutbox.append(notice, about: id, connection, at: now) }
      if let (letter, owner) = request.letter { try SQLOutbox.append(letter, about: owner, connection, at: now) }
      if request.letter?.mail.link == nil { try SQLLinkStore.append(request.link, of: id, connection, at: now) }
      try SQLAuditLog.append(AuditEvent(.emailChangeRequested, by: request.initiator, on: id), connection, at: now)
      return true
    }
  }

  package func changeEmail(
    _ link: LinkID, from old: EmailAddress, keeping kept: SessionID?, mailing mail: Mail?, by initiator: Initiator
  ) throws(StoreError) -> Account? {
    try database.write { connection throws(StoreError) in
      let now = try connection.now()
      let used = try SQLLinkStore.use(link, for: .confirmNewAddress, connection, at: now)
      guard let id = used?.account, let new = used?.email else { return nil }
      guard try isFree(new, for: id, connection, at: now) else { throw .emailTaken }
      let changed = try connection.execute(Statement.changeEmail, id.value, new.text, now, old.text)
      guard changed == 1 else { return nil }
      try endSessions(of: id, except: kept, .addressChanged, connection, at: now)
      try SQLLinkStore.drop([.resetPassword, .confirmAddress, .confirmNewAddress], of: id, connection)
      if let mail { try SQLOutbox.append(mail, about: id, connection, at: now) }
      let event = AuditEvent(SessionEnd.addressChanged.action, by: initiator, on: id, session: kept)
      try SQLAuditLog.append(event, connection, at: now)
      return try find(id, connection)
    }
  }

  package func undoEmailChange(
    _ link: LinkID, making reset: NewLink, by initiator: Initiator
  ) throws(StoreError) -> Account? {
    try database.write { connection throws(StoreError) in
      let now = try connection.now()
      guard let used = try SQLLinkStore.use(link, for: .undoAddressChange, connection, at: now),
        let id = used.account, let old = used.email
      else { return nil }
      guard try isFree(old, for: id, connection, at: now) else { throw .emailTaken }
      try connection.execute(Statement.restoreEmail, id.value, old.text, now)
      try endSessions(of: id, except: nil, .addressChangeUndone, connection, at: now)
      try SQLLinkStore.drop([.resetPassword, .confirmAddress, .confirmNewAddress], of: id, connection)
      try connection.execute(Statement.dropNewerUndo, id.value, used.createdAt)
      try SQLFactorStore.drop(of: id, since: used.createdAt, connection)
      try SQLLinkStore.append(reset, of: id, connection, at: now)
      let event = AuditEvent(SessionEnd.addressChangeUndone.action, by: initiator, on: id)
      try SQLAuditLog.append(event, connection, at: now)
      return try find(id, connection)
    }
  }

  package func remove(
    _ id: AccountID, by initiator: Initiator, mailing mail: Mail?
  ) throws(StoreError) -> Bool {
    try database.write { connection throws(StoreError) in
      try connection.execute(Statement.emptyLinks, id.value)
      let epoch = try connection.row(Statement.remove, id.value) { $0.integer(0) + 1 }
      guard let epoch else { return false }
      let now = try connection.now()
      try connection.execute(Statement.dropMails, id.value)
      try connection.execute(Statement.detachMails, id.value)
      try SQLAuditLog.forget(id, connection)
      try SQLRevocationLog.append(.account(id, epoch: epoch), connection, at: now)
      if let mail { try SQLOutbox.append(mail, about: nil, connection, at: now) }
      // Of the person themselves, no more is kept here than of what they did before.
      let known = initiator.account == id ? Initiator(account: id, client: nil) : initiator
      try SQLAuditLog.append(AuditEvent(.removed, by: known, on: id), connection, at: now)
      return true
    }
  }

  private func isFree(
    _ email: EmailAddress, for account: AccountID?, _ connection: any Connection, at now: Instant
  ) throws(StoreError) -> Bool {
    // Numbers of accounts begin at 1.
    try connection.row(Statement.holder, email.text, account?.value ?? 0, now) { _ in true } == nil
  }
}

private enum Statement {
  static let holder = """
    SELECT id FROM accounts WHERE email = $1 AND id <> $2
    UNION ALL
    SELECT account_id FROM links
    WHERE purpose = 'undo' AND email = $1 AND account_id <> $2 AND used_at IS NULL AND expires_at > $3
    """
  static let changeEmail = """
    UPDATE accounts SET email = $2, is_verified = TRUE, updated_at = $3 WHERE id = $1 AND email = $4
    """
  static let restoreEmail = """
    UPDATE accounts SET email = $2, is_verified = TRUE, password_hash = NULL, updated_at = $3 WHERE id = $1
    """
  /// Of two that were made in one microsecond, nobody knows which was first.
  static let dropNewerUndo = """
    DELETE FROM links WHERE account_id = $1 AND purpose = 'undo' AND created_at >= $2 AND used_at IS NULL
    """
  static let emptyLinks = "UPDATE links SET account_id = NULL, email = NULL WHERE account_id = $1"
  static let dropMails = "DELETE FROM mails WHERE account_id = $1 AND kind <> 'address-changed'"
  static let detachMails = "UPDATE mails SET account_id = NULL WHERE account_id = $1"
  static let remove = "DELETE FROM accounts WHERE id = $1 RETURNING epoch"
}
