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
    /// A ring: `count` jobs from `first` on. It takes its memory with the first of them.
    var jobs: [Job?] = []
    var first = 0
    var count = 0
    var isClosed = false
    /// Threads that have a job in hand.
    var busy = 0
    /// Threads that there are, or that are being started.
    var started = 0
    var threads: [Thread] = []
  }

  private let queue = Mutex(Queue())
  private let ready = Semaphore()
  private let name: String
  private let configuration: LaneConfiguration
  private let longestWait: Nanoseconds
  private let application: any Application

  /// - Parameter name: of its threads, at most 11 bytes.
  init(_ name: String, _ configuration: LaneConfiguration, _ application: any Application) {
    self.name = name
    self.configuration = configuration
    self.application = application
    longestWait = Nanoseconds(configuration.longestWait)
  }

  /// Starts the first thread. The others are started when there is a job that all before them are too busy for: most
  /// sites never need them, and each takes memory.
  func start() throws(ServerError) {
    queue.withLock { $0.started += 1 }
    try startThread(0)
  }

  private func startThread(_ index: Int) throws(ServerError) {
    let thread = try Thread(name: "\(name)-\(index)") { [self] in
      if configuration.niceness > 0 { _ = postern_lower_thread_priority(configuration.niceness) }
      work()
    }
    queue.withLock { $0.threads.append(thread) }
  }

  /// False, and the job is not taken, when the queue is full or its oldest job has waited too long.
  func submit(_ job: Job, now: Nanoseconds) -> Bool {
    let (isTaken, newThread) = queue.withLock { queue -> (Bool, Int?) in
      if queue.jobs.isEmpty { queue.jobs = Array(repeating: nil, count: max(1, configuration.queueLength)) }
      let oldest = queue.jobs[queue.first]
      guard !queue.isClosed, queue.count < queue.jobs.count,
        queue.count == 0 || oldest.map({ now - $0.queued < longestWait }) ?? true
      else { return (false, nil) }
      var job = job
      job.queued = now
      queue.jobs[(queue.first + queue.count) % queue.jobs.count] = job
      queue.count += 1
      guard queue.busy + queue.count > queue.started, queue.started < configuration.threads else { return (true, nil) }
      defer { queue.started += 1 }
      return (true, queue.started)
    }
    if isTaken { ready.signal() }
    if let newThread {
      // Where the system gives no more threads, those that are there do the work; the next job tries again.
      do throws(ServerError) { try startThread(newThread) } catch { queue.withLock { $0.started -= 1 } }
    }
    return isTaken
  }

  /// Lets every thread end after the job that it is at, and says which they are. To be called when nothing is submitted
  /// any more.
  func close() -> [Thread] {
    let threads = queue.withLock { queue in
      queue.isClosed = true
      queue.jobs = [nil]
      (queue.first, queue.count) = (0, 0)
      return queue.threads
    }
    for _ in threads { ready.signal() }
    return threads
  }

  private func work() {
    while true {
      ready.wait()
      let (job, isClosed) = queue.withLock { queue -> (Job?, Bool) in
        guard queue.count > 0 else { return (nil, queue.isClosed) }
        let job = queue.jobs[queue.first]
        queue.jobs[queue.first] = nil
        queue.first = (queue.first + 1) % queue.jobs.count
        queue.count -= 1
        queue.busy += 1
        return (job, queue.isClosed)
      }
      if isClosed { return }
      guard let job else { continue }
      var (message, afterwards) = (Mailbox.Message.expired(job.ticket), (@Sendable () -> Void)?.none)
      if !job.request.peer.isGone, .monotonic() < Nanoseconds(job.request.deadline) {
        let response = application.perform(job.request)
        (message, afterwards) = (.answer(job.ticket, response), response.afterwards)
      }
      // Before it: whoever has the answer and asks again at once needs no other thread.
      if afterwards == nil { queue.withLock { $0.busy -= 1 } }
      job.mailbox.post(message)
      if let afterwards {
        afterwards()
        queue.withLock { $0.busy -= 1 }
      }
    }
  }
}
