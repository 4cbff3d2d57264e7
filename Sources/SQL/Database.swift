package import Postern

/// A relational database, in the SQL that all drivers share: parameters `$1`, `$2`, …, `RETURNING`, `ON CONFLICT`.
///
/// A conflict that can happen is told by `ON CONFLICT … DO NOTHING RETURNING`, which returns no row; a constraint that
/// is violated all the same is a fault of the program and comes as `unusable`.
package protocol Database: Sendable {
  /// Runs `work` in a transaction, and returns when that is committed and would survive a loss of power. When `work`
  /// throws, nothing of it is kept.
  ///
  /// `work` may share its transaction with others that came at the same time; it must have no effect but on the
  /// connection, and must not call the database itself. Throws `unavailable` when the storage fails, and `unconfirmed`
  /// when nobody knows whether the work was kept.
  func write<Value: Sendable>(
    _ work: @escaping @Sendable (any Connection) throws(StoreError) -> Value
  ) throws(StoreError) -> Value

  /// Runs `work` on a connection that changes nothing. Each statement sees what had been committed when it began.
  func read<Value>(_ work: (any Connection) throws(StoreError) -> Value) throws(StoreError) -> Value

  /// A number that is another one whenever something, by anybody, has been committed since it was last asked. Costs
  /// microseconds.
  func version() throws(StoreError) -> Int64
}

extension Database {
  /// Runs `work` in one transaction after another, until it changes fewer rows than the limit that it is given: no
  /// other write waits behind the whole of a large one.
  func writeInSteps(
    _ work: @escaping @Sendable (any Connection, _ limit: Int) throws(StoreError) -> Int
  ) throws(StoreError) {
    let limit = 5_000
    while true {
      let changed = try write { connection throws(StoreError) in try work(connection, limit) }
      if changed < limit { return }
    }
  }
}

/// What statements are run on, by one thread at a time. Statements are prepared once per connection.
package protocol Connection {
  /// Runs one statement to its end; each row goes through `body`, and is gone when that returns. Returns how many rows
  /// were changed, where the statement changes any.
  @discardableResult
  func run(
    _ sql: String, _ values: [Value], _ body: (any Row) throws(StoreError) -> Void
  ) throws(StoreError) -> Int

  /// The storage's own time: all that share it measure with this one.
  func now() throws(StoreError) -> Instant

  /// The latest that `now` has ever been on this connection: later than `now` where the clock has been set back.
  func latest() throws(StoreError) -> Instant
}

extension Connection {
  /// Runs one statement. Returns how many rows it changed.
  @discardableResult
  func execute(_ sql: String, _ values: (any Storable)?...) throws(StoreError) -> Int {
    try run(sql, values.map(Value.init)) { _ in }
  }

  /// The rows that the statement returns, in their order.
  func rows<Element>(
    _ sql: String, _ values: (any Storable)?..., as element: (any Row) -> Element
  ) throws(StoreError) -> [Element] {
    var elements: [Element] = []
    try run(sql, values.map(Value.init)) { elements.append(element($0)) }
    return elements
  }

  /// The first row, `nil` where there is none.
  func row<Element>(
    _ sql: String, _ values: (any Storable)?..., as element: (any Row) -> Element
  ) throws(StoreError) -> Element? {
    var first: Element?
    try run(sql, values.map(Value.init)) { row in
      if first == nil { first = element(row) }
    }
    return first
  }
}

/// One row of an answer, valid while it is being handed over. Columns count from 0. What a column holds is fixed by the
/// schema: asking for another kind than that gives 0, or nothing.
package protocol Row {
  func isNull(_ column: Int) -> Bool
  func integer(_ column: Int) -> Int64
  func boolean(_ column: Int) -> Bool
  func text(_ column: Int) -> String
  func bytes(_ column: Int) -> [UInt8]
}

extension Row {
  func optionalText(_ column: Int) -> String? { isNull(column) ? nil : text(column) }
  func instant(_ column: Int) -> Instant { Instant(microseconds: integer(column)) }
  func optionalInstant(_ column: Int) -> Instant? { isNull(column) ? nil : instant(column) }
  /// Sixty-four bits that were stored as a signed number.
  func word(_ column: Int) -> UInt64 { UInt64(bitPattern: integer(column)) }
}
