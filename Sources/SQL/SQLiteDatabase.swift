import Glibc
package import Postern
import Synchronization

/// A SQLite file as `Database`: write-ahead log, each commit flushed to the disk (`synchronous=FULL`), one writer that
/// commits what waits together, several readers beside it. Other processes may use the same file at the same time.
package final class SQLiteDatabase: Database {
  private let path: String
  private let clock: any Clock
  private let busyTimeout: Duration
  private let writer: SQLiteWriter
  private let idleReaders = Mutex<[SQLiteConnection]>([])
  /// As many readers as may still be taken.
  private let freeReaders: Semaphore
  /// Its own connection never writes, so that every commit shows in its `data_version`.
  private let watcher: Mutex<SQLiteConnection>

  /// Opens the file at the absolute `path`, makes it (mode 0600) where there is none, and brings its tables up to date.
  ///
  /// - `clock`: the storage's time.
  /// - `busyTimeout`: for how long another process may keep the file locked before a call gives up.
  /// - `readers`: reads at once.
  ///
  /// Throws `unavailable` when the file cannot be opened, written or locked; `unusable` when it is damaged, no
  /// database, another program's, or of a newer schema. Whatever it throws, what was in the file is in it still.
  package convenience init(
    path: String, clock: any Clock, busyTimeout: Duration = .seconds(5), readers: Int = 4
  ) throws(StoreError) {
    try self.init(
      path: path, clock: clock, busyTimeout: busyTimeout, readers: readers, migrations: Migration.all)
  }

  init(
    path: String, clock: any Clock, busyTimeout: Duration = .seconds(5), readers: Int = 4, migrations: [Migration]
  ) throws(StoreError) {
    // "file:…", ":memory:" and "" would mean something else to SQLite.
    guard path.hasPrefix("/") else { throw .unusable("\(path) is no absolute path") }
    try SQLiteDatabase.makeFile(path)
    let connection = try SQLiteConnection(path: path, clock: clock, busyTimeout: busyTimeout)
    try connection.checkOrigin(knowing: migrations)
    try connection.useWriteAheadLog(within: busyTimeout)
    try connection.configure()
    try connection.migrate(migrations)
    let watcher = try SQLiteConnection(path: path, clock: clock, busyTimeout: busyTimeout)
    try watcher.configure(readOnly: true)
    self.path = path
    self.clock = clock
    self.busyTimeout = busyTimeout
    self.watcher = Mutex(watcher)
    freeReaders = Semaphore(readers)
    writer = try SQLiteWriter(connection)
  }

  deinit { writer.close() }

  package func write<Value: Sendable>(
    _ work: @escaping @Sendable (any Connection) throws(StoreError) -> Value
  ) throws(StoreError) -> Value {
    try writer.run(work)
  }

  package func read<Value>(
    _ work: (any Connection) throws(StoreError) -> Value
  ) throws(StoreError) -> Value {
    freeReaders.wait()
    defer { freeReaders.signal() }
    let idle = idleReaders.withLock { $0.popLast() }
    let connection = if let idle { idle } else { try openReader() }
    defer { idleReaders.withLock { $0.append(connection) } }
    // Another file in this one's place may say that somebody's session has ended.
    if connection.hasMoved { throw connection.moved }
    return try work(connection)
  }

  package func version() throws(StoreError) -> Int64 {
    try watcher.withLock { connection -> Result<Int64, StoreError> in
      if connection.hasMoved { return .failure(connection.moved) }
      do throws(StoreError) {
        return .success(try connection.row("PRAGMA data_version") { $0.integer(0) }!)
      } catch {
        return .failure(error)
      }
    }.get()
  }

  /// Finishes the writes that wait and takes no more; the last one to close the file folds its write-ahead log in.
  package func close() { writer.close() }

  /// Since the start: writes that wait now, that were run, and the transactions that they were committed in.
  package var load: (waiting: Int, written: Int, committed: Int) { writer.load }

  private func openReader() throws(StoreError) -> SQLiteConnection {
    let connection = try SQLiteConnection(path: path, clock: clock, busyTimeout: busyTimeout)
    try connection.configure(readOnly: true)
    return connection
  }

  /// An empty file that only its owner can read: it will hold password hashes. One that exists is not touched; opening
  /// it here would, on closing, drop the locks that SQLite has on it.
  private static func makeFile(_ path: String) throws(StoreError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor >= 0 {
      Glibc.close(descriptor)
    } else if errno != EEXIST {
      throw .unavailable(
        "\(path) cannot be made: \(String(cString: strerror(errno))). Its directory must exist, and the user that runs "
          + "this program needs permission to write to it.")
    }
  }
}
