import CLinux
import Glibc
import Postern

/// The machine's clocks.
struct SystemClock: Postern.Clock {
  /// `CLOCK_REALTIME`, which the administrator or NTP may step.
  func now() -> Instant {
    let time = SystemClock.time(CLOCK_REALTIME)
    return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
  }

  /// `CLOCK_MONOTONIC`, which stands still while the machine sleeps.
  func monotonic() -> Duration {
    let time = SystemClock.time(CLOCK_MONOTONIC)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  private static func time(_ clock: clockid_t) -> timespec {
    var time = timespec()
    // Neither clock can fail on Linux: clock_gettime(2) knows EINVAL for unknown clocks only.
    clock_gettime(clock, &time)
    return time
  }
}
