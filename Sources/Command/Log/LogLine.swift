import Postern

/// One event as one line, whatever its fields hold.
struct LogLine {
  var time: Instant
  var level: String
  var event: String
  /// In the order in which they are written.
  var fields: [(name: String, value: String)]

  /// Unicode scalars; the rest is cut: a client may send 64 KiB, and the log is not where they are kept.
  static let longestValue = 1_024

  func written(_ format: Settings.LogFormat) -> String {
    switch format {
    case .text: text
    case .json: json
    }
  }

  /// `2026-11-24T06:00:00.000000Z notice listening address=unix:/run/postern.sock`; a value that is empty or holds
  /// spaces, `=`, `"` or escapes is in double quotes.
  private var text: String {
    var line = "\(time.iso8601)Z \(level) \(printable(event))"
    for (name, value) in fields {
      let written = printable(LogLine.shortened(value), quoted: true)
      let isPlain = !written.isEmpty && !written.utf8.contains { $0 == 0x20 || "\"\\=".utf8.contains($0) }
      line += " \(printable(name))=" + (isPlain ? written : "\"\(written)\"")
    }
    return line + "\n"
  }

  /// One JSON object. A field that is called like one of the first three gets `_` behind its name.
  private var json: String {
    var line = #"{"time":"\#(time.iso8601)Z","level":"\#(level)","event":"\#(printable(event, quoted: true))""#
    for (name, value) in fields {
      let name = ["time", "level", "event"].contains(name) ? name + "_" : name
      line += #","\#(printable(name, quoted: true))":"\#(printable(LogLine.shortened(value), quoted: true))""#
    }
    return line + "}\n"
  }

  private static func shortened(_ value: String) -> String {
    let kept = value.unicodeScalars.prefix(longestValue)
    return kept.endIndex == value.endIndex ? value : String(kept) + "…"
  }
}
