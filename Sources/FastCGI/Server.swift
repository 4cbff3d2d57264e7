import Glibc
package import HTTP
import Synchronization

/// A FastCGI server (specification 1.0) for the roles RESPONDER and AUTHORIZER.
///
/// Order of things: the owner of the process's signals blocks them before `start`, so that every thread inherits the
/// mask, and reads them by itself. No SIGPIPE arises here. libfcgi's own signal handlers do not stay.
///
/// All times that it hands out or takes (`Request.arrival`, `Request.deadline`, `Response.notBefore`) are of
/// CLOCK_MONOTONIC.
package final class Server: Sendable {
  private struct Running {
    var reactors: [Thread] = []
    var workers: [Thread] = []
    var isStopped = false
  }

  private let surroundings: Surroundings
  private let running = Mutex(Running())
  private let stopped = Semaphore()

  /// Opens the sockets; from then on peers can connect, and wait.
  ///
  /// Raises the process's soft limit of descriptors to the hard one: each connection is one.
  /// - Parameter log: called on any of the server's threads; must not block for long.
  package init(
    _ configuration: ServerConfiguration, application: any Application,
    log: @escaping @Sendable (ServerEvent) -> Void
  ) throws(ServerError) {
    Server.raiseDescriptorLimit()
    let count = configuration.reactors > 0 ? configuration.reactors : max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    var mailboxes: [Mailbox] = []
    for _ in 0..<count { mailboxes.append(try Mailbox()) }
    surroundings = Surroundings(
      configuration: configuration, application: application, listeners: try Listener.open(configuration),
      mailboxes: mailboxes, storage: WorkerPool(configuration.storage), hashing: WorkerPool(configuration.hashing),
      load: Load(reactors: count), log: EventLog(log))
  }

  /// What it listens on, as people write it; where port 0 was asked for, with the port that it got.
  package var addresses: [String] { surroundings.listeners.map(\.name) }

  /// Starts the threads and returns. Once; after a stop it does nothing.
  package func start() throws(ServerError) {
    // A stop that comes meanwhile waits, and then finds every thread.
    try running.withLock { running throws(ServerError) in
      guard !running.isStopped else { return }
      for address in addresses { surroundings.log.record(.listening(address)) }
      do throws(ServerError) {
        running.workers += try surroundings.storage.start(name: "storage", surroundings.application)
        running.workers += try surroundings.hashing.start(name: "hashing", surroundings.application)
        for index in surroundings.mailboxes.indices {
          running.reactors.append(
            try Thread(name: "reactor-\(index)") { [surroundings] in Server.react(index, surroundings) })
        }
      } catch {
        running.isStopped = true
        end(running, by: .monotonic() + 1_000_000_000)
        throw error
      }
    }
  }

  /// Starts, and returns when another thread has called `stop` and it is done.
  package func run() throws(ServerError) {
    try start()
    stopped.wait()
    stopped.signal()
  }

  /// Stops: accepts nothing more, answers what has come and sends it off, ends streams, closes, and returns when every
  /// thread has ended. After `grace` it closes what is left, and leaves a worker that does not come back to itself.
  package func stop(grace: Duration = .seconds(10)) {
    let found: Running? = running.withLock { running in
      guard !running.isStopped else { return nil }
      running.isStopped = true
      return running
    }
    guard let found else { return }
    end(found, by: .monotonic() + Nanoseconds(grace))
    stopped.signal()
  }

  private func end(_ running: Running, by time: Nanoseconds) {
    for mailbox in surroundings.mailboxes { mailbox.post(.stop(time)) }
    // A reactor sees the time itself; it is never left behind.
    for reactor in running.reactors { _ = reactor.join(until: .max / 2) }
    for mailbox in surroundings.mailboxes {
      for case .adopt(let descriptor) in mailbox.take() { close(descriptor) }
    }
    for listener in surroundings.listeners { listener.removeFile() }
    surroundings.storage.close()
    surroundings.hashing.close()
    for worker in running.workers where !worker.join(until: max(time, .monotonic() + 100_000_000)) {
      surroundings.log.record(.workerLeftBehind)
    }
  }

  private static func react(_ index: Int, _ surroundings: Surroundings) {
    do throws(ServerError) {
      let reactor = try Reactor(index, surroundings)
      reactor.run()
    } catch {
      surroundings.log.record(.reactorFailed("\(error)"))
    }
  }

  private static func raiseDescriptorLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < limit.rlim_max else {
      return
    }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
