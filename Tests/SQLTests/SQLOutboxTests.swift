import Postern
import PosternTesting
import Synchronization
import Testing

@testable import SQL

@Suite struct SQLOutboxTests {
  @Test func anIdleLookAsksOnlyForTheVersion() throws {
    let directory = TemporaryDirectory()
    let clock = StoppedClock()
    let database = CountingDatabase(try SQLiteDatabase(path: directory.file(), clock: clock))
    defer { database.database.close() }
    let outbox = SQLOutbox(database, clock: clock)
    let mail = Mail(.test, to: EmailAddress("ann@example.com")!, random: SequenceRandom())
    func looks(_ count: Int) throws -> (reads: Int, writes: Int) {
      let before = database.counts.withLock { $0 }
      for _ in 0..<count { #expect(try outbox.take(lease: .seconds(60)) == nil) }
      return database.counts.withLock { ($0.reads - before.reads, $0.writes - before.writes) }
    }
    #expect(try looks(100) == (1, 0))
    try outbox.post(mail)
    let taken = try #require(try outbox.take(lease: .seconds(60)))
    try outbox.postpone(taken, by: .seconds(30), problem: nil)
    #expect(try looks(100) == (1, 0), "one waits")
    clock.advance(by: .seconds(30))
    #expect(try outbox.take(lease: .seconds(60))?.mail == mail)
  }
}

/// The database, and how often it was asked.
private final class CountingDatabase: Database {
  let database: SQLiteDatabase
  let counts = Mutex((reads: 0, writes: 0))

  init(_ database: SQLiteDatabase) { self.database = database }

  func write<Value: Sendable>(
    _ work: @escaping @Sendable (any Connection) throws(StoreError) -> Value
  ) throws(StoreError) -> Value {
    counts.withLock { $0.writes += 1 }
    return try database.write(work)
  }

  func read<Value>(_ work: (any Connection) throws(StoreError) -> Value) throws(StoreError) -> Value {
    counts.withLock { $0.reads += 1 }
    return try database.read(work)
  }

  func version() throws(StoreError) -> Int64 { try database.version() }
}
