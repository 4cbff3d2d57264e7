import Glibc
import HTTP
import Synchronization
import Testing

@testable import FastCGI

/// Answers that do not come at once.
@Suite struct AnswerTests {
  @Test func fullLanesRefuseAtOnceAndServeTheRest() throws {
    let gate = Atomic<Bool>(false)
    let serving = try Serving(
      Echo(
        begins: { $0.path == "/slow" ? .work(.hashing) : .answer(Echo.describe($0)) },
        performs: { request in
          #expect(eventually { gate.load(ordering: .relaxed) })
          return Echo.describe(request)
        })
    ) { $0.hashing = LaneConfiguration(threads: 1, queueLength: 2, niceness: 10) }
    let clients = try (0..<6).map { _ in try serving.connect() }
    for client in clients {
      try client.send(Sent.request("/slow"))
      usleep(10_000)
    }
    try serving.servesOthers()
    // One is at work, two wait.
    for client in clients[3...] { #expect(try client.answer()?.status == 503) }
    #expect(try clients[5].ask(Sent.request("/quick"))?.status == 200)
    gate.store(true, ordering: .relaxed)
    for client in clients[..<3] { #expect(try client.answer()?.status == 200) }
    #expect(serving.logged.contains(.overloaded))
  }

  @Test func threadsAreStartedWhenTheOthersAreBusy() throws {
    let isOpen = Atomic<Bool>(true)
    let seen = Mutex<(threads: Set<pthread_t>, busy: Int)>(([], 0))
    let serving = try Serving(
      Echo(
        begins: { _ in .work(.storage) },
        performs: { request in
          seen.withLock { $0 = ($0.threads.union([pthread_self()]), $0.busy + 1) }
          #expect(eventually { isOpen.load(ordering: .relaxed) })
          seen.withLock { $0.busy -= 1 }
          return Response(status: 204)
        })
    ) { $0.storage = LaneConfiguration(threads: 3) }
    let clients = try (0..<5).map { _ in try serving.connect() }
    for client in clients { #expect(try client.ask(Sent.request())?.status == 204) }
    #expect(seen.withLock { $0.threads.count } == 1)
    isOpen.store(false, ordering: .relaxed)
    for client in clients { try client.send(Sent.request()) }
    #expect(eventually { seen.withLock { $0.busy } == 3 })
    isOpen.store(true, ordering: .relaxed)
    for client in clients { #expect(try client.answer()?.status == 204) }
    #expect(seen.withLock { $0.threads.count } == 3)
  }

  @Test func workersDoWhatIsLeftBehindTheAnswer() throws {
    let isAnswered = Atomic<Bool>(false)
    let done = Atomic<Int>(0)
    let serving = try Serving(
      Echo(
        begins: { _ in .work(.hashing) },
        performs: { _ in
          var response = Response(status: 204)
          response.afterwards = {
            if eventually({ isAnswered.load(ordering: .relaxed) }) { done.add(1, ordering: .relaxed) }
          }
          return response
        }))
    let client = try serving.connect()
    #expect(try client.ask(Sent.request())?.status == 204)
    isAnswered.store(true, ordering: .relaxed)
    #expect(eventually { done.load(ordering: .relaxed) == 1 })
    #expect(try client.ask(Sent.request())?.status == 204)
    #expect(eventually { done.load(ordering: .relaxed) == 2 })
  }

  @Test func lanesWhoseOldestRequestHasWaitedTooLongRefuse() throws {
    let gate = Atomic<Bool>(false)
    let serving = try Serving(
      Echo(
        begins: { _ in .work(.hashing) },
        performs: { request in
          #expect(eventually { gate.load(ordering: .relaxed) })
          return Response(status: 204)
        })
    ) { $0.hashing = LaneConfiguration(threads: 1, longestWait: .milliseconds(100)) }
    let clients = try (0..<3).map { _ in try serving.connect() }
    try clients[0].send(Sent.request())
    usleep(20_000)
    try clients[1].send(Sent.request())
    usleep(150_000)
    #expect(try clients[2].ask(Sent.request())?.status == 503)
    gate.store(true, ordering: .relaxed)
    #expect(try clients[0].answer()?.status == 204)
    #expect(try clients[1].answer()?.status == 204)
  }

  @Test func aWorkersPriorityIsItsOwn() throws {
    let serving = try Serving(
      Echo(
        begins: { $0.path == "/" ? .work(.hashing) : .work(.storage) },
        performs: { _ in
          var response = Response(status: 200)
          response.fields.append("X-Nice", String(getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)))
          return response
        }))
    let client = try serving.connect()
    let own = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
    #expect(try client.ask(Sent.request("/"))?.head.contains("X-Nice: \(min(19, own + 10))\r\n") == true)
    #expect(try client.ask(Sent.request("/s"))?.head.contains("X-Nice: \(own)\r\n") == true)
  }

  @Test func answersAreHeldUntilTheirTime() throws {
    let serving = try Serving(
      Echo(
        begins: { request in
          if request.path == "/quick" || request.path == "/other" { return .answer(Echo.describe(request)) }
          var response = Echo.describe(request)
          response.notBefore = request.arrival + .milliseconds(300)
          return request.path == "/worker" ? .work(.storage) : .answer(response)
        },
        performs: { request in
          var response = Echo.describe(request)
          response.notBefore = request.arrival + .milliseconds(300)
          return response
        }))
    for path in ["/inline", "/worker"] {
      let client = try serving.connect()
      let began = ContinuousClock.now
      try client.send(Sent.request(path) + Sent.request("/quick", id: 2))
      try serving.servesOthers()
      #expect(try client.answer()?.id == 1)
      let took = ContinuousClock.now - began
      #expect(took >= .milliseconds(299) && took < .seconds(3), "\(took)")
      #expect(try client.answer()?.id == 2)
    }
  }

  @Test func streamsArriveAsTheyAreWritten() throws {
    let stream = ResponseStream()
    let serving = try Serving(
      Echo(begins: { request in
        guard request.path == "/stream" else { return .answer(Echo.describe(request)) }
        var response = Response(status: 200)
        response.fields.append("Content-Type", "text/event-stream")
        response.body = .stream(stream)
        return .answer(response)
      }))
    let client = try serving.connect()
    try client.send(Sent.request("/stream"))
    let head = try client.record()
    #expect(head?.content == Array("Status: 200 OK\r\nContent-Type: text/event-stream\r\n\r\n".utf8))
    for word in ["one", "two"] {
      #expect(stream.send(word.utf8))
      #expect(try client.record() == Received(type: 6, id: 1, content: Array(word.utf8)))
      try serving.servesOthers()
    }
    #expect(stream.send("three".utf8))
    stream.finish()
    #expect(try client.answer()?.text == "three")
    #expect(!stream.send("four".utf8))
    #expect(try client.ask(Sent.request("/next"))?.status == 200)
  }

  @Test func streamsEndWithTheirReader() throws {
    let streams = Mutex<[ResponseStream]>([])
    let peers = Mutex<[Request.Peer]>([])
    let serving = try Serving(
      Echo(begins: { request in
        guard request.path == "/stream" else { return .answer(Echo.describe(request)) }
        var response = Response(status: 200)
        let stream = ResponseStream()
        streams.withLock { $0.append(stream) }
        peers.withLock { $0.append(request.peer) }
        response.body = .stream(stream)
        return .answer(response)
      })
    ) { $0.limits.write = .milliseconds(300) }
    do {
      let client = try serving.connect()
      try client.send(Sent.request("/stream"))
      _ = try client.record()
    }
    #expect(eventually { !streams.withLock { $0[0] }.send("x".utf8) })
    #expect(peers.withLock { $0[0] }.isGone)
    // One that does not read is given up, too, and the writer learns of it no later than that.
    let slow = try serving.connect()
    try slow.send(Sent.request("/stream"))
    let piece = [UInt8](repeating: 1, count: 30_000)
    #expect(eventually { streams.withLock { $0.count == 2 } })
    #expect(eventually { !streams.withLock { $0[1] }.send(piece) })
    try serving.servesOthers()
    #expect(eventually { serving.logged.contains(.stalled(reading: false)) })
    #expect(throws: Never.self) { while try slow.record() != nil {} }
  }

  @Test func fieldsGoOutAsTheyAreBehindTheStatus() throws {
    let serving = try Serving(
      Echo(begins: { request in
        var response = Response(status: Int(request.path.dropFirst())!)
        response.fields.append("X-A", "1")
        response.fields.append("X-A", "ä\r\nX-B: 2")
        return .answer(response)
      }))
    let client = try serving.connect()
    for (status, line) in [(204, "204 No Content"), (418, "418"), (500, "500 Internal Server Error")] {
      #expect(
        try client.ask(Sent.request("/\(status)"))?.text
          == "Status: \(line)\r\nX-A: 1\r\nX-A: ä  X-B: 2\r\n\r\n")
    }
  }

  @Test func answersThatAreTooLargeBecomeABare500() throws {
    let serving = try Serving(
      Echo(begins: { request in
        var response = Echo.describe(request)
        response.body = .bytes([UInt8](repeating: 0, count: request.path == "/large" ? 200_000 : 10))
        return .answer(response)
      })
    ) { $0.limits.answerBytes = 100_000 }
    let client = try serving.connect()
    #expect(try client.ask(Sent.request("/large"))?.text == "Status: 500 Internal Server Error\r\n\r\n")
    #expect(serving.logged.contains(.answerTooLarge(200_000)))
    #expect(try client.ask(Sent.request("/small"))?.body.count == 10)
  }
}
