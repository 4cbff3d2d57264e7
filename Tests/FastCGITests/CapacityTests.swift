import Glibc
import HTTP
import Synchronization
import Testing

@testable import FastCGI

@Suite(.serialized) struct CapacityTests {
  /// Sanitizers have a memory of their own.
  @Test(.enabled(if: dlsym(nil, "__asan_init") == nil && dlsym(nil, "__tsan_init") == nil))
  func idleConnectionsCostLittleMemory() throws {
    let count = 4000
    let serving = try Serving()
    var clients: [Client] = []
    for _ in 0..<200 { clients.append(try serving.connect()) }
    for client in clients { #expect(try client.ask(Sent.request())?.status == 200) }
    let before = resident()
    for _ in 0..<count { clients.append(try serving.connect()) }
    for client in clients[200...] { #expect(try client.ask(Sent.request(body: [1]))?.status == 200) }
    let each = (resident() - before) / count
    // The clients themselves are in this sum.
    #expect(each < 3000, "\(each) bytes for each")
    try serving.servesOthers()
  }

  /// Bytes of memory that this process has in use: the second number of /proc/self/statm, in pages.
  private func resident() -> Int {
    let file = fopen("/proc/self/statm", "r")
    defer { fclose(file) }
    var text = [UInt8](repeating: 0, count: 200)
    let count = fread(&text, 1, text.count, file)
    return Int(String(decoding: text[..<count], as: UTF8.self).split(separator: " ")[1])! * Int(getpagesize())
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
