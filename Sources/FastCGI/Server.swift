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
    var isStopped = false
    /// What was last wrong with the files of sockets.
    var complaints: [String] = []
  }

  /// Descriptors that connections leave to everything else: the database, keys, temporary files, the server itself.
  private static let reservedDescriptors = 100
  /// A web server keeps dozens of connections; with fewer than these, nothing would be right.
  private static let fewestConnections = 100

  /// One for two processors. A web server spends four times as much on a question as a reactor does, and wakes fewer
  /// threads where there are fewer.
  private static let usualReactors = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) / 2)

  private let surroundings: Surroundings
  private let hasFewDescriptors: Bool
  private let running = Mutex(Running())
  private let stopped = Semaphore()

  /// Opens the sockets; from then on peers can connect, and wait.
  ///
  /// Raises the process's soft limit of descriptors to the hard one: each connection is one. So many connections are
  /// taken that some descriptors are left to the database and to temporary files.
  /// - Parameter log: called on any of the server's threads; must not block for long.
  package init(
    _ configuration: ServerConfiguration, application: any Application,
    log: @escaping @Sendable (ServerEvent) -> Void
  ) throws(ServerError) {
    let room = Server.raiseDescriptorLimit() - Server.reservedDescriptors
    guard room >= Server.fewestConnections else { throw .fewDescriptors(room + Server.reservedDescriptors) }
    var configuration = configuration
    hasFewDescriptors = room < configuration.limits.connections
    configuration.limits.connections = min(configuration.limits.connections, room)
    let count = configuration.reactors > 0 ? configuration.reactors : Server.usualReactors
    var mailboxes: [Mailbox] = []
    for _ in 0..<count { mailboxes.append(try Mailbox()) }
    surroundings = Surroundings(
      configuration: configuration, application: application, listeners: try Listener.open(configuration),
      mailboxes: mailboxes, reading: WorkerPool("reading", configuration.reading, application),
      storage: WorkerPool("storage", configuration.storage, application),
      hashing: WorkerPool("hashing", configuration.hashing, application),
      pictures: WorkerPool("pictures", configuration.pictures, application), load: Load(reactors: count),
      log: EventLog(log))
  }

  /// What it listens on, as people write it; where port 0 was asked for, with the port that it got.
  package var addresses: [String] { surroundings.listeners.map(\.name) }

  /// Starts the threads and returns. Once; after a stop it does nothing.
  package func start() throws(ServerError) {
    // A stop that comes meanwhile waits, and then finds every thread.
    try running.withLock { running throws(ServerError) in
      guard !running.isStopped else { return }
      for address in addresses { surroundings.log.record(.listening(address)) }
      if hasFewDescriptors { surroundings.log.record(.fewDescriptors(surroundings.configuration.limits.connections)) }
      do throws(ServerError) {
        for pool in surroundings.pools { try pool.start() }
        for index in surroundings.mailboxes.indices {
          running.reactors.append(try Server.startReactor(index, surroundings))
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

  /// Makes the files of unix sockets again that have been taken away: without them nobody can connect. To be called
  /// from time to time; what hinders it is logged once, and tried again the next time.
  package func restoreSockets() {
    running.withLock { running in
      guard !running.isStopped, !running.reactors.isEmpty else { return }
      var complaints: [String] = []
      for listener in surroundings.listeners {
        do throws(ServerError) {
          guard try listener.restoreFile(surroundings.configuration) else { continue }
          surroundings.log.record(.socketRestored(listener.name))
          for mailbox in surroundings.mailboxes { mailbox.post(.listen) }
        } catch {
          complaints.append("\(error)")
        }
      }
      for complaint in complaints where !running.complaints.contains(complaint) {
        surroundings.log.record(.socketLost(complaint))
      }
      running.complaints = complaints
    }
  }

  private func end(_ running: Running, by time: Nanoseconds) {
    // First of all: whoever comes now is refused at once, and can turn to another Postern, instead of waiting in a
    // socket from which nobody accepts.
    for listener in surroundings.listeners { listener.removeFile() }
    for mailbox in surroundings.mailboxes { mailbox.post(.stop(time)) }
    // A reactor sees the time itself; it is never left behind.
    for reactor in running.reactors { _ = reactor.join(until: .max / 2) }
    for mailbox in surroundings.mailboxes {
      for case .adopt(let descriptor) in mailbox.take() { close(descriptor) }
    }
    for worker in surroundings.pools.flatMap({ $0.close() })
    where !worker.join(until: max(time, .monotonic() + 100_000_000)) {
      surroundings.log.record(.workerLeftBehind)
    }
  }

  /// Whether a reactor serves, for the one who starts it.
  private final class Setup: Sendable {
    let failure = Mutex<ServerError?>(nil)
    let isKnown = Semaphore()
  }

  /// Starts a thread that serves; returns when it does. Connections are given to every reactor, so each has to be
  /// there.
  private static func startReactor(_ index: Int, _ surroundings: Surroundings) throws(ServerError) -> Thread {
    let setup = Setup()
    let thread = try Thread(name: "reactor-\(index)") {
      do throws(ServerError) {
        let reactor = try Reactor(index, surroundings)
        setup.isKnown.signal()
        reactor.run()
      } catch {
        setup.failure.withLock { $0 = error }
        setup.isKnown.signal()
      }
    }
    setup.isKnown.wait()
    if let failure = setup.failure.withLock({ $0 }) {
      _ = thread.join(until: .max / 2)
      throw failure
    }
    return thread
  }

  /// - Returns: how many descriptors this process may have.
  private static func raiseDescriptorLimit() -> Int {
    let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard getrlimit(kind, &limit) == 0 else { return .max }
    if limit.rlim_cur < limit.rlim_max {
      var raised = limit
      raised.rlim_cur = limit.rlim_max
      if setrlimit(kind, &raised) == 0 { limit = raised }
    }
    return Int(clamping: limit.rlim_cur)
  }
}
