package import Postern

/// Which picture an account has.
extension SQLAccountStore {
  package func setPicture(
    _ id: AccountID, to picture: PictureName?, by initiator: Initiator
  ) throws(StoreError) -> PictureChange? {
    try database.write { connection throws(StoreError) in
      guard let account = try find(id, connection) else { return nil }
      guard account.picture != picture else { return PictureChange(account: account, former: picture) }
      let now = try connection.now()
      try connection.execute(Statement.setPicture, id.value, picture?.text, now)
      try SQLAuditLog.append(AuditEvent(.pictureChange, by: initiator, on: id), connection, at: now)
      return try find(id, connection).map { PictureChange(account: $0, former: account.picture) }
    }
  }

  package func picturesInUse(among names: [PictureName]) throws(StoreError) -> Set<PictureName> {
    try database.read { connection throws(StoreError) in
      var used: Set<PictureName> = []
      for name in names where try connection.row(Statement.isUsed, name.text, as: { _ in true }) != nil {
        used.insert(name)
      }
      return used
    }
  }
}

private enum Statement {
  static let setPicture = "UPDATE accounts SET picture = $2, updated_at = $3 WHERE id = $1"
  static let isUsed = "SELECT 1 FROM accounts WHERE picture = $1 LIMIT 1"
}
