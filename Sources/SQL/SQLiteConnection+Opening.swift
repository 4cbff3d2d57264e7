import CSQLite
import Glibc
import Postern

extension SQLiteConnection {
  /// "PSTN": marks the file as ours (https://www.sqlite.org/pragma.html#pragma_application_id).
  static let applicationID: Int64 = 0x5053_544E

  /// Reads, before anything is written, whether the file is one that this program may use.
  func checkOrigin(knowing migrations: [Migration]) throws(StoreError) {
    if isReadOnly { throw SQLiteFailure(code: SQLITE_READONLY, path: path).storeError }
    let isEmpty = try row("SELECT count(*) FROM sqlite_schema") { $0.integer(0) } == 0
    let application = try row("PRAGMA application_id") { $0.integer(0) }
    guard isEmpty || application == SQLiteConnection.applicationID else {
      throw .unusable("\(path) is the database of another program. It was left as it is; name another file.")
    }
    let version = try schemaVersion()
    let known = migrations.last?.number ?? 0
    guard version <= known else {
      throw .unusable(
        "\(path) was written by a newer version of this program (schema \(version), this one knows \(known)). Nothing "
          + "was changed; start the newer version.")
    }
  }

  /// Switches the file over, once in its life. While another process does so, or still has it open the old way, SQLite
  /// gives up at once in some places: so it is tried again until the time is over.
  func useWriteAheadLog(within timeout: Duration) throws(StoreError) {
    let deadline = ContinuousClock.now + timeout
    while let failure = attempt("PRAGMA journal_mode = WAL") {
      guard failure.primaryCode == SQLITE_BUSY, ContinuousClock.now < deadline else { throw failure.storeError }
      usleep(5_000)
    }
    guard try row("PRAGMA journal_mode", as: { $0.text(0) }) == "wal" else {
      throw .unavailable(
        "\(path) cannot have a write-ahead log. It must be on a local file system, not on a network's.")
    }
  }

  /// How every connection works. Erased rows are overwritten in the file; temporary data never goes to a file.
  func configure(readOnly: Bool = false) throws(StoreError) {
    try script(
      """
      PRAGMA synchronous = FULL;
      PRAGMA foreign_keys = ON;
      PRAGMA secure_delete = ON;
      PRAGMA cell_size_check = ON;
      PRAGMA temp_store = MEMORY;
      PRAGMA journal_size_limit = 16777216;
      PRAGMA query_only = \(readOnly ? "ON" : "OFF");
      """)
  }

  /// Why nothing is read or written any more once `hasMoved`.
  var moved: StoreError {
    .unusable(
      "\(path) was renamed, replaced or deleted while it was in use; it is neither read nor written any more. Restart the program "
        + "when the right file is in its place.")
  }
}
