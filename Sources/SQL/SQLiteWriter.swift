import CSQLite
import Glibc
import Postern
import Synchronization

/// The one thread that writes, and its group commit: whatever waits together is committed together, with one flush to
/// the disk, and nobody gets an answer before that. Each piece runs in a savepoint of its own, so that one which throws
/// takes nothing with it but itself.
final class SQLiteWriter: Sendable {
  /// Most pieces in one transaction; more would keep the first one waiting.
  static let groupLimit = 256

  private let connection: SQLiteConnection
  private let queue = Mutex(Queue())
  /// Signalled when the queue stops being empty, and when it is closed.
  private let arrivals = Semaphore()
  private let thread = Mutex<pthread_t?>(nil)
  private let written = Atomic<Int>(0)
  private let committed = Atomic<Int>(0)
  /// The last attempt to begin has waited in vain for another process.
  private let isLocked = Atomic<Bool>(false)

  private struct Queue {
    var pieces: [Piece] = []
    var isClosed = false
  }

  /// Starts the thread. The connection is the writer's from now on.
  init(_ connection: SQLiteConnection) throws(StoreError) {
    self.connection = connection
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { argument in
        Unmanaged<SQLiteWriter>.fromOpaque(argument!).takeRetainedValue().serve()
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
    guard code == 0 else {
      Unmanaged.passUnretained(self).release()
      throw .unavailable("The thread that writes \(connection.path) cannot be started: pthread_create gives \(code).")
    }
    let started = thread
    self.thread.withLock { $0 = started }
  }

  /// How many pieces wait, were run, and how many transactions they were committed in.
  var load: (waiting: Int, written: Int, committed: Int) {
    (queue.withLock { $0.pieces.count }, written.load(ordering: .relaxed), committed.load(ordering: .relaxed))
  }

  /// Waits until `work` has been run and committed, or has failed. While another process keeps the file locked for
  /// longer than the time-out, one caller at a time waits for it, and the others have their refusal at once: their
  /// threads are needed elsewhere.
  func run<Value: Sendable>(
    _ work: @escaping @Sendable (any Connection) throws(StoreError) -> Value
  ) throws(StoreError) -> Value {
    let box = Box<Value>()
    let piece = Piece { connection throws(StoreError) in
      let value = try work(connection)
      box.value.withLock { $0 = value }
    }
    let isFirst = try queue.withLock { queue throws(StoreError) in
      if queue.isClosed { throw .unavailable("\(connection.path) has been closed: the program is stopping.") }
      if !queue.pieces.isEmpty, isLocked.load(ordering: .relaxed) { throw locked.storeError }
      queue.pieces.append(piece)
      return queue.pieces.count == 1
    }
    if isFirst { arrivals.signal() }
    if let failure = piece.wait() { throw failure }
    return box.value.withLock { $0! }
  }

  /// Finishes what waits, takes nothing more, and returns when the thread has ended.
  func close() {
    queue.withLock { $0.isClosed = true }
    arrivals.signal()
    if let running = thread.withLock({ $0.take() }) { pthread_join(running, nil) }
  }

  private func serve() {
    while true {
      arrivals.wait()
      while queue.withLock({ !$0.pieces.isEmpty }) { commitGroup() }
      if queue.withLock({ $0.isClosed && $0.pieces.isEmpty }) { return }
    }
  }

  private func commitGroup() {
    // The lock first, then the queue: whoever arrives while another process holds the lock joins this group, and waits
    // no longer than the first of it.
    let refusal = begin()
    let group = queue.withLock { queue in
      let group = Array(queue.pieces.prefix(SQLiteWriter.groupLimit))
      queue.pieces.removeFirst(group.count)
      return group
    }
    let lost = refusal ?? run(group) ?? commit()
    for piece in group { piece.finish(lost) }
  }

  /// Opens the transaction. Returns why it cannot be.
  private func begin() -> StoreError? {
    if connection.hasMoved { return connection.moved }
    guard connection.canWriteIndex else {
      return SQLiteFailure(code: SQLITE_READONLY, path: connection.path).storeError
    }
    let failure = connection.attempt("BEGIN IMMEDIATE")
    isLocked.store(failure?.primaryCode == SQLITE_BUSY, ordering: .relaxed)
    return failure?.storeError
  }

  private var locked: SQLiteFailure { SQLiteFailure(code: SQLITE_BUSY, path: connection.path) }

  /// Runs each piece in its savepoint. Returns why the whole transaction is lost, if it is.
  private func run(_ group: [Piece]) -> StoreError? {
    for piece in group {
      if let failure = connection.attempt("SAVEPOINT piece") { return rollBack(failure.storeError) }
      let failure = piece.run(connection)
      if let failure, !connection.isInTransaction { return failure }
      let ending = failure == nil ? "RELEASE piece" : "ROLLBACK TO piece; RELEASE piece"
      if let failure = connection.attempt(ending) { return rollBack(failure.storeError) }
      written.add(1, ordering: .relaxed)
    }
    return nil
  }

  private func commit() -> StoreError? {
    if let failure = connection.attempt("COMMIT") { return rollBack(failure.commitError) }
    committed.add(1, ordering: .relaxed)
    connection.markLastCommit()
    return nil
  }

  private func rollBack(_ cause: StoreError) -> StoreError {
    if connection.isInTransaction { _ = connection.attempt("ROLLBACK") }
    return cause
  }
}

/// What one caller wants written, and what became of it.
private final class Piece: Sendable {
  typealias Work = @Sendable (any Connection) throws(StoreError) -> Void

  /// Let go before the caller goes on: what it holds must not be freed on the writer's thread, least of all the
  /// database.
  private let work: Mutex<Work?>
  private let failure = Mutex<StoreError?>(nil)
  private let done = Semaphore()

  init(_ work: @escaping Work) { self.work = Mutex(work) }

  /// Runs the work; returns, and keeps, what it throws.
  func run(_ connection: any Connection) -> StoreError? {
    let work = work.withLock { $0.take()! }
    do throws(StoreError) {
      try work(connection)
      return nil
    } catch {
      failure.withLock { $0 = error }
      return error
    }
  }

  /// Lets the caller go on. `lost`: nothing of the group was committed, or nobody knows.
  func finish(_ lost: StoreError?) {
    if let lost { failure.withLock { $0 = lost } }
    work.withLock { $0 = nil }
    done.signal()
  }

  func wait() -> StoreError? {
    done.wait()
    return failure.withLock { $0 }
  }
}

private final class Box<Value: Sendable>: Sendable {
  let value = Mutex<Value?>(nil)
}
