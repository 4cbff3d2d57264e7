import Synchronization

/// When failed logins are answered: at the next multiple of a step since the request came, so that the time does not
/// tell how long the hash took, and whether there was one.
///
/// The step is 250 ms. A hash of another program may take longer, and would then be answered a step later than an
/// address that nobody has; so the step grows until the slowest verification of the last day fits in with room. What
/// one process has seen counts in that process.
package final class FailureSchedule: Sendable {
  package static let least = Duration.milliseconds(250)
  /// Longer than any hash takes that is computed at all, on a machine that is not overloaded.
  package static let longest = Duration.seconds(4)
  /// How long a step is kept that nothing needs any more.
  package static let memory = Duration.seconds(24 * 3600)

  private struct Step {
    var length = FailureSchedule.least
    /// When a verification last needed it.
    var needed = Duration.zero
  }

  /// Guard: held for as long as it takes to compare.
  private let step = Mutex(Step())

  package init() {}

  /// Takes notice of a verification that took so long, without waiting for its turn. `now` is monotonic time.
  package func record(_ took: Duration, at now: Duration) {
    let length = FailureSchedule.step(for: took)
    step.withLock { step in
      guard length >= step.length || now - step.needed > FailureSchedule.memory else { return }
      step.length = length
      step.needed = now
    }
  }

  /// When to answer a request that came at `arrival` and has failed now; both, and the result, are monotonic time.
  package func answer(to arrival: Duration, at now: Duration) -> Duration {
    let length = step.withLock { $0.length }
    return arrival + length * max(1, Int(((now - arrival) / length).rounded(.up)))
  }

  /// Half as long again as the verification, so that no fluctuation reaches the next multiple.
  private static func step(for took: Duration) -> Duration {
    let multiple = max(1, Int((took * 1.5 / least).rounded(.up)))
    return min(least * multiple, longest)
  }
}
