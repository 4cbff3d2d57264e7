import Glibc
import Postern
import PosternTesting
import Testing

@testable import SQL

/// Files that cannot be used: a sentence that says what is wrong, and nothing overwritten.
@Suite struct SQLiteFileTests {
  private let directory = TemporaryDirectory()

  private func open(busyTimeout: Duration = .seconds(5)) throws(StoreError) -> SQLiteDatabase {
    try SQLiteDatabase(path: directory.file(), clock: StoppedClock(), busyTimeout: busyTimeout)
  }

  /// Opens it, expects it to be unusable in these words, and the file as it was.
  private func expectRefusal(_ words: String) {
    let before = readFile(directory.file())
    let failure = refusal { () throws(StoreError) in try open() }
    #expect(isUnusable(failure, words))
    #expect(isUnusable(failure, directory.file()))
    #expect(readFile(directory.file()) == before)
  }

  @Test func aNewerSchemaStopsTheStart() throws {
    let newer = Migration.all + [Migration(number: 99, script: "CREATE TABLE newer (x INTEGER) STRICT")]
    let database = try SQLiteDatabase(path: directory.file(), clock: StoppedClock(), migrations: newer)
    database.close()
    expectRefusal("newer version")
  }

  @Test(arguments: ["hello", String(repeating: "This is a diary, not a database.\n", count: 400)])
  func aFileThatIsNoDatabaseIsLeftAlone(_ text: String) throws {
    writeFile(directory.file(), Array(text.utf8))
    expectRefusal("not a SQLite database")
  }

  @Test func theDatabaseOfAnotherProgramIsLeftAlone() throws {
    writeFile(directory.file(), [])
    do {
      let other = try SQLiteConnection(path: directory.file(), clock: StoppedClock(), busyTimeout: .seconds(1))
      try other.script("CREATE TABLE diary (day TEXT)")
    }
    expectRefusal("another program")
  }

  @Test func anEmptyFileBecomesADatabase() throws {
    writeFile(directory.file(), [])
    _ = try SQLAccountStore(try open()).create(.named("first"))
  }

  @Test func aDamagedSchemaStopsTheStart() throws {
    do { _ = try open() }
    var bytes = readFile(directory.file())
    for position in 100..<4_096 { bytes[position] = UInt8(truncatingIfNeeded: position &* 37) }
    writeFile(directory.file(), bytes)
    expectRefusal("damaged")
  }

  @Test func aDamagedPageIsToldWhenItIsRead() throws {
    do {
      let accounts = SQLAccountStore(try open())
      for number in 0..<40 { _ = try accounts.create(.named("n\(number)", bio: String(repeating: "b", count: 900))) }
    }
    var bytes = readFile(directory.file())
    // Those that hold accounts: a page of the schema would be told at the start.
    let text = Array(repeating: UInt8(ascii: "b"), count: 900)
    let damaged = stride(from: 4_096, to: bytes.count, by: 4_096).filter { bytes[$0..<$0 + 4_096].contains(text) }
    #expect(damaged.count >= 8)
    for page in damaged { for position in page..<page + 4_096 { bytes[position] = 0xA5 } }
    writeFile(directory.file(), bytes)
    let accounts = SQLAccountStore(try open())
    let failure = refusal { () throws(StoreError) in try accounts.list(after: nil, limit: 100) }
    #expect(isUnusable(failure, "backup"))
  }

  @Test func aMissingDirectoryIsNamed() throws {
    let failure = refusal { () throws(StoreError) in
      try SQLiteDatabase(path: directory.path + "/missing/app.db", clock: StoppedClock())
    }
    #expect(isUnavailable(failure, "Its directory must exist"))
  }

  @Test func aDirectoryIsNoFile() throws {
    let failure = refusal { () throws(StoreError) in
      try SQLiteDatabase(path: directory.path, clock: StoppedClock())
    }
    #expect(isUnavailable(failure, ""))
  }

  @Test func aFileOfTheFirstReleaseIsTakenOver() throws {
    let path = directory.file()
    let first = Array(Migration.all.prefix(1))
    let old = try SQLiteDatabase(path: path, clock: StoppedClock(), migrations: first)
    try old.write { connection throws(StoreError) in
      try connection.execute(
        """
        INSERT INTO accounts (email, provider, is_verified, is_active, has_second_factor, epoch, created_at, updated_at)
        VALUES ('ada@example.com', 'local', 1, 1, 0, 3, 1, 1)
        """)
      try connection.execute("INSERT INTO sessions VALUES (1, 2, 1, 1, 1, 1, 1, 3, 'pwd', 1, '', '', NULL, NULL)")
      try connection.execute("INSERT INTO revocations (account_id, epoch, at) VALUES (1, 3, 9)")
    }
    old.close()
    let new = try SQLiteDatabase(path: path, clock: StoppedClock())
    #expect(try SQLAccountStore(new).find(AccountID(1))?.revision == 0)
    #expect(try SQLSessionStore(new).find(SessionID(high: 1, low: 2))?.isPersistent == nil)
    var subjects: [Revocation.Subject] = []
    try SQLRevocationLog(new).read(after: 0, since: Instant(microseconds: 0)) { subjects.append($0.subject) }
    #expect(subjects == [.account(AccountID(1), epoch: 3)])
  }

  @Test func aStepThatFailsLeavesTheSchemaAsItWas() throws {
    let last = Int64(Migration.all.count)
    let script = "CREATE TABLE half (x INTEGER); CREATE TABLE roles (x INTEGER);"
    let broken = Migration.all + [Migration(number: last + 1, script: script)]
    #expect(throws: StoreError.self) {
      try SQLiteDatabase(path: directory.file(), clock: StoppedClock(), migrations: broken)
    }
    let (version, half) = try open().read { connection throws(StoreError) in
      (
        try connection.row("PRAGMA user_version") { $0.integer(0) },
        try connection.row("SELECT count(*) FROM sqlite_schema WHERE name = 'half'") { $0.integer(0) }
      )
    }
    #expect(version == last)
    #expect(half == 0)
  }

  @Test func whoeverStartsTogetherMakesTheTablesOnce() throws {
    let path = directory.file()
    let outcomes = concurrently(8) { _ in
      Result { () throws(StoreError) in try SQLiteDatabase(path: path, clock: StoppedClock()) }
    }
    for outcome in outcomes { #expect(throws: Never.self) { try outcome.get() } }
    let names = try open().read { connection throws(StoreError) in
      try connection.rows("SELECT name FROM roles ORDER BY id") { $0.text(0) }
    }
    #expect(names == ["admin", "user"])
  }

  @Test func aLockThatIsHeldTooLongIsToldAndPasses() throws {
    let database = try open(busyTimeout: .milliseconds(50))
    let accounts = SQLAccountStore(database)
    let other = try SQLiteConnection(path: directory.file(), clock: StoppedClock(), busyTimeout: .seconds(1))
    try other.script("BEGIN IMMEDIATE")
    let failure = refusal { () throws(StoreError) in try accounts.create(.named("ada")) }
    #expect(isUnavailable(failure, "locked"))
    #expect(try accounts.list(after: nil, limit: 1) == [], "readers do not wait for a writer")
    #expect(throws: Never.self) { try open(busyTimeout: .milliseconds(50)) }
    try other.script("COMMIT")
    _ = try accounts.create(.named("ada"))
  }

  @Test func aFileThatWasReplacedIsNeitherReadNorWritten() throws {
    let database = try open()
    let accounts = SQLAccountStore(database)
    let ada = try accounts.create(.named("ada"))
    #expect(try accounts.find(ada.id) == ada, "a reader is open from now on")
    #expect(rename(directory.file(), directory.file("backup.db")) == 0)
    let failure = refusal { () throws(StoreError) in try accounts.create(.named("bob")) }
    #expect(isUnusable(failure, "replaced"))
    let reading = refusal { () throws(StoreError) in try accounts.find(ada.id) }
    #expect(isUnusable(reading, "replaced"))
    #expect(throws: StoreError.self) { try database.version() }
  }

  @Test func aFullFileLosesNothingThatWasAcknowledged() throws {
    let database = try open()
    let accounts = SQLAccountStore(database)
    try database.write { connection throws(StoreError) in
      _ = try connection.row("PRAGMA max_page_count = 60") { $0.integer(0) }
    }
    var acknowledged: [Account] = []
    let failure = refusal { () throws(StoreError) in
      for number in 0..<1_000 {
        acknowledged.append(try accounts.create(.named("n\(number)", bio: String(repeating: "b", count: 2_000))))
      }
    }
    #expect(isUnavailable(failure, "full"))
    #expect(acknowledged.count > 10)
    #expect(try accounts.list(after: nil, limit: 1_000) == acknowledged)
    try database.write { connection throws(StoreError) in
      _ = try connection.row("PRAGMA max_page_count = 1000") { $0.integer(0) }
    }
    acknowledged.append(try accounts.create(.named("again")))
    #expect(try accounts.list(after: nil, limit: 1_000) == acknowledged)
  }

  /// The disk is a tmpfs of 800 KiB; making one takes root.
  @Test func aFullDiskLosesNothingThatWasAcknowledged() throws {
    guard mount("tmpfs", directory.path, "tmpfs", 0, "size=800k") == 0 else {
      try Test.cancel("a small file system cannot be made here: mount gives \(errno)")
    }
    defer { umount2(directory.path, Int32(MNT_DETACH)) }
    writeFile(directory.file("ballast"), Array(repeating: 1, count: 150_000))
    let accounts = SQLAccountStore(try open())
    var acknowledged: [Account] = []
    let failure = refusal { () throws(StoreError) in
      for number in 0..<1_000 {
        acknowledged.append(try accounts.create(.named("n\(number)", bio: String(repeating: "b", count: 2_000))))
      }
    }
    #expect(isUnavailable(failure, "full"))
    #expect(acknowledged.count > 10)
    #expect(try accounts.list(after: nil, limit: 1_000) == acknowledged)
    #expect(unlink(directory.file("ballast")) == 0)
    acknowledged.append(try accounts.create(.named("again")))
    #expect(try SQLAccountStore(try open()).list(after: nil, limit: 1_000) == acknowledged)
  }

  @Test func aDiskThatIsFullAtTheStartIsTold() throws {
    guard mount("tmpfs", directory.path, "tmpfs", 0, "size=64k") == 0 else {
      try Test.cancel("a small file system cannot be made here: mount gives \(errno)")
    }
    defer { umount2(directory.path, Int32(MNT_DETACH)) }
    writeFile(directory.file("ballast"), Array(repeating: 1, count: 60_000))
    #expect(isUnavailable(refusal { () throws(StoreError) in try open() }, "full"))
    #expect(unlink(directory.file("ballast")) == 0)
    #expect(mount("tmpfs", directory.path, "tmpfs", UInt(MS_REMOUNT), "size=4m") == 0)
    _ = try SQLAccountStore(try open()).create(.named("first"))
  }
}
