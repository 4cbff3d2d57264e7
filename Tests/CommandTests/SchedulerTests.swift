import Glibc
import Postern
import PosternTesting
import Synchronization
import Testing

@testable import Command

@Suite struct SchedulerTests {
  /// Waits for something that another thread does; gives up after ten seconds.
  private func eventually(_ condition: () -> Bool) -> Bool {
    for _ in 0..<10_000 where !condition() { usleep(1_000) }
    return condition()
  }

  @Test func jobsComeUpAgainAndEndWithTheStop() throws {
    let turns = Counter()
    let scheduler = try Scheduler(
      [Scheduler.Job(name: "count", interval: .milliseconds(1), work: { turns.add() })], clock: SystemClock(),
      log: SilentLog())
    try scheduler.start()
    #expect(eventually { turns.value >= 5 })
    scheduler.stop()
    let after = turns.value
    usleep(20_000)
    #expect(turns.value == after)
  }

  @Test func jobThatThrowsComesUpAgainAndHoldsUpNoOther() throws {
    struct Trouble: Error {}
    let (failing, sound) = (Counter(), Counter())
    let scheduler = try Scheduler(
      [
        Scheduler.Job(
          name: "fails", interval: .milliseconds(1),
          work: {
            failing.add()
            throw Trouble()
          }),
        Scheduler.Job(name: "works", interval: .milliseconds(1), work: { sound.add() }),
      ], clock: SystemClock(), log: SilentLog())
    try scheduler.start()
    #expect(eventually { failing.value >= 3 && sound.value >= 3 })
    scheduler.stop()
  }

  @Test func failureIsLoggedOnceAndSoIsItsEnd() throws {
    struct Trouble: Error {}
    let (turns, log) = (Counter(), RecordingLog())
    let job = Scheduler.Job(
      name: "now and then", interval: .milliseconds(1),
      work: {
        turns.add()
        if turns.value <= 5 { throw Trouble() }
      })
    let scheduler = try Scheduler([job], clock: SystemClock(), log: log)
    try scheduler.start()
    #expect(eventually { turns.value >= 8 })
    scheduler.stop()
    #expect(log.lines.map(\.event) == ["job failed", "job works again"])
  }

  @Test func stopDoesNotWaitForAnInterval() throws {
    let scheduler = try Scheduler(
      [Scheduler.Job(name: "rare", interval: .seconds(3600), work: {})], clock: SystemClock(), log: SilentLog())
    try scheduler.start()
    let begun = SystemClock().monotonic()
    scheduler.stop()
    #expect(SystemClock().monotonic() - begun < .seconds(60))
  }
}

private final class Counter: Sendable {
  private let count = Atomic<Int>(0)
  var value: Int { count.load(ordering: .relaxed) }
  func add() { count.add(1, ordering: .relaxed) }
}

private struct SilentLog: Log {
  func write(_ level: LogLevel, _ event: String, _ fields: KeyValuePairs<String, String>) {}
}
