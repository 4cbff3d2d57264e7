import Glibc
import HTTP
import Synchronization
import Testing

@testable import FastCGI

@Suite struct StopTests {
  @Test func runningRequestsAreAnsweredBeforeTheEnd() throws {
    let hasBegun = Atomic<Bool>(false)
    let serving = try Serving(
      Echo(
        begins: { _ in .work(.storage) },
        performs: { request in
          hasBegun.store(true, ordering: .relaxed)
          usleep(300_000)
          return Echo.describe(request)
        })
    ) { $0.reactors = 2 }
    let (busy, idle) = (try serving.connect(), try serving.connect())
    try busy.send(Sent.request("/busy"))
    #expect(eventually { hasBegun.load(ordering: .relaxed) })
    serving.server.stop(grace: .seconds(5))
    #expect(try busy.answer()?.head.contains("/busy") == true)
    #expect(try busy.record() == nil)
    #expect(try idle.record() == nil)
    #expect(throws: Client.Failure.self) { try serving.connect() }
    #expect(access(serving.path, F_OK) != 0)
  }

  @Test func whoConnectedBeforeTheStopIsAnswered() throws {
    let serving = try Serving()
    let clients = try (0..<20).map { _ in try serving.connect() }
    for client in clients { try client.send(Sent.request()) }
    serving.server.stop(grace: .seconds(5))
    for client in clients { #expect(try client.answer()?.status == 200) }
  }

  /// nginx then asks the next Postern, where there is one, instead of waiting for this one.
  @Test func whoComesDuringTheStopIsRefusedAtOnce() throws {
    let mayEnd = Atomic<Bool>(false)
    let serving = try Serving(
      Echo(
        begins: { _ in .work(.storage) },
        performs: { request in
          _ = eventually { mayEnd.load(ordering: .relaxed) }
          return Echo.describe(request)
        }))
    let busy = try serving.connect()
    try busy.send(Sent.request("/busy"))
    let stopper = try Thread(name: "stopper") { serving.server.stop(grace: .seconds(5)) }
    #expect(eventually { access(serving.path, F_OK) != 0 })
    #expect(throws: Client.Failure.self) { try serving.connect() }
    mayEnd.store(true, ordering: .relaxed)
    #expect(try busy.answer()?.head.contains("/busy") == true)
    #expect(stopper.join(until: .monotonic() + 5_000_000_000))
  }

  @Test func theGraceTimeEnds() throws {
    let serving = try Serving(
      Echo(
        begins: { _ in .work(.storage) },
        performs: { _ in
          sleep(5)
          return Response(status: 204)
        }))
    let client = try serving.connect()
    try client.send(Sent.request())
    usleep(50_000)
    let began = ContinuousClock.now
    serving.server.stop(grace: .milliseconds(200))
    #expect(ContinuousClock.now - began < .seconds(4))
    #expect(try client.record() == nil)
    #expect(serving.logged.contains(.abandoned(1)))
    #expect(serving.logged.contains(.workerLeftBehind))
  }

  @Test func streamsEndInGoodOrder() throws {
    let stream = ResponseStream()
    let serving = try Serving(
      Echo(begins: { _ in
        var response = Response(status: 200)
        response.body = .stream(stream)
        return .answer(response)
      }))
    let client = try serving.connect()
    try client.send(Sent.request())
    _ = try client.record()
    #expect(stream.send("last".utf8))
    serving.server.stop(grace: .seconds(5))
    #expect(try client.answer()?.text == "last")
    #expect(!stream.send("more".utf8))
  }

  @Test func runReturnsAfterTheStop() throws {
    let path = Serving.temporaryPath()
    var configuration = ServerConfiguration(addresses: [ListeningAddress("unix:\(path)")!])
    configuration.takesInheritedSockets = false
    let server = try Server(configuration, application: Echo()) { _ in }
    let stopper = try Thread(name: "stopper") {
      _ = eventually { (try? Client(path).ask(Sent.request())) != nil }
      server.stop()
    }
    try server.run()
    #expect(stopper.join(until: .monotonic() + 5_000_000_000))
  }

  /// libfcgi would take these over.
  @Test func signalHandlersStayAsTheyWere() throws {
    let serving = try Serving()
    try serving.servesOthers()
    for signal in [SIGTERM, SIGUSR1, SIGPIPE] {
      var action = sigaction()
      sigaction(signal, nil, &action)
      #expect(unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) <= 1, "signal \(signal)")
    }
  }
}
