import CSQLite
import Glibc
import Postern

/// What SQLite refused, told by its result code (https://www.sqlite.org/rescode.html), never by its words.
struct SQLiteFailure: Error {
  /// The extended result code.
  let code: Int32
  let path: String
  /// `errno` of the system call that failed, 0 where none did.
  var systemError: Int32 = 0
  /// SQLite's own words, for people; they hold names of tables and columns, never values.
  var words = ""

  var primaryCode: Int32 { code & 0xFF }

  /// `SQLITE_IOERR_WRITE`, which Swift does not import.
  private static let writeFailed = SQLITE_IOERR | 3 << 8

  /// What to tell whoever called, and what whoever runs the server can do about it.
  var storeError: StoreError {
    if primaryCode == SQLITE_IOERR, systemError == ENOSPC || systemError == EDQUOT { return isFull }
    if primaryCode == SQLITE_IOERR, [EPERM, EACCES, EROFS].contains(systemError) { return isReadOnly }
    return switch primaryCode {
    case SQLITE_BUSY, SQLITE_LOCKED:
      .unavailable(
        "\(path) has been locked by another program for too long. Find out which one holds it (fuser -v \(path)).")
    case SQLITE_FULL: isFull
    case SQLITE_READONLY: isReadOnly
    case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH:
      .unavailable(
        "\(path) cannot be opened\(reason). Its directory must exist, and the user that runs this program needs "
          + "permission to read and write both.")
    case SQLITE_CORRUPT:
      .unusable(
        "\(path) is damaged (code \(code)). Stop the program, keep a copy of the file with its -wal file, and put a "
          + "backup in its place, or rescue what can be read with: sqlite3 FILE .recover")
    case SQLITE_NOTADB:
      .unusable(
        "\(path) is not a SQLite database. It was left as it is; name another file, or put a backup in its place.")
    case SQLITE_NOMEM: .unavailable("There is not enough memory to work on \(path).")
    case SQLITE_IOERR, SQLITE_PROTOCOL, SQLITE_NOLFS, SQLITE_INTERRUPT:
      .unavailable("Reading or writing \(path) failed\(reason) (code \(code)). Look at the disk and its file system.")
    default: .unusable("\(path) refused a statement, code \(code): \(words). Its tables may have been changed by hand.")
    }
  }

  /// As `storeError`, for a commit: whether it was kept is known for some codes only.
  var commitError: StoreError {
    switch primaryCode {
    // The last frame was not written whole, or nothing was tried: the transaction is not in the file.
    case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_FULL, SQLITE_READONLY, SQLITE_CONSTRAINT: storeError
    case SQLITE_IOERR where code == SQLiteFailure.writeFailed: storeError
    default:
      .unconfirmed(
        "The last changes to \(path) could not be confirmed\(reason) (code \(code)). It is not known whether they "
          + "were kept. Look at the disk and its file system.")
    }
  }

  private var isFull: StoreError {
    .unavailable(
      "The file system of \(path) is full. Nothing was written. Make room; a server that runs goes on by itself.")
  }

  private var isReadOnly: StoreError {
    .unavailable(
      "\(path) cannot be written. The user that runs this program needs write permission for the file and for its "
        + "directory, on a file system that is not mounted read-only.")
  }

  private var reason: String { systemError == 0 ? "" : ": " + String(cString: strerror(systemError)) }
}
