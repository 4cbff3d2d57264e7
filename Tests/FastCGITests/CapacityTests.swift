import Glibc
import HTTP
import Synchronization
import Testing

@testable import FastCGI

@Suite(.serialized) struct CapacityTests {
  @Test func thousandsOfIdleConnectionsDelayNobody() throws {
    let serving = try Serving()
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    // Both ends of each connection are here.
    let count = min(4000, (Int(clamping: limit.rlim_cur) - 600) / 2)
    let clients = try (0..<count).map { _ in try serving.connect() }
    for client in clients { #expect(try client.ask(Sent.request(body: [1]))?.status == 200) }
    for _ in 0..<20 { try serving.servesOthers() }
    #expect(try clients[count / 2].ask(Sent.request())?.status == 200)
  }

  /// A reactor without a thread or a socket to listen on.
  private func reactor() throws -> Reactor {
    var configuration = ServerConfiguration(addresses: [])
    configuration.limits.stall = .seconds(3600)
    return try Reactor(
      0,
      Surroundings(
        configuration: configuration, application: Echo(), listeners: [], mailboxes: [Mailbox()],
        reading: WorkerPool("reading", configuration.reading, Echo()),
        storage: WorkerPool("storage", configuration.storage, Echo()),
        hashing: WorkerPool("hashing", configuration.hashing, Echo()),
        pictures: WorkerPool("pictures", configuration.pictures, Echo()), load: Load(reactors: 1),
        log: EventLog { _ in }))
  }

  /// Lets it serve a connection on which these bytes have come; returns the peer's end.
  private func connect(_ reactor: Reactor, _ bytes: [UInt8]) -> Descriptor {
    var pair: [Int32] = [0, 0]
    #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0, &pair) == 0)
    #expect(write(pair[0], bytes, bytes.count) == bytes.count)
    _ = reactor.surroundings.load.place(acceptedBy: 0, stays: true)
    reactor.adopt(pair[1])
    return Descriptor(pair[0])
  }

  @Test func idleConnectionsHoldNothingButThemselves() throws {
    let reactor = try reactor()
    let whole = Sent.request(body: [UInt8](repeating: 1, count: 3000))
    let peers = [0, 0, 12, 40].map { connect(reactor, whole + Sent.request().prefix($0)) }
    let connections = reactor.connections.all
    #expect(connections.count == peers.count)
    for connection in connections.prefix(2) {
      #expect(connection.isIdle)
      #expect(connection.intake.block == nil && connection.intake.parameters == nil && connection.peer == nil)
      #expect(size(of: connection) <= 512)
    }
    // Half a request takes little more than its own bytes.
    #expect(connections[2].input?.capacity ?? 0 <= 64)
    #expect(connections[3].intake.block?.buffer.capacity ?? 0 <= 64)
    for connection in connections { reactor.close(connection) }
  }

  @Test func connectionsThatHaveGoneLeaveNothingBehind() throws {
    let reactor = try reactor()
    for _ in 0..<5000 {
      let peer = connect(reactor, Sent.begin())
      for connection in reactor.connections.all { reactor.close(connection) }
      #expect(peer.number >= 0)
    }
    #expect(reactor.connections.count == 0)
    #expect(reactor.surroundings.load.total == 0)
    #expect(reactor.deadlines.count <= 1100)
  }

  /// Bytes that the allocator has given for it.
  private func size(of object: AnyObject) -> Int {
    typealias Ask = @convention(c) (UnsafeMutableRawPointer) -> Int
    let ask = unsafeBitCast(dlsym(nil, "malloc_usable_size"), to: Ask.self)
    return ask(Unmanaged.passUnretained(object).toOpaque())
  }

  @Test func connectionsBeyondTheLimitWaitAndAreServedLater() throws {
    let serving = try Serving { $0.limits.connections = 3 }
    var clients = try (0..<3).map { _ in try serving.connect() }
    for client in clients { #expect(try client.ask(Sent.request())?.status == 200) }
    let waiting = try serving.connect()
    try waiting.send(Sent.request("/waited"))
    #expect(eventually { serving.logged.contains(.connectionsFull(3)) })
    #expect(try clients[0].ask(Sent.request())?.status == 200)
    clients.removeLast()
    #expect(try waiting.answer()?.head.contains("/waited") == true)
  }

  @Test func connectionsAreSharedOutAmongReactors() {
    let load = Load(reactors: 3)
    let placed = (0..<30).map { _ in load.place(acceptedBy: 0, stays: false) }
    for reactor in 0..<3 { #expect(placed.count { $0 == reactor } >= 8) }
    #expect(load.total == 30)
  }

  @Test func eventsOfOneKindAreShownTenTimesInTenSeconds() {
    let serving = Serving.EventList()
    let log = EventLog { event in serving.list.withLock { $0.append(event) } }
    for _ in 0..<50 { log.record(.overloaded, now: 1) }
    log.record(.streamLags, now: 2)
    #expect(serving.list.withLock { $0.count } == 11)
    log.record(.overloaded, now: 10_000_000_001)
    #expect(serving.list.withLock { $0.suffix(2) } == [.suppressed(40, of: "overloaded"), .overloaded])
  }

  @Test func deadlinesComeInOrder() {
    var deadlines = Deadlines()
    var numbers = SeededNumbers(state: 5)
    for _ in 0..<500 {
      deadlines.insert(
        Deadlines.Entry(time: Int64(numbers.next() % 1000), ticket: Ticket(slot: 0, generation: 0)))
    }
    var last: Nanoseconds = 0
    var count = 0
    while let entry = deadlines.popDue(900) {
      #expect(entry.time >= last && entry.time <= 900)
      last = entry.time
      count += 1
    }
    #expect(count > 400)
    #expect(deadlines.earliest.map { $0 > 900 } ?? false)
  }
}
