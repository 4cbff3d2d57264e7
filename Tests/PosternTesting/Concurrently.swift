import Glibc
import Synchronization

/// Runs `body` on `count` threads of their own, lets all of them start together, and returns what each gave, in the
/// order of their numbers.
package func concurrently<Value: Sendable>(
  _ count: Int, _ body: @escaping @Sendable (Int) -> Value
) -> [Value] {
  let results = Results<Value>(count)
  let threads = (0..<count).map { number in
    var thread = pthread_t()
    let start = Start {
      results.awaitAll()
      let value = body(number)
      results.values.withLock { $0[number] = value }
    }
    let code = pthread_create(
      &thread, nil,
      { argument in
        Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue().body()
        return nil
      }, Unmanaged.passRetained(start).toOpaque())
    precondition(code == 0, "pthread_create gives \(code)")
    return thread
  }
  for thread in threads { pthread_join(thread, nil) }
  return results.values.withLock { values in (0..<count).map { values[$0]! } }
}

private final class Start: Sendable {
  let body: @Sendable () -> Void
  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

private final class Results<Value: Sendable>: Sendable {
  let values = Mutex<[Int: Value]>([:])
  private let missing: Atomic<Int>

  init(_ count: Int) { missing = Atomic(count) }

  func awaitAll() {
    missing.subtract(1, ordering: .acquiringAndReleasing)
    while missing.load(ordering: .acquiring) > 0 { sched_yield() }
  }
}
