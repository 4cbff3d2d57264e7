package import Postern
import Synchronization

/// The log of revocations in SQL.
package final class SQLRevocationLog: RevocationLog {
  private let database: any Database
  /// The last reading that came to its end: the database's version before it, the last place, and what was asked for.
  private let known = Mutex<Reading?>(nil)

  private struct Reading {
    var version: Int64
    var position: Int64
    var since: Instant
  }

  package init(_ database: any Database) { self.database = database }

  package func count(since: Instant) throws(StoreError) -> Int {
    try database.read { connection throws(StoreError) in
      try connection.row(Statement.count, since) { Int($0.integer(0)) } ?? 0
    }
  }

  package func read(
    after position: Int64, since: Instant, _ body: (Revocation) -> Void
  ) throws(StoreError) {
    // Asked before the reading: what is committed meanwhile shows in the next version.
    let version = try database.version()
    if let known = known.withLock({ $0 }), known.version == version, known.position <= position, known.since <= since {
      return
    }
    var last = position
    try database.read { connection throws(StoreError) in
      _ = try connection.run(Statement.read, [.integer(position), since.value]) { row in
        last = row.integer(0)
        body(SQLRevocationLog.revocation(row))
      }
    }
    known.withLock { $0 = Reading(version: version, position: last, since: since) }
  }

  package func purge(before: Instant) throws(StoreError) {
    try database.writeInSteps { connection, limit throws(StoreError) in
      try connection.execute(Statement.purge, before, limit)
    }
  }

  /// Adds an entry in the transaction that ends what it is about. Its time is the latest that the clock has shown here,
  /// a month ahead at most: a token that was issued before the clock was set back comes alive when that moment is there
  /// again, and the entry has to be there still.
  static func append(
    _ subject: Revocation.Subject, _ connection: any Connection, at moment: Instant
  ) throws(StoreError) {
    let now = min(max(moment, try connection.latest()), moment + Revocation.longestStep)
    switch subject {
    case .session(let id): try connection.execute(Statement.append, id.high, id.low, nil, nil, nil, nil, now)
    case .account(let id, let epoch): try connection.execute(Statement.append, nil, nil, id.value, epoch, nil, nil, now)
    case .claims(let id, let revision):
      // The schema wants an epoch beside every account, and an account beside what is no session; no epoch is below 0.
      try connection.execute(Statement.append, nil, nil, id.value, 0, revision, nil, now)
    case .apiToken(let id, let account):
      try connection.execute(Statement.append, nil, nil, account.value, 0, nil, id.value, now)
    }
  }

  private static func revocation(_ row: any Row) -> Revocation {
    let subject: Revocation.Subject =
      if !row.isNull(1) {
        .session(SessionID(high: row.word(1), low: row.word(2)))
      } else if !row.isNull(5) {
        .claims(AccountID(row.integer(3)), revision: row.integer(5))
      } else if !row.isNull(6) {
        .apiToken(APIToken.ID(row.integer(6)), of: AccountID(row.integer(3)))
      } else {
        .account(AccountID(row.integer(3)), epoch: row.integer(4))
      }
    return Revocation(position: row.integer(0), subject: subject, at: row.instant(7))
  }
}

private enum Statement {
  static let append = """
    INSERT INTO revocations (session_high, session_low, account_id, epoch, revision, api_token_id, at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    """
  static let count = "SELECT count(*) FROM revocations WHERE at > $1"
  static let read = """
    SELECT position, session_high, session_low, account_id, epoch, revision, api_token_id, at
    FROM revocations WHERE position > $1 AND at > $2 ORDER BY position
    """
  static let purge = """
    DELETE FROM revocations WHERE position IN (SELECT position FROM revocations WHERE at < $1 LIMIT $2)
    """
}
