import Glibc
import Postern
import PosternTesting
import Testing

@testable import SQL

@Suite struct SQLiteDatabaseTests {
  private let directory = TemporaryDirectory()

  private func open(_ name: String = "app.db", readers: Int = 4) throws -> SQLiteDatabase {
    try SQLiteDatabase(path: directory.file(name), clock: StoppedClock(), readers: readers)
  }

  @Test func everyCommitIsFlushedToTheDisk() throws {
    let database = try open()
    let names = ["synchronous", "journal_mode", "foreign_keys", "trusted_schema", "secure_delete"]
    let settings = try database.write { connection throws(StoreError) in
      var settings: [String?] = []
      for name in names { settings.append(try connection.row("PRAGMA \(name)") { $0.text(0) }) }
      return settings
    }
    #expect(settings == ["2", "wal", "1", "0", "1"])
  }

  @Test func whatEndsAfterTheClockWasSetBackCarriesTheLatestTimeOfAll() throws {
    let clock = StoppedClock()
    let database = try SQLiteDatabase(path: directory.file(), clock: clock)
    let (accounts, log) = (SQLAccountStore(database), SQLRevocationLog(database))
    let right = clock.now()
    let ahead = right + .seconds(86_400)
    clock.step(to: ahead)
    let account = try accounts.create(.named("ada"))
    clock.step(to: right)
    _ = try accounts.setActive(account.id, false)
    clock.step(to: right - .seconds(400 * 86_400))
    _ = try accounts.setActive(account.id, false)
    var times: [Instant] = []
    try log.read(after: 0, since: Instant(seconds: 0)) { times.append($0.at) }
    #expect(times == [ahead, right - .seconds(369 * 86_400)])
    clock.step(to: right)
    try log.purge(before: right)
    times = []
    try log.read(after: 0, since: Instant(seconds: 0)) { times.append($0.at) }
    #expect(times == [ahead], "what was ahead by years keeps nothing for years")
  }

  @Test func onlyTheOwnerCanReadTheFiles() throws {
    let database = try open()
    _ = try SQLAccountStore(database).list(after: nil, limit: 1)
    for name in ["app.db", "app.db-wal", "app.db-shm"] {
      var status = stat()
      #expect(stat(directory.file(name), &status) == 0)
      #expect(status.st_mode & 0o777 == 0o600, "\(name)")
    }
  }

  @Test func readersChangeNothing() throws {
    let database = try open()
    #expect(throws: StoreError.self) {
      try database.read { connection throws(StoreError) in
        _ = try connection.execute("DELETE FROM roles")
      }
    }
    let count = try database.read { connection throws(StoreError) in
      try connection.row("SELECT count(*) FROM roles") { $0.integer(0) }
    }
    #expect(count == 2)
  }

  @Test func readersWaitForOneAnotherWhenAllAreTaken() throws {
    let database = try open(readers: 2)
    let counts = concurrently(16) { _ in
      try? database.read { connection throws(StoreError) in
        try connection.row("SELECT count(*) FROM roles") { $0.integer(0) }
      }
    }
    #expect(counts == Array(repeating: 2, count: 16))
  }

  @Test func parametersAreTakenByTheirNumbers() throws {
    let database = try open()
    let row = try database.read { connection throws(StoreError) in
      try connection.row("SELECT $3, $1, $3, $2", Int64(-1), "two", [0, 1, 255] as [UInt8]) { row in
        (row.bytes(0), row.integer(1), row.bytes(2), row.text(3))
      }
    }
    let (first, second, third, fourth) = try #require(row)
    #expect(first == [0, 1, 255])
    #expect(second == -1)
    #expect(third == [0, 1, 255])
    #expect(fourth == "two")
  }

  @Test func missingAndEmptyValuesAreTwoThings() throws {
    let database = try open()
    let row = try database.read { connection throws(StoreError) in
      try connection.row("SELECT $1, $2, $3, $4", nil, "", [] as [UInt8], UInt64.max) { row in
        ((0..<4).map(row.isNull), row.text(1), row.bytes(2), row.word(3))
      }
    }
    let (isNull, text, bytes, word) = try #require(row)
    #expect(isNull == [true, false, false, false])
    #expect(text == "")
    #expect(bytes == [])
    #expect(word == .max)
  }

  @Test func aStatementCanRunInsideItself() throws {
    let database = try open()
    let sql = "SELECT name FROM roles WHERE id >= $1 ORDER BY id"
    var names: [String] = []
    try database.read { connection throws(StoreError) in
      _ = try connection.run(sql, [.integer(1)]) { outer throws(StoreError) in
        names.append(outer.text(0))
        names += try connection.rows(sql, 2) { $0.text(0) }
      }
    }
    #expect(names == ["admin", "user", "user", "user"])
  }

  @Test func namesThatMeanSomethingToSQLiteAreFileNames() throws {
    for name in [":memory:", "file:x?mode=memory", "a b'c.db"] {
      _ = try SQLiteDatabase(path: directory.file(name), clock: StoppedClock())
      #expect(access(directory.file(name), F_OK) == 0, "\(name)")
      let failure = refusal { () throws(StoreError) in try SQLiteDatabase(path: name, clock: StoppedClock()) }
      #expect(failure == .unusable("\(name) is no absolute path"))
    }
  }

  @Test func theVersionTellsWhetherAnybodyHasWritten() throws {
    let (one, two) = (try open(), try open())
    let before = try one.version()
    #expect(try one.version() == before)
    _ = try SQLAccountStore(one).list(after: nil, limit: 1)
    #expect(try one.version() == before)
    let stores = Stores(
      accounts: SQLAccountStore(one), sessions: SQLSessionStore(one), apiTokens: SQLAPITokenStore(one),
      factors: SQLFactorStore(one), passkeys: SQLPasskeyStore(one), roles: SQLRoleStore(one), links: SQLLinkStore(one),
      outbox: SQLOutbox(one, clock: StoppedClock()),
      revocations: SQLRevocationLog(one),
      audit: SQLAuditLog(one), records: SQLAccountRecords(one), clock: StoppedClock())
    let account = try stores.accounts.create(.named("own"))
    let afterOwn = try one.version()
    #expect(afterOwn != before)
    _ = try SQLAccountStore(two).setActive(account.id, false)
    #expect(try one.version() != afterOwn)
  }

  @Test func everyQueryFindsItsRowsByAnIndex() throws {
    let database = try open()
    let queries = [
      "SELECT id FROM accounts WHERE email = $1": "accounts",
      "UPDATE sessions SET revoked_at = 1 WHERE account_id = $1 AND epoch < $2 AND revoked_at IS NULL": "sessions",
      "UPDATE sessions SET generation = 2 WHERE id_high = $1 AND id_low = $2 AND generation = $3": "sessions",
      "SELECT position FROM revocations WHERE position > $1 AND at > $2 ORDER BY position": "revocations",
      "SELECT position FROM revocations WHERE at < $1 LIMIT 10": "revocations",
      "DELETE FROM accounts WHERE id = $1": "accounts",
      "SELECT id_high, id_low FROM sessions WHERE last_active_at < $1 LIMIT 10": "sessions",
    ]
    for (query, table) in queries {
      let plan = try database.write { connection throws(StoreError) in
        try connection.rows("EXPLAIN QUERY PLAN " + query, 1, 1, 1) { $0.text(3) }
      }
      #expect(plan.contains { $0.hasPrefix("SEARCH \(table)") }, "\(plan)")
      #expect(!plan.contains { $0.hasPrefix("SCAN") || $0.contains("TEMP B-TREE") }, "\(plan)")
    }
  }

  @Test func afterClosingNothingIsTaken() throws {
    let database = try open()
    database.close()
    #expect(throws: StoreError.self) { try SQLAccountStore(database).create(.named("late")) }
  }
}

extension NewAccount {
  static func named(_ name: String, bio: String? = nil) -> NewAccount {
    var profile = Profile()
    profile.bio = bio
    return NewAccount(email: EmailAddress("\(name)@example.com")!, passwordHash: "hash", profile: profile)
  }
}
