import CSQLite
import Postern

/// A prepared statement, with the places of its parameters: SQLite takes `$2` for a name and gives it the place at
/// which it first occurs.
final class SQLiteStatement {
  private let handle: OpaquePointer
  /// For each place, from 1, the number of the parameter that goes there.
  private let numbers: [Int]

  /// Takes the prepared handle over.
  init(_ handle: OpaquePointer) {
    self.handle = handle
    numbers = (0..<sqlite3_bind_parameter_count(handle)).map { place in
      Int(String(cString: sqlite3_bind_parameter_name(handle, place + 1)).dropFirst())!
    }
  }

  deinit { sqlite3_finalize(handle) }

  /// Binds copies of the values. Returns a result code.
  func bind(_ values: [Value]) -> Int32 {
    for (index, number) in numbers.enumerated() {
      let code = bind(values[number - 1], at: Int32(index + 1))
      guard code == SQLITE_OK else { return code }
    }
    return SQLITE_OK
  }

  private func bind(_ value: Value, at place: Int32) -> Int32 {
    switch value {
    case .null: return sqlite3_bind_null(handle, place)
    case .integer(let integer): return sqlite3_bind_int64(handle, place, integer)
    case .boolean(let boolean): return sqlite3_bind_int64(handle, place, boolean ? 1 : 0)
    case .text(var text):
      return text.withUTF8 { utf8 in
        // An empty buffer may have no address, and SQLite reads that as NULL.
        guard let start = utf8.baseAddress else { return sqlite3_bind_text(handle, place, "", 0, nil) }
        return start.withMemoryRebound(to: CChar.self, capacity: utf8.count) {
          sqlite3_bind_text64(
            handle, place, $0, UInt64(utf8.count), postern_sqlite_transient(), UInt8(SQLITE_UTF8))
        }
      }
    case .bytes(let bytes):
      if bytes.isEmpty { return sqlite3_bind_zeroblob(handle, place, 0) }
      return bytes.withUnsafeBytes {
        sqlite3_bind_blob64(handle, place, $0.baseAddress, UInt64($0.count), postern_sqlite_transient())
      }
    }
  }

  /// `SQLITE_ROW`, `SQLITE_DONE` or what went wrong.
  func step() -> Int32 { sqlite3_step(handle) }

  /// Lets go of locks and of what was bound: passwords' hashes need not stay in memory.
  func reset() {
    sqlite3_reset(handle)
    sqlite3_clear_bindings(handle)
  }

  var row: any Row { SQLiteRow(handle: handle) }
}

private struct SQLiteRow: Row {
  let handle: OpaquePointer

  func isNull(_ column: Int) -> Bool { sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL }
  func integer(_ column: Int) -> Int64 { sqlite3_column_int64(handle, Int32(column)) }
  func boolean(_ column: Int) -> Bool { integer(column) != 0 }

  /// By length, not to the first NUL.
  func text(_ column: Int) -> String {
    guard let start = sqlite3_column_text(handle, Int32(column)) else { return "" }
    let count = Int(sqlite3_column_bytes(handle, Int32(column)))
    return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  func bytes(_ column: Int) -> [UInt8] {
    guard let start = sqlite3_column_blob(handle, Int32(column)) else { return [] }
    return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, Int32(column)))))
  }
}
