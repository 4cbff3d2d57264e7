package import Postern
import Synchronization

/// Mails on their way, in SQL.
package final class SQLOutbox: Outbox {
  private let database: any Database
  private let clock: any Clock
  private let lastLook = Mutex<Look?>(nil)

  /// What was there at the last look: until something is written, or that moment comes, there is nothing to be taken.
  private struct Look {
    var version: Int64
    var begunAt: Instant
    var nextDue: Instant?
  }

  /// - Parameter clock: the storage's time.
  package init(_ database: any Database, clock: any Clock) {
    self.database = database
    self.clock = clock
  }

  /// Adds a mail, with its link, in the transaction that makes true what it says.
  ///
  /// - Parameter account: whom it is about.
  static func append(
    _ mail: Mail, about account: AccountID?, _ connection: any Connection, at now: Instant
  ) throws(StoreError) {
    if let link = mail.link { try SQLLinkStore.append(link, of: account, connection, at: now) }
    try append(mail, about: account, goodUntil: now + mail.lifetime, connection, at: now)
  }

  /// The same of a mail whose link is there already.
  static func append(
    _ mail: Mail, about account: AccountID?, goodUntil end: Instant, _ connection: any Connection, at now: Instant
  ) throws(StoreError) {
    let number = try connection.row(
      Statement.append, mail.id, mail.kind.rawValue, mail.recipient.text, account?.value, mail.link?.id.bytes,
      mail.link?.purpose.rawValue, now, end
    ) { $0.integer(0) }
    for (name, text) in mail.values.sorted(by: { $0.key < $1.key }) {
      try connection.execute(Statement.appendValue, number, name, text)
    }
  }

  package func post(_ mail: Mail) throws(StoreError) {
    try database.write { connection throws(StoreError) in
      try SQLOutbox.append(mail, about: nil, connection, at: try connection.now())
    }
  }

  package func take(lease: Duration) throws(StoreError) -> OutgoingMail? {
    guard try mayBeDue() else { return nil }
    return try database.write { connection throws(StoreError) in
      let now = try connection.now()
      let taken = try connection.row(Statement.take, now, now + OutgoingMail.longestWait, now + lease) { Draft($0) }
      return try taken?.complete(connection)
    }
  }

  package func remove(_ mail: OutgoingMail) throws(StoreError) {
    try database.write { connection throws(StoreError) in
      try connection.execute(Statement.remove, mail.id)
      return
    }
  }

  package func postpone(_ mail: OutgoingMail, by delay: Duration, problem: String?) throws(StoreError) {
    try database.write { connection throws(StoreError) in
      let due = try connection.now() + delay
      try connection.execute(Statement.postpone, mail.id, mail.attempts, due, problem)
      return
    }
  }

  package func giveUp(_ mail: OutgoingMail, problem: String) throws(StoreError) {
    try database.write { connection throws(StoreError) in
      try connection.execute(Statement.giveUp, mail.id, mail.attempts, try connection.now(), problem)
      return
    }
  }

  package func list(after last: Int64?, limit: Int) throws(StoreError) -> [OutgoingMail] {
    try database.read { connection throws(StoreError) in
      let drafts = try connection.rows(Statement.list, last ?? 0, limit) { Draft($0) }
      var mails: [OutgoingMail] = []
      for draft in drafts {
        if let mail = try draft.complete(connection) { mails.append(mail) }
      }
      return mails
    }
  }

  package func purge(givenUpBefore moment: Instant) throws(StoreError) {
    try database.writeInSteps { connection, limit throws(StoreError) in
      try connection.execute(Statement.purge, moment, limit)
    }
  }

  /// Whether a mail may be due now: asked of memory, else by one look into an index.
  private func mayBeDue() throws(StoreError) -> Bool {
    let version = try database.version()
    let now = clock.now()
    if let look = lastLook.withLock({ $0 }), look.version == version, look.begunAt <= now,
      look.nextDue.map({ $0 > now }) ?? true
    {
      return false
    }
    let due = try database.read { connection throws(StoreError) in
      try connection.row(Statement.nextDue) { $0.optionalInstant(0) } ?? nil
    }
    guard let due, due <= now || due > now + OutgoingMail.longestWait else {
      lastLook.withLock { $0 = Look(version: version, begunAt: now, nextDue: due) }
      return false
    }
    return true
  }
}

/// A row of `mails`, before its values are read.
private struct Draft {
  private let id: Int64
  private let messageID: [UInt8]
  private let kind: String
  private let recipient: String
  private let account: AccountID?
  private let linkID: [UInt8]?
  private let linkPurpose: String?
  private let createdAt: Instant
  private let expiresAt: Instant
  private let dueAt: Instant
  private let attempts: Int
  private let problem: String?
  private let givenUpAt: Instant?

  init(_ row: any Row) {
    id = row.integer(0)
    messageID = row.bytes(1)
    kind = row.text(2)
    recipient = row.text(3)
    account = row.isNull(4) ? nil : AccountID(row.integer(4))
    linkID = row.isNull(5) ? nil : row.bytes(5)
    linkPurpose = row.optionalText(6)
    createdAt = row.instant(7)
    expiresAt = row.instant(8)
    dueAt = row.instant(9)
    attempts = Int(row.integer(10))
    problem = row.optionalText(11)
    givenUpAt = row.optionalInstant(12)
  }

  /// `nil` for a kind or a purpose that only a newer version knows: that version will take it.
  func complete(_ connection: any Connection) throws(StoreError) -> OutgoingMail? {
    guard let kind = Mail.Kind(rawValue: kind), let recipient = EmailAddress(recipient) else { return nil }
    var link: NewLink?
    if let linkID, let linkPurpose {
      guard let id = LinkID(linkID), let purpose = Link.Purpose(rawValue: linkPurpose) else { return nil }
      link = NewLink(id, purpose, recipient)
    }
    var values: [String: String] = [:]
    for (name, text) in try connection.rows(Statement.values, id, as: { ($0.text(0), $0.text(1)) }) {
      values[name] = text
    }
    return OutgoingMail(
      id: id, mail: Mail(id: messageID, kind, to: recipient, values: values, link: link), account: account,
      createdAt: createdAt, expiresAt: expiresAt, dueAt: dueAt, attempts: attempts, problem: problem,
      givenUpAt: givenUpAt)
  }
}

private enum Statement {
  private static let columns = """
    id, message_id, kind, recipient, account_id, link_id, link_purpose, created_at, expires_at, due_at, attempts,
    problem, given_up_at
    """
  static let append = """
    INSERT INTO mails
      (message_id, kind, recipient, account_id, link_id, link_purpose, created_at, expires_at, due_at, attempts)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $7, 0)
    RETURNING id
    """
  static let appendValue = "INSERT INTO mail_values (mail_id, name, text) VALUES ($1, $2, $3)"
  static let values = "SELECT name, text FROM mail_values WHERE mail_id = $1"
  static let nextDue = "SELECT min(due_at) FROM mails WHERE given_up_at IS NULL"
  /// The condition stands outside, too, for databases in which two such statements run at once.
  static let take = """
    UPDATE mails SET due_at = $3, attempts = attempts + 1
    WHERE id = (
      SELECT id FROM mails WHERE given_up_at IS NULL AND (due_at <= $1 OR due_at > $2) ORDER BY due_at, id LIMIT 1
    ) AND given_up_at IS NULL AND (due_at <= $1 OR due_at > $2)
    RETURNING \(columns)
    """
  static let remove = "DELETE FROM mails WHERE id = $1"
  static let postpone = """
    UPDATE mails SET due_at = $3, problem = $4 WHERE id = $1 AND attempts = $2 AND given_up_at IS NULL
    """
  static let giveUp = """
    UPDATE mails SET given_up_at = $3, problem = $4 WHERE id = $1 AND attempts = $2 AND given_up_at IS NULL
    """
  static let list = "SELECT \(columns) FROM mails WHERE id > $1 ORDER BY id LIMIT $2"
  static let purge = "DELETE FROM mails WHERE id IN (SELECT id FROM mails WHERE given_up_at < $1 LIMIT $2)"
}
