import CLinux
import Glibc
import HTTP
import Synchronization

/// The threads of one lane and the bounded queue before them: the only place where a request may block.
final class WorkerPool: Sendable {
  struct Job: Sendable {
    let request: Request
    let ticket: Ticket
    let mailbox: Mailbox
    var queued: Nanoseconds = 0
  }

  private struct Queue {
    /// A ring: `count` jobs from `first` on.
    var jobs: [Job?]
    var first = 0
    var count = 0
    var isClosed = false
  }

  private let queue: Mutex<Queue>
  private let ready = Semaphore()
  private let configuration: LaneConfiguration
  private let longestWait: Nanoseconds

  init(_ configuration: LaneConfiguration) {
    self.configuration = configuration
    longestWait = Nanoseconds(configuration.longestWait)
    queue = Mutex(Queue(jobs: Array(repeating: nil, count: max(1, configuration.queueLength))))
  }

  func start(name: String, _ application: any Application) throws(ServerError) -> [Thread] {
    var threads: [Thread] = []
    for index in 0..<max(1, configuration.threads) {
      threads.append(
        try Thread(name: "\(name)-\(index)") { [self] in
          if configuration.niceness > 0 { _ = postern_lower_thread_priority(configuration.niceness) }
          work(application)
        })
    }
    return threads
  }

  /// False, and the job is not taken, when the queue is full or its oldest job has waited too long.
  func submit(_ job: Job, now: Nanoseconds) -> Bool {
    let isTaken = queue.withLock { queue in
      let oldest = queue.jobs[queue.first]
      guard !queue.isClosed, queue.count < queue.jobs.count,
        queue.count == 0 || oldest.map({ now - $0.queued < longestWait }) ?? true
      else { return false }
      var job = job
      job.queued = now
      queue.jobs[(queue.first + queue.count) % queue.jobs.count] = job
      queue.count += 1
      return true
    }
    if isTaken { ready.signal() }
    return isTaken
  }

  /// Lets every thread end after the job that it is at.
  func close() {
    queue.withLock { queue in
      queue.isClosed = true
      queue.jobs = [nil]
      (queue.first, queue.count) = (0, 0)
    }
    for _ in 0..<max(1, configuration.threads) { ready.signal() }
  }

  private func work(_ application: any Application) {
    while true {
      ready.wait()
      let (job, isClosed) = queue.withLock { queue -> (Job?, Bool) in
        guard queue.count > 0 else { return (nil, queue.isClosed) }
        let job = queue.jobs[queue.first]
        queue.jobs[queue.first] = nil
        queue.first = (queue.first + 1) % queue.jobs.count
        queue.count -= 1
        return (job, queue.isClosed)
      }
      if isClosed { return }
      guard let job else { continue }
      if job.request.peer.isGone || .monotonic() >= Nanoseconds(job.request.deadline) {
        job.mailbox.post(.expired(job.ticket))
      } else {
        job.mailbox.post(.answer(job.ticket, application.perform(job.request)))
      }
    }
  }
}
