import Synchronization

/// When failed logins are answered: at the next multiple of a step since the request came, so that the time does not
/// tell how long the hash took, and whether there was one.
///
/// The step is 250 ms. A hash of another program may take longer, and would then be answered a step later than an
/// address that nobody has; so the step is one that the slowest verification of the last day fits in, with room.
package final class FailureSchedule: Sendable {
  package static let least = Duration.milliseconds(250)
  /// Longer than any hash takes that is computed at all, on a machine that is not overloaded.
  package static let longest = Duration.seconds(4)
  /// What was slow is remembered for one to two of these.
  package static let day = Duration.seconds(24 * 3600)

  private struct Seen {
    var dayBegan = Duration.zero
    var today = FailureSchedule.least
    var yesterday = FailureSchedule.least

    var step: Duration { max(today, yesterday) }
  }

  /// Guard: held for as long as it takes to compare.
  private let seen = Mutex(Seen())

  package init() {}

  /// Takes notice of a verification that took so long once it had begun. `now` is monotonic time.
  package func record(_ took: Duration, at now: Duration) {
    let step = FailureSchedule.step(for: took)
    seen.withLock { seen in
      let passed = now - seen.dayBegan
      if passed > FailureSchedule.day {
        seen.yesterday = passed > FailureSchedule.day * 2 ? FailureSchedule.least : seen.today
        seen.today = FailureSchedule.least
        seen.dayBegan = now
      }
      seen.today = max(seen.today, step)
    }
  }

  /// When to answer a request that came at `arrival` and has failed now; both, and the result, are monotonic time.
  package func answer(to arrival: Duration, at now: Duration) -> Duration {
    let step = seen.withLock { $0.step }
    return arrival + step * Int(((now - arrival) / step).rounded(.up))
  }

  /// Half as long again as the verification, so that no fluctuation reaches the next multiple.
  private static func step(for took: Duration) -> Duration {
    min(least * max(1, Int((took * 1.5 / least).rounded(.up))), longest)
  }
}
