import Glibc
import Postern
import Testing

@testable import Command

/// 2026-11-24T03:17:00.068108Z, always.
private struct StoppedClock: Postern.Clock {
  func now() -> Instant { Instant(microseconds: 1_795_490_220_068_108) }
  func monotonic() -> Duration { .zero }
}

/// What a log writes to a pipe.
private func written(
  _ format: Settings.LogFormat, level: LogLevel = .debug, _ write: (LoggerLog) -> Void
) throws -> String {
  var ends: [Int32] = [0, 0]
  guard pipe(&ends) == 0 else { throw SystemFailure("pipe") }
  var settings = Settings()
  settings.logFormat = format
  settings.logLevel = level
  write(LoggerLog(settings, clock: StoppedClock(), descriptor: ends[1]))
  close(ends[1])
  defer { close(ends[0]) }
  return String(decoding: try readAll(ends[0], "pipe", limit: 1 << 20), as: UTF8.self)
}

@Suite struct LogTests {
  @Test func eventIsALineOfTextWithItsFieldsByName() throws {
    let line = try written(.text) { $0.write(.notice, "signed in", ["b": "two words", "a": "1", "c": ""]) }
    #expect(line == "2026-11-24T03:17:00.068108Z notice signed in a=1 b=\"two words\" c=\"\"\n")
  }

  @Test func eventIsAnObjectOfJSON() throws {
    let line = try written(.json) { $0.write(.error, "gone", ["path": "/a \"b\"\\", "time": "late"]) }
    #expect(
      line
        == #"{"time":"2026-11-24T03:17:00.068108Z","level":"error","event":"gone","path":"/a \"b\"\\","time_":"late"}"#
        + "\n")
  }

  /// Threat 27, log injection.
  @Test(arguments: Settings.LogFormat.allCases)
  func whatAClientSentStaysOnItsLine(format: Settings.LogFormat) throws {
    let hostile = String(
      decoding: Array("a\r\nb\0c\u{2028}d\u{2029}e\u{85}f\u{1B}[31mg\u{7F}h\u{202E}i\u{200B}\tj".utf8) + [0xFF],
      as: UTF8.self)
    let line = try written(format) { $0.write(.info, hostile, [hostile: hostile]) }
    #expect(line.unicodeScalars.filter { $0 == "\n" }.count == 1 && line.hasSuffix("\n"))
    let escaped = "a\\r\\nb\\u0000c\\u2028d\\u2029e\\u0085f\\u001b[31mg\\u007fh\\u202ei\\u200b\\tj\u{FFFD}"
    #expect(line.contains(escaped))
    #expect(
      line.dropLast().unicodeScalars.allSatisfy {
        ![.control, .format, .lineSeparator, .paragraphSeparator].contains($0.properties.generalCategory)
      })
  }

  @Test func valueCannotPretendToBeAnotherField() throws {
    let line = try written(.text) { $0.write(.info, "login failed", ["agent": "x account=1", "name": "a=b\"c"]) }
    #expect(line.hasSuffix(" login failed agent=\"x account=1\" name=\"a=b\\\"c\"\n"))
  }

  @Test func longValueIsCut() throws {
    let line = try written(.text) { $0.write(.info, "x", ["agent": String(repeating: "a", count: 60_000)]) }
    #expect(line.hasSuffix(String(repeating: "a", count: LogLine.longestValue) + "…\n"))
    #expect(line.utf8.count < LogLine.longestValue + 64)
  }

  @Test func whatIsBelowTheLevelIsNotWritten() throws {
    let text = try written(.text, level: .warning) { log in
      for level in LogLevel.allCases { log.write(level, "event", [:]) }
    }
    #expect(text.split(separator: "\n").map { $0.split(separator: " ")[1] } == ["warning", "error"])
  }

  @Test func lineOfARequestCarriesItsID() throws {
    let line = try written(.text) { log in
      LogContext.$requestID.withValue("abc") { log.write(.info, "x", [:]) }
    }
    #expect(line.hasSuffix(" x request_id=abc\n"))
  }
}
