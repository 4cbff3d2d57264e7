import Synchronization

/// When failed logins are answered: at the next multiple of a step since the request came, so that the time does not
/// tell how long the hash took, and whether there was one.
///
/// The step is 250 ms where all hashes are alike: an address that nobody has then takes as long as any other. Hashes of
/// other programs may take longer, or be much quicker than ours; where there are any, the step is one that the slowest
/// verification of the last hour fits in, with room.
package final class FailureSchedule: Sendable {
  package static let least = Duration.milliseconds(250)
  /// Longer than any hash takes that is computed at all, on a machine that is not overloaded.
  package static let longest = Duration.seconds(4)
  /// What was seen is remembered for one to two of these.
  package static let period = Duration.seconds(3_600)

  private struct Seen {
    /// The step for the slowest verification.
    var step = FailureSchedule.least
    /// Whether any was not of the kind that is made now.
    var hasForeign = false
  }

  private struct Periods {
    var began = Duration.zero
    var present = Seen()
    var former = Seen()

    var step: Duration {
      present.hasForeign || former.hasForeign ? max(present.step, former.step) : FailureSchedule.least
    }
  }

  /// Guard: held for as long as it takes to compare.
  private let periods = Mutex(Periods())

  package init() {}

  /// Takes notice of a verification that took so long once it had begun. `now` is monotonic time.
  ///
  /// - Parameter isForeign: that the hash is not like those that are made now, and for an address that nobody has.
  package func record(_ took: Duration, isForeign: Bool, at now: Duration) {
    let step = FailureSchedule.step(for: took)
    periods.withLock { periods in
      let passed = now - periods.began
      if passed > FailureSchedule.period {
        periods.former = passed > FailureSchedule.period * 2 ? Seen() : periods.present
        periods.present = Seen()
        periods.began = now
      }
      periods.present.step = max(periods.present.step, step)
      if isForeign { periods.present.hasForeign = true }
    }
  }

  /// When to answer a request that came at `arrival` and has failed now; both, and the result, are monotonic time.
  package func answer(to arrival: Duration, at now: Duration) -> Duration {
    let step = periods.withLock { $0.step }
    return arrival + step * Int(((now - arrival) / step).rounded(.up))
  }

  /// Half as long again as the verification, so that no fluctuation reaches the next multiple.
  private static func step(for took: Duration) -> Duration {
    min(least * max(1, Int((took * 1.5 / least).rounded(.up))), longest)
  }
}
