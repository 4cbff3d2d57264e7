import CLinux
import Glibc
import HTTP
import Synchronization

/// What a reactor shares with the rest of the server.
struct Surroundings: Sendable {
  let configuration: ServerConfiguration
  let application: any Application
  let listeners: [Listener]
  let mailboxes: [Mailbox]
  let reading: WorkerPool
  let storage: WorkerPool
  let hashing: WorkerPool
  let pictures: WorkerPool
  let load: Load
  let log: EventLog

  var pools: [WorkerPool] { [reading, storage, hashing, pictures] }

  func pool(_ lane: Lane) -> WorkerPool {
    switch lane {
    case .reading: reading
    case .storage: storage
    case .hashing: hashing
    case .pictures: pictures
    }
  }
}

/// How many connections are open, in all and per reactor.
final class Load: Sendable {
  private let counts: Mutex<[Int]>

  init(reactors: Int) { counts = Mutex(Array(repeating: 0, count: reactors)) }

  var total: Int { counts.withLock { $0.reduce(0, +) } }

  /// Counts one more connection, accepted by `reactor`, and says which reactor is to serve it: that one, unless
  /// another has clearly less to do.
  func place(acceptedBy reactor: Int, stays: Bool) -> Int {
    counts.withLock { counts in
      var chosen = reactor
      if !stays { for other in counts.indices where counts[other] + 2 < counts[chosen] { chosen = other } }
      counts[chosen] += 1
      return chosen
    }
  }

  func leave(_ reactor: Int) { counts.withLock { $0[reactor] -= 1 } }
}

/// One thread that accepts, reads, answers and writes for its connections, and never blocks but in epoll_wait.
///
/// It is made on its own thread and never leaves it; others reach it through its `Mailbox`. That is also the guard of
/// what is marked `@exclusivity(unchecked)`: what every request touches is not worth a check at run time.
final class Reactor {
  let index: Int
  let surroundings: Surroundings
  let limits: ServerLimits
  let epoll: Descriptor
  let mailbox: Mailbox
  let application: any Application
  let codec: Codec
  @exclusivity(unchecked) var means: Intake.Means
  @exclusivity(unchecked) var connections = ConnectionTable()
  @exclusivity(unchecked) var deadlines = Deadlines()
  /// The time when the current events came.
  var now = Nanoseconds.monotonic()

  /// Where bytes are received to that are not the rest of something.
  let inbox = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1 << 17)
  /// The parameters of the request at hand; its memory serves one request after another.
  @exclusivity(unchecked) var parameters = Parameters()
  @exclusivity(unchecked) var sparePeer = Request.Peer()

  let stall, arrival, write, request: Nanoseconds
  let idle: Nanoseconds?

  /// Set while connections cannot be accepted: when to try again.
  var acceptsAgain: Nanoseconds?
  /// Set while stopping: when whatever is left is closed.
  var end: Nanoseconds?

  /// epoll data of the mailbox and the listeners; connections have their generation and slot there.
  static let mailboxMark = UInt64.max
  static let listenerMark = UInt64.max - 1024

  init(_ index: Int, _ surroundings: Surroundings) throws(ServerError) {
    self.index = index
    self.surroundings = surroundings
    limits = surroundings.configuration.limits
    mailbox = surroundings.mailboxes[index]
    (stall, arrival, write) = (Nanoseconds(limits.stall), Nanoseconds(limits.arrival), Nanoseconds(limits.write))
    (request, idle) = (Nanoseconds(limits.request), limits.idle.map { Nanoseconds($0) })
    application = surroundings.application
    codec = Codec(answerLimit: limits.answerBytes)
    means = Intake.Means(limits: limits, application: application, codec: codec)
    let number = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard number >= 0 else { throw .system("epoll_create1", errno) }
    epoll = Descriptor(number)
    guard control(EPOLL_CTL_ADD, mailbox.event.number, EPOLLIN.rawValue, Reactor.mailboxMark) else {
      throw .system("epoll_ctl", errno)
    }
    try listen()
  }

  deinit { inbox.deallocate() }

  /// Serves until the stop.
  func run() {
    let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: 256)
    defer { events.deallocate() }
    while !isDone {
      let count = epoll_wait(epoll.number, events, 256, timeout)
      now = .monotonic()
      if count > 0 {
        for position in 0..<Int(count) { dispatch(events[position].data.u64, events[position].events) }
      }
      expire()
    }
    for connection in connections.all { close(connection) }
  }

  private func dispatch(_ mark: UInt64, _ events: UInt32) {
    if mark < Reactor.listenerMark {
      let (slot, generation) = (UInt32(truncatingIfNeeded: mark), UInt32(truncatingIfNeeded: mark >> 32))
      // Nothing is found when an event before this one has closed it.
      if let connection = connections.find(slot: slot, generation: generation) { handle(connection, events) }
    } else if mark == Reactor.mailboxMark {
      for message in mailbox.take() { handle(message) }
    } else {
      accept(surroundings.listeners[Int(mark - Reactor.listenerMark)])
    }
  }

  private func handle(_ message: Mailbox.Message) {
    switch message {
    case .answer(let ticket, let response):
      guard let connection = connections.find(ticket) else { return }
      answer(connection, response)
      settle(connection)
    case .expired(let ticket):
      guard let connection = connections.find(ticket) else { return }
      surroundings.log.record(.overloaded, now: now)
      answer(connection, application.refuse(.overloaded, Parameters()))
      settle(connection)
    case .stream(let ticket):
      guard let connection = connections.find(ticket) else { return }
      advanceStream(connection)
      settle(connection)
    case .adopt(let descriptor): adopt(descriptor)
    case .listen: listenAgain()
    case .stop(let end): stop(by: end)
    }
  }

  private var isDone: Bool {
    guard let end else { return false }
    if connections.count == 0 { return true }
    guard now >= end else { return false }
    surroundings.log.record(.abandoned(connections.count), now: now)
    return true
  }

  /// Milliseconds until something is due; -1: nothing is.
  private var timeout: Int32 {
    let next = min(deadlines.earliest ?? .max, acceptsAgain ?? .max, end ?? .max)
    guard next < .max else { return -1 }
    let left = next - .monotonic()
    return left <= 0 ? 0 : Int32(clamping: (left + 999_999) / 1_000_000)
  }

  @discardableResult
  func control(_ operation: Int32, _ descriptor: Int32, _ events: UInt32, _ mark: UInt64) -> Bool {
    var event = epoll_event()
    event.events = events
    event.data.u64 = mark
    return epoll_ctl(epoll.number, operation, descriptor, &event) == 0
  }
}
