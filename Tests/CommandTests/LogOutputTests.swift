import Glibc
import PosternTesting
import Testing

@testable import Command

/// Both ends of a pipe that holds 4,096 bytes, and what comes out of it.
private struct Pipe: ~Copyable {
  let reader: Int32
  let writer: Int32

  init() throws {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0, fcntl(ends[1], 1031 /* F_SETPIPE_SZ */, 4096) == 4096 else {
      throw SystemFailure("pipe")
    }
    (reader, writer) = (ends[0], ends[1])
  }

  deinit {
    close(reader)
    close(writer)
  }

  /// Reads until a line fulfils the condition; that one comes last.
  func lines(until isLast: (String) -> Bool) throws -> [String] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = try retrying("read") { read(reader, &buffer, buffer.count) }
      bytes += buffer[..<count]
      guard count == 0 || bytes.last == UInt8(ascii: "\n") else { continue }
      let last = bytes.suffix(from: bytes.dropLast().lastIndex(of: UInt8(ascii: "\n")) ?? 0).filter {
        $0 != UInt8(ascii: "\n")
      }
      if count == 0 || isLast(String(decoding: last, as: UTF8.self)) {
        return bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
      }
    }
  }
}

private func notice(_ missing: Int) -> [UInt8] { Array("missing \(missing)\n".utf8) }

@Suite struct LogOutputTests {
  @Test func whoWritesDoesNotWaitForTheReaderAndNothingIsLost() throws {
    let pipe = try Pipe()
    let output = LogOutput(pipe.writer, notice: notice)
    // Far more than the pipe holds, and less than is kept.
    let lines = (0..<5_000).map { "line \($0) " + String(repeating: "x", count: $0 % 200) }
    for line in lines { output.write(Array((line + "\n").utf8)) }
    #expect(try pipe.lines { $0 == lines.last } == lines)
    // And behind that, as before.
    output.write(Array("once more\n".utf8))
    #expect(try pipe.lines { $0 == "once more" } == ["once more"])
  }

  @Test func beyondWhatIsKeptLinesAreCountedAndNoneIsTorn() throws {
    let pipe = try Pipe()
    let output = LogOutput(pipe.writer, notice: notice)
    let long = String(repeating: "x", count: 10_000)
    for number in 0..<300 { output.write(Array("\(number) \(long)\n".utf8)) }
    let lines = try pipe.lines { $0.hasPrefix("missing") }
    let whole = lines.dropLast()
    #expect(whole.count > 90 && whole.count < 110)
    #expect(Array(whole) == whole.indices.map { "\($0) \(long)" })
    #expect(lines.last == "missing \(300 - whole.count)")
    output.write(Array("once more\n".utf8))
    #expect(try pipe.lines { $0 == "once more" } == ["once more"])
  }

  @Test func fullDiskStopsNobodyAndIsToldOfAfterwards() throws {
    let pipe = try Pipe()
    let descriptor = open("/dev/full", O_WRONLY | O_CLOEXEC)
    defer { close(descriptor) }
    let output = LogOutput(descriptor, notice: notice)
    for _ in 0..<100 { output.write(Array("lost\n".utf8)) }
    dup2(pipe.writer, descriptor)
    output.write(Array("room again\n".utf8))
    #expect(try pipe.lines { $0 == "room again" } == ["missing 100", "room again"])
  }

  @Test func linesOfManyThreadsStayWhole() throws {
    let pipe = try Pipe()
    let output = LogOutput(pipe.writer, notice: notice)
    let long = String(repeating: "x", count: 300)
    _ = concurrently(8) { thread in
      for number in 0..<200 { output.write(Array("\(thread) \(number) \(long)\n".utf8)) }
    }
    output.write(Array("last\n".utf8))
    let lines = try pipe.lines { $0 == "last" }
    for thread in 0..<8 {
      #expect(lines.filter { $0.hasPrefix("\(thread) ") } == (0..<200).map { "\(thread) \($0) \(long)" })
    }
    #expect(lines.count == 8 * 200 + 1)
  }
}
