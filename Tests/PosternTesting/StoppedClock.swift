package import Postern
import Synchronization

/// A clock that stands still until a test moves it; both of its times move together.
package final class StoppedClock: Clock {
  private let times: Mutex<(now: Instant, monotonic: Duration)>

  /// Stands at 2026-01-01T00:00:00Z unless told otherwise.
  package init(at instant: Instant = Instant(seconds: 1_767_225_600)) {
    times = Mutex((instant, .seconds(1_000)))
  }

  package func now() -> Instant { times.withLock { $0.now } }
  package func monotonic() -> Duration { times.withLock { $0.monotonic } }

  package func advance(by duration: Duration) {
    times.withLock { times in
      times.now = times.now + duration
      times.monotonic += duration
    }
  }

  /// Sets the wall clock, in either direction; the monotonic one stays where it is.
  package func step(to instant: Instant) { times.withLock { $0.now = instant } }
}
