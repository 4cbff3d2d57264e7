import HTTP
import Synchronization
import Testing

@Suite struct FieldsTests {
  @Test func noValueStartsALineOfItsOwn() {
    for code in UInt8(0)...0xFF where code < 0x20 || code == 0x7F {
      var fields = Fields()
      fields.append("X-Auth-Name", [0x41, code, 0x0D, 0x0A] + Array("X-Auth-Role: admin".utf8))
      #expect(fields.lines.count { $0 == 0x0A } == 1)
      #expect(fields.lines.count { $0 == 0x0D } == 1)
      #expect(!fields.lines.dropLast(2).contains { $0 < 0x20 || $0 == 0x7F })
      #expect(fields.values(of: "X-Auth-Role") == [])
      #expect(fields["x-auth-name"] == "A   X-Auth-Role: admin")
    }
  }

  @Test func valuesAreFoundWhateverTheCaseAndInOrder() {
    var fields = Fields()
    fields.append("Set-Cookie", "a=1")
    fields.append("Content-Type", "text/html; charset=utf-8")
    fields.append("Set-Cookie", "b=2: 3")
    fields.append("Set-Cookie-Other", "c=3")
    fields.append("Empty", "")
    #expect(fields.values(of: "set-cookie") == ["a=1", "b=2: 3"])
    #expect(fields["CONTENT-TYPE"] == "text/html; charset=utf-8")
    #expect(fields["Empty"] == "")
    #expect(fields["Missing"] == nil)
    #expect(fields["Set"] == nil)
    #expect(String(decoding: fields.lines.prefix(17), as: UTF8.self) == "Set-Cookie: a=1\r\n")
  }

  @Test func aFieldIsToldByItsWholeName() {
    var fields = Fields()
    #expect(!fields.has("A"))
    fields.append("Content-Type", "Cache-Control: no-store")
    fields.append("X", "")
    #expect(fields.has("Content-Type"))
    #expect(fields.has("X"))
    for name in ["Cache-Control", "Content", "Content-Type:", "ontent-Type", "", "content-type", "X: "]
      as [StaticString]
    {
      #expect(!fields.has(name), "\(name)")
    }
  }

  @Test func aWholeLineIsAddedAsItIs() {
    var fields = Fields()
    fields.append("A", "1")
    Array("X-Request-Id: abcd\r\n".utf8).withUnsafeBufferPointer { fields.append(line: $0) }
    #expect(String(decoding: fields.lines, as: UTF8.self) == "A: 1\r\nX-Request-Id: abcd\r\n")
    #expect(fields["X-Request-Id"] == "abcd")
  }

  @Test func anotherListIsAddedUnchanged() {
    var (first, second) = (Fields(), Fields())
    first.append("A", "1")
    second.append("B", "Zoë")
    first.append(second)
    #expect(String(decoding: first.lines, as: UTF8.self) == "A: 1\r\nB: Zoë\r\n")
    #expect(first != second)
  }
}

@Suite struct ResponseStreamTests {
  @Test func whatIsSentIsTakenOnceAndInOrder() {
    let stream = ResponseStream()
    #expect(stream.send("a".utf8))
    #expect(stream.send("b".utf8))
    #expect(stream.take() == (Array("ab".utf8), false, false))
    #expect(stream.take() == ([], false, false))
    #expect(stream.send("c".utf8))
    stream.finish()
    #expect(!stream.send("d".utf8))
    #expect(stream.take() == (Array("c".utf8), true, false))
  }

  @Test func aReaderThatLagsIsGivenUp() {
    let stream = ResponseStream(limit: 10)
    #expect(stream.send([UInt8](repeating: 1, count: 10)))
    #expect(!stream.send([2]))
    #expect(stream.take().isClosed)
    #expect(!stream.send([3]))
  }

  @Test func aReaderThatKeepsUpMayGetAnyAmount() {
    let stream = ResponseStream(limit: 10)
    for _ in 0..<100 {
      #expect(stream.send([UInt8](repeating: 1, count: 10)))
      #expect(stream.take().bytes.count == 10)
    }
  }

  @Test func aWriterIsToldThatTheReaderHasGone() {
    let stream = ResponseStream()
    let calls = Atomic<Int>(0)
    stream.attach { calls.add(1, ordering: .relaxed) }
    #expect(calls.load(ordering: .relaxed) == 1, "what came before the reader must be fetched")
    #expect(stream.send([1]))
    #expect(calls.load(ordering: .relaxed) == 2)
    stream.close()
    #expect(!stream.send([2]))
    stream.finish()
    #expect(calls.load(ordering: .relaxed) == 2, "nobody is woken who has gone")
  }
}
