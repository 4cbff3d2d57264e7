import CLinux
import Glibc
import Postern
import Synchronization

/// Runs named jobs again and again on one thread of its own: reading revocations, forgetting what is over.
///
/// A job that takes long delays the others and is not started twice; one that throws comes up again. That it does is
/// logged once, and once a minute for as long; and that it works again. All of them end in `stop`, the running one
/// after its turn.
final class Scheduler: Sendable {
  struct Job: Sendable {
    let name: String
    let interval: Duration
    let work: @Sendable () throws -> Void
  }

  private let wake: Int32
  private let jobs: [Job]
  private let clock: any Postern.Clock
  private let log: any Log
  private let isStopping = Atomic<Bool>(false)
  private let thread = Mutex<pthread_t?>(nil)

  init(_ jobs: [Job], clock: any Postern.Clock, log: any Log) throws(SystemFailure) {
    self.jobs = jobs
    self.clock = clock
    self.log = log
    wake = try retrying("eventfd") { eventfd(0, Int32(EFD_CLOEXEC)) }
  }

  deinit { close(wake) }

  /// Starts the thread; every job has its first turn one interval from now.
  func start() throws(SystemFailure) {
    var started = pthread_t()
    let code = pthread_create(
      &started, nil,
      { context in
        Unmanaged<Scheduler>.fromOpaque(context!).takeRetainedValue().run()
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
    if code != 0 { throw SystemFailure("pthread_create", code: code) }
    let running = started
    thread.withLock { $0 = running }
  }

  /// Ends the thread and waits for it.
  func stop() {
    isStopping.store(true, ordering: .releasing)
    var one: UInt64 = 1
    write(wake, &one, 8)
    if let running = thread.withLock({ $0.take() }) { pthread_join(running, nil) }
  }

  private func run() {
    postern_name_thread("scheduler")
    var due = jobs.map { clock.monotonic() + $0.interval }
    var complaints = [Complaint?](repeating: nil, count: jobs.count)
    while !isStopping.load(ordering: .acquiring), let next = due.min() {
      sleep(until: next)
      for (index, job) in jobs.enumerated() where due[index] <= clock.monotonic() {
        if isStopping.load(ordering: .acquiring) { return }
        do {
          try job.work()
          if complaints[index] != nil { log.write(.notice, "job works again", ["job": job.name]) }
          complaints[index] = nil
        } catch {
          complaints[index] = complaint(about: job, "\(error)", after: complaints[index])
        }
        due[index] = clock.monotonic() + job.interval
      }
    }
  }

  private struct Complaint {
    var error: String
    var loggedAt: Duration
  }

  /// Logs what is wrong with the job, unless that has been said within the last minute.
  private func complaint(about job: Job, _ error: String, after last: Complaint?) -> Complaint {
    let now = clock.monotonic()
    if let last, last.error == error, now - last.loggedAt < .seconds(60) { return last }
    log.write(.warning, "job failed", ["job": job.name, "error": error])
    return Complaint(error: error, loggedAt: now)
  }

  /// Returns at that moment, or earlier when told to stop or interrupted.
  private func sleep(until moment: Duration) {
    let wait = moment - clock.monotonic()
    var watched = pollfd(fd: wake, events: Int16(POLLIN), revents: 0)
    _ = poll(&watched, 1, max(0, Int32((wait / .milliseconds(1)).rounded(.up))))
  }
}
