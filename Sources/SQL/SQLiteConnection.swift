import CSQLite
import Glibc
import Postern

/// A connection to a SQLite file and what has been prepared on it.
///
/// Guard of `@unchecked Sendable`: one thread at a time has the connection. Either it belongs to the writer's thread,
/// or to the reader who took it out of the pool, or to whoever holds the mutex around it.
final class SQLiteConnection: Connection, @unchecked Sendable {
  let path: String
  private let handle: OpaquePointer
  private let clock: any Clock
  private var statements: [String: SQLiteStatement] = [:]
  private var latestTime = Instant(microseconds: .min)

  private static let isConfigured: Bool = postern_sqlite_take_pages_singly() == SQLITE_OK

  /// Opens a file that exists. Nothing is written; that it is a database shows with the first statement.
  init(path: String, clock: any Clock, busyTimeout: Duration) throws(StoreError) {
    precondition(Self.isConfigured, "SQLite was used before it was configured")
    var handle: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
    var code = sqlite3_open_v2(path, &handle, flags, nil)
    if code == SQLITE_OK { code = postern_sqlite_defend(handle) }
    guard code == SQLITE_OK, let handle else {
      let failure = SQLiteFailure(code: code, path: path, systemError: handle.map(sqlite3_system_errno) ?? 0)
      sqlite3_close_v2(handle)
      throw failure.storeError
    }
    self.path = path
    self.handle = handle
    self.clock = clock
    let (seconds, attoseconds) = busyTimeout.components
    sqlite3_busy_timeout(handle, Int32(seconds * 1_000 + attoseconds / 1_000_000_000_000_000))
  }

  deinit {
    statements.removeAll()
    sqlite3_close_v2(handle)
  }

  package func now() -> Instant {
    let now = clock.now()
    latestTime = max(latestTime, now)
    return now
  }

  package func latest() -> Instant { latestTime }

  @discardableResult
  package func run(
    _ sql: String, _ values: [Value], _ body: (any Row) throws(StoreError) -> Void
  ) throws(StoreError) -> Int {
    // Out of the cache while it runs: the same statement inside `body` gets another one.
    let statement = if let cached = statements.removeValue(forKey: sql) { cached } else { try prepare(sql) }
    defer {
      statement.reset()
      statements[sql] = statement
    }
    let bound = statement.bind(values)
    guard bound == SQLITE_OK else { throw failure(bound).storeError }
    while true {
      let code = statement.step()
      switch code {
      case SQLITE_ROW: try body(statement.row)
      case SQLITE_DONE: return Int(sqlite3_changes64(handle))
      default: throw failure(code).storeError
      }
    }
  }

  /// Runs a statement that takes and returns nothing, such as `COMMIT`. Returns what went wrong, by code.
  func attempt(_ sql: String) -> SQLiteFailure? {
    errno = 0
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    // A `COMMIT` that fails leaves `sqlite3_system_errno` as it was.
    return code == SQLITE_OK ? nil : failure(code, errno)
  }

  /// Runs a script of several statements, or one `PRAGMA`.
  func script(_ sql: String) throws(StoreError) {
    if let failure = attempt(sql) { throw failure.storeError }
  }

  /// Whether a transaction is open. Some failures (a full disk, an I/O error) end it without being asked to.
  var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

  /// Whether the operating system lets this file be read only; it is opened all the same.
  var isReadOnly: Bool { sqlite3_db_readonly(handle, "main") == 1 }

  /// Whether the file was renamed or deleted since it was opened: what is written now would be lost.
  var hasMoved: Bool {
    var moved: Int32 = 0
    return sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0
  }

  /// Whether what all processes share beside the file can be written; where it cannot, nothing may be tried.
  var canWriteIndex: Bool { postern_sqlite_index_is_writable(handle) != 0 }

  /// Marks in the shared index that this connection, and so every reader after it, reads up to the last commit. Whoever
  /// reads next finds the mark, and writes nothing: a file system that turns read-only does not stop them.
  func markLastCommit() { _ = attempt("SELECT 1 FROM sqlite_schema LIMIT 1") }

  private func prepare(_ sql: String) throws(StoreError) -> SQLiteStatement {
    var prepared: OpaquePointer?
    let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
    guard code == SQLITE_OK, let prepared else { throw failure(code).storeError }
    return SQLiteStatement(prepared)
  }

  private func failure(_ code: Int32, _ systemError: Int32 = 0) -> SQLiteFailure {
    SQLiteFailure(
      code: code, path: path, systemError: systemError == 0 ? sqlite3_system_errno(handle) : systemError,
      words: String(cString: sqlite3_errmsg(handle)))
  }
}
