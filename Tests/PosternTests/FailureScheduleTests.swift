import Postern
import Testing

@Suite struct FailureScheduleTests {
  let schedule = FailureSchedule()

  private func answer(after spent: Int, at second: Int = 1_000) -> Duration {
    let arrival = Duration.seconds(second)
    return schedule.answer(to: arrival, at: arrival + .milliseconds(spent)) - arrival
  }

  private func record(_ milliseconds: Int, isForeign: Bool = false, at second: Int = 1_000) {
    schedule.record(.milliseconds(milliseconds), isForeign: isForeign, at: .seconds(second))
  }

  @Test func quickHashesAreAnsweredAtMultiplesOf250Milliseconds() {
    record(30)
    record(166, isForeign: true)
    for (spent, expected) in [(1, 250), (4, 250), (250, 250), (251, 500), (700, 750)] {
      #expect(answer(after: spent) == .milliseconds(expected), "\(spent) ms")
    }
  }

  /// An address that nobody has takes 30 ms, that of a slow hash 400 ms: both are answered at the same time.
  @Test func theSlowestHashSetsTheStepForAll() {
    record(400, isForeign: true)
    record(30)
    for spent in [1, 30, 400, 600, 750] { #expect(answer(after: spent) == .milliseconds(750), "\(spent) ms") }
    #expect(answer(after: 751) == .milliseconds(1_500))
  }

  /// The other way round: an address that nobody has takes 400 ms, that of a quick hash 3 ms.
  @Test func ourOwnSetTheStepWhereOthersAreQuicker() {
    record(400)
    #expect(answer(after: 30) == .milliseconds(250), "all take as long")
    record(3, isForeign: true)
    for spent in [3, 400] { #expect(answer(after: spent) == .milliseconds(750), "\(spent) ms") }
  }

  @Test func theStepIsBounded() {
    record(3_600_000, isForeign: true)
    #expect(answer(after: 30) == FailureSchedule.longest)
  }

  @Test func whatWasSlowIsForgottenAfterAnHourOrTwo() {
    let hour = 3_600
    record(400, isForeign: true, at: 10 * hour)
    record(30, at: 11 * hour + 60)
    #expect(answer(after: 30) == .milliseconds(750))
    record(900, isForeign: true, at: 11 * hour + 120)
    record(30, at: 12 * hour + 180)
    #expect(answer(after: 30) == .milliseconds(1_500), "the step of the hour that has ended")
    record(30, at: 13 * hour + 240)
    #expect(answer(after: 30) == .milliseconds(250))
    record(900, isForeign: true, at: 14 * hour)
    record(30, at: 20 * hour)
    #expect(answer(after: 30) == .milliseconds(250))
  }
}
