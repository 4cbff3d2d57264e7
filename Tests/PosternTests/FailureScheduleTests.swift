import Postern
import Testing

@Suite struct FailureScheduleTests {
  let schedule = FailureSchedule()

  private func answer(after spent: Int, at second: Int = 1_000) -> Duration {
    let arrival = Duration.seconds(second)
    return schedule.answer(to: arrival, at: arrival + .milliseconds(spent)) - arrival
  }

  private func record(_ milliseconds: Int, at second: Int = 1_000) {
    schedule.record(.milliseconds(milliseconds), at: .seconds(second))
  }

  @Test func quickHashesAreAnsweredAtMultiplesOf250Milliseconds() {
    record(30)
    record(166)
    for (spent, expected) in [(1, 250), (4, 250), (250, 250), (251, 500), (700, 750)] {
      #expect(answer(after: spent) == .milliseconds(expected), "\(spent) ms")
    }
  }

  /// An address that nobody has takes 30 ms, that of a slow hash 400 ms: both are answered at the same time.
  @Test func theSlowestHashSetsTheStepForAll() {
    record(400)
    record(30)
    for spent in [1, 30, 400, 600, 750] { #expect(answer(after: spent) == .milliseconds(750), "\(spent) ms") }
    #expect(answer(after: 751) == .milliseconds(1_500))
  }

  @Test func theStepIsBounded() {
    record(3_600_000)
    #expect(answer(after: 30) == FailureSchedule.longest)
  }

  @Test func whatWasSlowIsForgottenAfterADayOrTwo() {
    let day = 24 * 3_600
    record(400, at: 10 * day)
    record(30, at: 11 * day + 60)
    #expect(answer(after: 30) == .milliseconds(750))
    record(900, at: 11 * day + 120)
    record(30, at: 12 * day + 180)
    #expect(answer(after: 30) == .milliseconds(1_500), "the step of the day that has ended")
    record(30, at: 13 * day + 240)
    #expect(answer(after: 30) == .milliseconds(250))
    record(900, at: 14 * day)
    record(30, at: 20 * day)
    #expect(answer(after: 30) == .milliseconds(250))
  }
}
