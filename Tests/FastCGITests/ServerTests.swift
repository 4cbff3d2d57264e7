import Glibc
import HTTP
import Synchronization
import Testing

@testable import FastCGI

@Suite struct ServerTests {
  @Test func keptConnectionsServeOneRequestAfterAnother() throws {
    let serving = try Serving()
    let client = try serving.connect()
    for id in [1, 2, 1, 700] as [UInt16] {
      let answer = try client.ask(Sent.request("/path-\(id)", id: id))
      #expect(answer?.text == "Status: 200 OK\r\nX-Path: /path-\(id)\r\n\r\n")
      #expect(answer?.id == id)
    }
  }

  @Test func connectionsThatAreNotKeptAreClosed() throws {
    let serving = try Serving()
    let client = try serving.connect()
    #expect(try client.ask(Sent.request(keeps: false))?.status == 200)
    #expect(try client.record() == nil)
  }

  @Test func pipelinedRequestsAreAnsweredInOrder() throws {
    let serving = try Serving(
      Echo(begins: { $0.path == "/2" ? .work(.storage) : .answer(Echo.describe($0)) }))
    let client = try serving.connect()
    try client.send((1...5).flatMap { Sent.request("/\($0)", id: UInt16($0), body: [UInt8]("\($0)".utf8)) })
    for id in 1...5 {
      let answer = try client.answer()
      #expect(answer?.id == UInt16(id))
      #expect(answer?.body == [UInt8]("\(id)".utf8))
    }
  }

  @Test func requestsSplitAtEveryByteAreTheSame() throws {
    let serving = try Serving()
    let client = try serving.connect()
    let request = Sent.request("/split", [("A", String(repeating: "b", count: 200))], body: [1, 2, 3], padding: 5)
    for position in 1..<request.count {
      try client.send(Array(request[..<position]))
      sched_yield()
      #expect(try client.ask(Array(request[position...]))?.body == [1, 2, 3])
    }
    for byte in request { try client.send([byte]) }
    #expect(try client.answer()?.body == [1, 2, 3])
  }

  @Test func authorizersNeedNoBodyAndMayEndOne() throws {
    let serving = try Serving(
      Echo(begins: { .answer(Response(status: $0.role == .authorizer ? 200 : 500)) }))
    let client = try serving.connect()
    let request = Sent.begin(role: 2) + Sent.stream(RecordType.parameters, Sent.pairs([("A", "b")]))
    #expect(try client.ask(request)?.status == 200)
    #expect(try client.ask(Sent.record(RecordType.standardInput) + request)?.status == 200)
    #expect(try client.ask(Sent.request(role: 2, keeps: false, body: [1, 2, 3]))?.status == 200)
    #expect(try client.record() == nil)
  }

  @Test func parametersArriveAsTheyWereSent() throws {
    let seen = Mutex<[String?]>([])
    let long = String(repeating: "ö=", count: 20_000)
    let serving = try Serving(
      Echo(begins: { request in
        seen.withLock { $0 = ["A", "EMPTY", "LONG", "FCGI_ROLE", "MISSING"].map { request.parameters.text($0) } }
        return .answer(Response(status: 204))
      }))
    let client = try serving.connect()
    #expect(
      try client.ask(Sent.request("/", [("A", "x"), ("EMPTY", ""), ("LONG", long), ("A", "y=z")]))?.status == 204)
    #expect(seen.withLock { $0 } == ["y=z", "", long, nil, nil])
  }

  @Test func bodiesBeyondMemoryAreFiles() throws {
    let serving = try Serving(Echo(begins: { _ in .work(.storage) }, limit: 5 << 20)) {
      $0.limits.bodyInMemory = 100_000
    }
    let client = try serving.connect()
    let small = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let large = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 17) }
    let inMemory = try client.ask(Sent.request(body: small))
    #expect(inMemory?.body == small)
    #expect(inMemory?.head.contains("X-File") == false)
    let inFile = try client.ask(Sent.request(body: large, padding: 7))
    #expect(inFile?.body == large)
    #expect(inFile?.head.contains("X-File: 3000000\r\n") == true)
  }

  @Test func manyBodiesAtOnceGoToFilesEarlier() throws {
    let serving = try Serving { $0.limits.bodiesInMemory = 1000 }
    let body = [UInt8](repeating: 3, count: 800)
    let whole = Sent.request(body: body)
    let (first, second) = (try serving.connect(), try serving.connect())
    try first.send(Array(whole.dropLast(8)))
    // The next one reads after the first: both are on the same reactor.
    #expect(eventually { (try? serving.connect().ask(Sent.request(body: body)))??.head.contains("X-File") == true })
    #expect(try second.ask(whole)?.head.contains("X-File: 800\r\n") == true)
    #expect(try first.ask(Array(whole.suffix(8)))?.head.contains("X-File") == false)
    #expect(try second.ask(whole)?.head.contains("X-File") == false)
  }

  @Test func whatIsTooLargeIsRefusedAndTheConnectionStays() throws {
    let serving = try Serving(Echo(limit: 1000))
    let client = try serving.connect()
    #expect(try client.ask(Sent.request(body: [UInt8](repeating: 1, count: 1001)))?.status == 413)
    #expect(try client.ask(Sent.request(body: [UInt8](repeating: 1, count: 500_000)))?.status == 413)
    #expect(try client.ask(Sent.request(body: [UInt8](repeating: 1, count: 1000)))?.status == 200)
    let fitting = 65_536 - Sent.pairs([("REQUEST_METHOD", "GET"), ("SCRIPT_NAME", "/")]).count - 8
    for (count, status) in [(fitting, 200), (fitting + 1, 431), (300_000, 431), (10, 200)] {
      let request = Sent.request("/", [("LON", String(repeating: "x", count: count))])
      #expect(try client.ask(request)?.status == status, "\(count)")
    }
  }

  @Test func refusedBodiesHaveAnEnd() throws {
    let serving = try Serving(Echo(limit: 10)) { $0.limits.drainedBytes = 100_000 }
    let client = try serving.connect()
    _ = client.sendWithoutWaiting(Sent.request(body: [UInt8](repeating: 1, count: 200_000)))
    #expect(try client.record() == nil)
    #expect(serving.logged.contains(.malformed(.endless)))
  }

  @Test func malformedRecordsCloseTheirConnectionOnly() throws {
    let serving = try Serving()
    for bytes in [
      [9, 1, 0, 1, 0, 8, 0, 0], Sent.begin() + Sent.stream(4, [0xFF, 0xFF, 0xFF, 0xFE, 0, 1]),
      Sent.request("/", [("A", "b\0c")]), Sent.request("/", [("A\0", "b")], body: [1]),
      Sent.begin() + Sent.record(5, [1]),
    ] {
      let client = try serving.connect()
      try client.send(bytes)
      #expect(try client.record() == nil)
    }
    #expect(serving.logged.count { if case .malformed = $0 { true } else { false } } == 5)
    try serving.servesOthers()
  }

  @Test func managementIsAnsweredInTheMiddleOfARequest() throws {
    let serving = try Serving { $0.limits.connections = 77 }
    let client = try serving.connect()
    let asked = Sent.record(RecordType.getValues, id: 0, Sent.pairs([("FCGI_MAX_REQS", "")]))
    try client.send(Sent.begin() + asked + Sent.record(60, id: 0) + Sent.request().dropFirst(16))
    #expect(try client.record() == Received(type: 10, id: 0, content: [13, 2] + Array("FCGI_MAX_REQS77".utf8)))
    #expect(try client.record() == Received(type: 11, id: 0, content: [60, 0, 0, 0, 0, 0, 0, 0]))
    #expect(try client.answer()?.status == 200)
  }

  @Test func unknownRolesAndSecondRequestsKeepTheConnection() throws {
    let serving = try Serving()
    let client = try serving.connect()
    #expect(try client.ask(Sent.request(role: 3))?.protocolStatus == ProtocolStatus.unknownRole.rawValue)
    let refused = try client.ask(Sent.begin(id: 1) + Sent.begin(id: 2))
    #expect(refused?.protocolStatus == ProtocolStatus.cannotMultiplex.rawValue)
    #expect(refused?.id == 2)
    #expect(try client.ask(Array(Sent.request().dropFirst(16)))?.status == 200)
    let last = try serving.connect()
    #expect(try last.ask(Sent.request(role: 3, keeps: false))?.protocolStatus == ProtocolStatus.unknownRole.rawValue)
    #expect(try last.record() == nil)
  }

  @Test func abortedRequestsEndAndTheNextIsServed() throws {
    let hasBegun = Atomic<Bool>(false)
    let hasLeft = Atomic<Bool>(false)
    let serving = try Serving(
      Echo(
        begins: { $0.path == "/slow" ? .work(.storage) : .answer(Echo.describe($0)) },
        performs: { request in
          hasBegun.store(true, ordering: .relaxed)
          hasLeft.store(eventually { request.peer.isGone }, ordering: .relaxed)
          return Response(status: 500)
        }))
    let client = try serving.connect()
    let abort = Sent.record(RecordType.abortRequest)
    #expect(try client.ask(Sent.begin() + abort)?.output == [])
    try client.send(Sent.request("/slow"))
    #expect(eventually { hasBegun.load(ordering: .relaxed) })
    #expect(try client.ask(abort)?.output == [])
    #expect(eventually { hasLeft.load(ordering: .relaxed) })
    #expect(try client.ask(abort + Sent.request("/next"))?.text.contains("/next") == true)
  }
}

extension Parameters {
  fileprivate func text(_ name: String) -> String? {
    switch name {
    case "A": self["A"]
    case "EMPTY": self["EMPTY"]
    case "LONG": self["LONG"]
    case "FCGI_ROLE": self["FCGI_ROLE"]
    default: self["MISSING"]
    }
  }
}
