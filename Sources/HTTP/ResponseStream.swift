import Synchronization

/// A body that is written piece by piece, from any thread, while its connection is parked on a reactor.
///
/// Guard: the mutex holds everything. The writer is told when the reader has gone or lags too far behind.
package final class ResponseStream: Sendable {
  private struct State {
    var waiting: [UInt8] = []
    var isFinished = false
    var isClosed = false
    var wake: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())
  private let limit: Int

  /// - Parameter limit: bytes that may wait for a slow reader before the stream is closed on it.
  package init(limit: Int = 65_536) { self.limit = limit }

  /// Queues bytes for the peer. False, and nothing is queued, when the peer has gone or reads too slowly.
  package func send(_ bytes: some Collection<UInt8>) -> Bool {
    let (accepted, wake) = state.withLock { state -> (Bool, (@Sendable () -> Void)?) in
      guard !state.isClosed, !state.isFinished else { return (false, nil) }
      guard state.waiting.count + bytes.count <= limit else {
        state.isClosed = true
        return (false, state.wake)
      }
      state.waiting.append(contentsOf: bytes)
      return (true, state.wake)
    }
    wake?()
    return accepted
  }

  /// Ends the body in good order, after what is queued.
  package func finish() {
    let wake = state.withLock { state in
      state.isFinished = true
      return state.wake
    }
    wake?()
  }

  /// The reactor's side: `wake` is called, on any thread, whenever there is something to take.
  package func attach(wake: @escaping @Sendable () -> Void) {
    state.withLock { $0.wake = wake }
    wake()
  }

  /// The reactor's side: what has come since, and whether that was all.
  package func take() -> (bytes: [UInt8], isLast: Bool, isClosed: Bool) {
    state.withLock { state in
      defer { state.waiting = [] }
      return (state.waiting, state.isFinished, state.isClosed)
    }
  }

  /// The reactor's side: the peer has gone; every later `send` says so.
  package func close() {
    state.withLock { state in
      state.isClosed = true
      state.wake = nil
    }
  }
}
