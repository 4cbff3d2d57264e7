package import Postern
import Synchronization

/// A log that keeps its lines for the test to read.
package final class RecordingLog: Log {
  package struct Line: Sendable, Equatable {
    package var level: LogLevel
    package var event: String
    package var fields: [String: String]
  }

  private let kept = Mutex<[Line]>([])

  package init() {}

  package var lines: [Line] { kept.withLock { $0 } }

  package func write(_ level: LogLevel, _ event: String, _ fields: KeyValuePairs<String, String>) {
    let named = Dictionary(fields.map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last })
    kept.withLock { $0.append(Line(level: level, event: event, fields: named)) }
  }

  /// The lines of one event, in order.
  package func lines(of event: String) -> [Line] { lines.filter { $0.event == event } }

  /// Whether `text` is anywhere in what was logged: what must never be in a log can be looked for.
  package func contains(_ text: String) -> Bool {
    lines.contains { line in
      line.event.contains(text) || line.fields.contains { $0.key.contains(text) || $0.value.contains(text) }
    }
  }
}
