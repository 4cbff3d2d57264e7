import Glibc
import Postern
import PosternTesting
import Testing

@testable import SQL

/// Group commit: what waits together is committed together, each with its own result.
@Suite struct SQLiteWriterTests {
  private let directory = TemporaryDirectory()

  /// Runs `work` on 64 threads whose writes all wait when the first one is begun.
  private func group<Value: Sendable>(
    over database: SQLiteDatabase, _ work: @escaping @Sendable (Int) -> Value
  ) throws -> [Value] {
    let lock = try SQLiteConnection(path: directory.file(), clock: StoppedClock(), busyTimeout: .seconds(5))
    try lock.script("BEGIN IMMEDIATE")
    let outcomes = concurrently(65) { number -> Value? in
      guard number == 64 else { return work(number) }
      let deadline = ContinuousClock.now + .seconds(10)
      while database.load.waiting < 64, ContinuousClock.now < deadline { sched_yield() }
      _ = lock.attempt("COMMIT")
      return nil
    }
    return outcomes.compactMap { $0 }
  }

  @Test func whatWaitsTogetherIsCommittedTogether() throws {
    let database = try SQLiteDatabase(path: directory.file(), clock: StoppedClock(), busyTimeout: .seconds(20))
    let accounts = SQLAccountStore(database)
    let outcomes = try group(over: database) { number in try? accounts.create(.named("n\(number)")) }
    #expect(outcomes.count == 64)
    #expect(database.load.written == 64)
    #expect(database.load.committed == 1)
    #expect(try accounts.list(after: nil, limit: 100).count == 64)
  }

  @Test func onePieceThatFailsTakesNothingWithIt() throws {
    let database = try SQLiteDatabase(path: directory.file(), clock: StoppedClock(), busyTimeout: .seconds(20))
    let outcomes = try group(over: database) { number in
      Result { () throws(StoreError) in
        try database.write { connection throws(StoreError) in
          try connection.execute("INSERT INTO permissions (name) VALUES ($1)", "n\(number)")
          if number % 2 == 1 { throw .accountGone }
          return number
        }
      }
    }
    for (number, outcome) in outcomes.enumerated() {
      #expect(outcome == (number % 2 == 1 ? .failure(.accountGone) : .success(number)))
    }
    #expect(database.load.committed == 1)
    let names = try database.read { connection throws(StoreError) in
      try connection.rows("SELECT name FROM permissions WHERE name LIKE 'n%'") { $0.text(0) }
    }
    #expect(Set(names) == Set((0..<64).filter { $0 % 2 == 0 }.map { "n\($0)" }))
  }

  @Test func aPieceThatLosesTheTransactionIsNoSuccessForAnybody() throws {
    let database = try SQLiteDatabase(path: directory.file(), clock: StoppedClock(), busyTimeout: .seconds(20))
    let outcomes = try group(over: database) { number in
      Result { () throws(StoreError) in
        try database.write { connection throws(StoreError) in
          try connection.execute("INSERT INTO permissions (name) VALUES ($1)", "n\(number)")
          if number == 17 { try connection.execute("ROLLBACK") }
          return number
        }
      }
    }
    #expect(outcomes.allSatisfy { (try? $0.get()) == nil })
    let names = try database.read { connection throws(StoreError) in
      try connection.rows("SELECT name FROM permissions WHERE name LIKE 'n%'") { $0.text(0) }
    }
    #expect(names == [])
    _ = try SQLAccountStore(database).create(.named("after"))
  }

  @Test func aViolatedConstraintFailsItsOwnPieceOnly() throws {
    let database = try SQLiteDatabase(path: directory.file(), clock: StoppedClock())
    #expect(throws: StoreError.self) {
      try database.write { connection throws(StoreError) in
        try connection.execute("INSERT INTO permissions (name) VALUES ('kept?')")
        _ = try connection.execute("INSERT INTO roles (name) VALUES ('admin')")
      }
    }
    let count = try database.read { connection throws(StoreError) in
      try connection.row("SELECT count(*) FROM permissions") { $0.integer(0) }
    }
    #expect(count == 1)
  }
}
