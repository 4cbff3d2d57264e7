import Glibc
import HTTP
import Testing

@testable import FastCGI

/// Peers that misbehave: each harms its own connection only.
@Suite struct PeerTests {
  @Test func halfARequestIsGivenUpAfterTheStall() throws {
    let serving = try Serving { $0.limits.stall = .milliseconds(300) }
    for length in [1, 8, 20, 40] {
      let client = try serving.connect()
      try client.send(Array(Sent.request().prefix(length)))
      try serving.servesOthers()
      #expect(try client.record() == nil)
    }
    #expect(serving.logged.contains(.stalled(reading: true)))
  }

  @Test func whoDribblesIsGivenUpInTheEnd() throws {
    let serving = try Serving {
      $0.limits.stall = .seconds(2)
      $0.limits.arrival = .milliseconds(400)
    }
    let client = try serving.connect()
    try client.send(Sent.begin() + Sent.record(RecordType.parameters, [UInt8](repeating: 65, count: 60_000)).prefix(9))
    #expect(
      eventually {
        usleep(20_000)
        return client.sendWithoutWaiting([65]) < 0
      })
    #expect(serving.logged.last == .stalled(reading: true))
  }

  @Test func peersThatNeverReadAreGivenUp() throws {
    let serving = try Serving(
      Echo(begins: { _ in
        var response = Response(status: 200)
        response.body = .bytes([UInt8](repeating: 7, count: 4 << 20))
        return .answer(response)
      })
    ) { $0.limits.write = .milliseconds(300) }
    let client = try serving.connect()
    for _ in 0..<20 { _ = client.sendWithoutWaiting(Sent.request()) }
    let began = ContinuousClock.now
    #expect(eventually { serving.logged.contains(.stalled(reading: false)) })
    #expect(ContinuousClock.now - began < .seconds(4))
    // What was underway when it was given up is cut off.
    #expect(throws: Never.self) { while try client.record() != nil {} }
  }

  @Test func slowReadersGetEverything() throws {
    let serving = try Serving(
      Echo(begins: { _ in
        var response = Response(status: 200)
        response.body = .bytes((0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0) })
        return .answer(response)
      }))
    let client = try serving.connect()
    try client.send(Sent.request() + Sent.request(id: 2))
    usleep(50_000)
    for id in [1, 2] as [UInt16] {
      let answer = try client.answer()
      #expect(answer?.id == id)
      #expect(answer?.body.count == 1 << 20)
      #expect(answer?.body.suffix(4) == [252, 253, 254, 255])
    }
    #expect(try client.ask(Sent.request())?.status == 200)
  }

  /// More than one read takes, with the end of the connection right behind it.
  @Test func aThousandRequestsAtOnceAreAllAnswered() throws {
    let serving = try Serving()
    let client = try serving.connect()
    let filler = [("FILLER", String(repeating: "x", count: 120))]
    try client.send((1...1000).flatMap { Sent.request("/\($0)", id: UInt16($0), filler) })
    client.shutDown()
    try serving.servesOthers()
    for id in 1...1000 { #expect(try client.answer()?.head.contains("/\(id)\r\n") == true) }
    #expect(try client.record() == nil)
  }

  @Test func peersThatShutTheirSideDownGetTheirAnswer() throws {
    let serving = try Serving(Echo(begins: { $0.path == "/worker" ? .work(.storage) : .answer(Echo.describe($0)) }))
    for path in ["/inline", "/worker"] {
      let client = try serving.connect()
      try client.send(Sent.request(path) + Sent.request(path, id: 2))
      client.shutDown()
      #expect(try client.answer()?.status == 200)
      #expect(try client.answer()?.id == 2)
      #expect(try client.record() == nil)
    }
  }

  @Test func peersThatLingerAreClosedAndHoldNobodyUp() throws {
    let serving = try Serving()
    // The end of the empty body is never sent; a close at once could reset the connection under the answer.
    let authorizer = try serving.connect()
    let request = Sent.begin(role: 2, keeps: false) + Sent.stream(RecordType.parameters, [])
    #expect(try authorizer.ask(request)?.status == 200)
    #expect(try authorizer.record() == nil)
    // It keeps its own side open and silent.
    let silent = try serving.connect()
    #expect(try silent.ask(Sent.request(keeps: false))?.status == 200)
    for _ in 0..<10 { try serving.servesOthers() }
  }

  @Test func theOneWhoAskedIsSeenToLeave() throws {
    let serving = try Serving(
      Echo(
        begins: { _ in .work(.storage) },
        performs: { request in
          Response(status: eventually { request.peer.isGone } ? 204 : 500)
        })
    ) { $0.storage.threads = 1 }
    do {
      let client = try serving.connect()
      try client.send(Sent.request())
      usleep(20_000)
    }
    // The only worker is free again at once, instead of after five seconds.
    let began = ContinuousClock.now
    let next = try serving.connect()
    try next.send(Sent.request())
    usleep(20_000)
    try next.send(Sent.record(RecordType.abortRequest))
    #expect(try next.answer() != nil)
    #expect(ContinuousClock.now - began < .seconds(2))
  }

  @Test func idleConnectionsAreClosedWhenAskedTo() throws {
    let serving = try Serving { $0.limits.idle = .milliseconds(200) }
    let client = try serving.connect()
    #expect(try client.ask(Sent.request())?.status == 200)
    #expect(try client.record() == nil)
    #expect(!serving.logged.contains { if case .stalled = $0 { true } else { false } })
  }
}
