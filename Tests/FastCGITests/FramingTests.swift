import Testing

@testable import FastCGI

/// The steps that framing makes of bytes, as words.
private func steps(_ bytes: [UInt8], _ framing: inout Framing) -> [String] {
  var words: [String] = []
  bytes.withUnsafeBufferPointer { all in
    var used = 0
    while used < all.count {
      switch framing.next(UnsafeBufferPointer(rebasing: all[used...]), consumed: &used) {
      case .incomplete(let total): return words.append("incomplete \(total)")
      case .ignored: words.append("ignored")
      case .began: words.append("began")
      case .parameters(let content): words.append("parameters \(content.count)")
      case .parametersEnded: words.append("parameters end")
      case .body(_, let length): words.append("body \(length)")
      case .ended: words.append("end")
      case .aborted: words.append("aborted")
      case .reply(let reply): words.append("\(reply)")
      case .waiting: return words.append("waiting")
      case .malformed(let why): return words.append("malformed: \(why)")
      }
    }
  }
  return words
}

private func steps(_ bytes: [UInt8]) -> [String] {
  var framing = Framing()
  return steps(bytes, &framing)
}

@Suite struct FramingTests {
  /// FastCGI specification 1.0, appendix B, examples 1 and 2, with the padding of the latter.
  @Test func examplesOfTheSpecification() {
    let begin: [UInt8] = [1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    let parameters: [UInt8] =
      [1, 4, 0, 1, 0, 42, 6, 0] + [11, 2] + Array("SERVER_PORT80".utf8) + [11, 14]
      + Array("SERVER_ADDR199.170.183.42".utf8) + [0, 0, 0, 0, 0, 0]
    let ends: [UInt8] = [1, 4, 0, 1, 0, 0, 0, 0, 1, 5, 0, 1, 0, 0, 0, 0]
    #expect(steps(begin + parameters + ends) == ["began", "parameters 42", "parameters end", "end"])
    let withBody = begin + [1, 4, 0, 1, 0, 0, 0, 0, 1, 5, 0, 1, 0, 11, 5, 0] + Array("quantity=10".utf8)
    #expect(
      steps(withBody + [0, 0, 0, 0, 0, 1, 5, 0, 1, 0, 0, 0, 0]) == ["began", "parameters end", "body 11", "end"])
  }

  @Test func answersAreWholeRecords() {
    #expect(
      Reply.endRequest(0x0102, .cannotMultiplex).bytes(mostConnections: 1)
        == [1, 3, 1, 2, 0, 8, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0])
    #expect(Reply.unknownType(99).bytes(mostConnections: 1) == [1, 11, 0, 0, 0, 8, 0, 0, 99, 0, 0, 0, 0, 0, 0, 0])
    #expect(
      Reply.values([.mostConnections, .multiplexes]).bytes(mostConnections: 20)
        == [1, 10, 0, 0, 0, 36, 0, 0, 14, 2] + Array("FCGI_MAX_CONNS20".utf8) + [15, 1]
        + Array("FCGI_MPXS_CONNS0".utf8))
  }

  @Test func aVariableAskedForTwelveTimesIsAnsweredOnce() {
    let names = Sent.pairs(Array(repeating: ("FCGI_MPXS_CONNS", ""), count: 12) + [("OTHER", "")])
    let asked = Sent.record(RecordType.getValues, id: 0, names)
    #expect(steps(asked) == ["\(Reply.values(.multiplexes))"])
    #expect(steps(Sent.begin() + asked).last == "\(Reply.values(.multiplexes))")
  }

  @Test func unknownTypesAreAnswered() {
    #expect(steps(Sent.record(12, id: 0)) == ["\(Reply.unknownType(12))"])
    #expect(steps(Sent.record(200, id: 7)) == ["\(Reply.unknownType(200))"])
    #expect(steps(Sent.record(RecordType.parameters, id: 0)) == ["\(Reply.unknownType(4))"])
  }

  @Test(arguments: [UInt8(3), 0, 255]) func unknownRolesAreAnswered(role: UInt8) {
    let all = steps(Sent.request(role: role))
    #expect(all.first == "\(Reply.endRequest(1, .unknownRole))")
    #expect(all.dropFirst().allSatisfy { $0 == "ignored" })
  }

  @Test func aSecondRequestInsideTheFirstIsTurnedAway() {
    let bytes =
      Sent.begin(id: 1) + Sent.begin(id: 2) + Sent.stream(RecordType.parameters, id: 2, [])
      + Sent.stream(RecordType.parameters, id: 1, []) + Sent.stream(RecordType.standardInput, id: 2, [1, 2])
      + Sent.stream(RecordType.standardInput, id: 1, [])
    #expect(
      steps(bytes) == [
        "began", "\(Reply.endRequest(2, .cannotMultiplex))", "ignored", "parameters end", "ignored", "ignored", "end",
      ])
  }

  @Test func aRequestAfterTheFirstWaits() {
    var framing = Framing()
    #expect(steps(Sent.request() + Sent.request(id: 2), &framing).last == "waiting")
    framing.finish()
    #expect(steps(Sent.request(id: 2), &framing).last == "end")
  }

  @Test func abortsWithoutARequestAreHarmless() {
    #expect(steps(Sent.record(RecordType.abortRequest)) == ["ignored"])
    #expect(steps(Sent.begin() + Sent.record(RecordType.abortRequest, id: 9)) == ["began", "ignored"])
    #expect(steps(Sent.begin() + Sent.record(RecordType.abortRequest)) == ["began", "aborted"])
  }

  @Test func whatCannotBecomeRightIsRefusedByItsHeader() {
    #expect(steps([2, 1, 0, 1, 0, 8, 0, 0]) == ["malformed: \(Malformation.version(2))"])
    #expect(steps([1, 1, 0, 0, 0, 8, 0, 0]) == ["malformed: \(Malformation.beginRequest)"])
    #expect(steps([1, 1, 0, 1, 0, 9, 0, 0]) == ["malformed: \(Malformation.beginRequest)"])
    #expect(steps(Sent.begin() + [1, 5, 0, 1, 255, 255, 0, 0]).last == "malformed: \(Malformation.order(5))")
    #expect(steps(Sent.begin() + Sent.begin()).last == "malformed: \(Malformation.order(1))")
    #expect(steps(Sent.begin() + Sent.record(8)).last == "malformed: \(Malformation.order(8))")
    #expect(
      steps(Sent.begin() + Sent.stream(4, []) + Sent.record(4)).last == "malformed: \(Malformation.order(4))")
  }

  @Test func lengthsMustFillThePairsExactly() {
    func fills(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBufferPointer { Pairs.forEach(in: $0) { _, _ in } } }
    #expect(fills([]))
    #expect(fills([1, 1, 65, 66]))
    #expect(fills([0x80, 0, 0, 1, 0x80, 0, 0, 0, 65]))
    for broken: [UInt8] in [
      [1], [1, 1, 65], [1, 0], [0x80, 0, 0], [1, 0x80, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF, 0, 1],
      [0xFF, 0xFF, 0xFF, 0xFE, 0, 1], [0xFF, 0xFF, 0xFF, 0xF0, 0xFF, 0xFF, 0xFF, 0xF0], [0, 0xFF, 0xFF, 0xFF, 0xFF],
    ] { #expect(!fills(broken), "\(broken)") }
  }
}
