/// The port for log lines: an event in a few fixed words, and what it is about in fields. No token, password or cookie
/// is ever handed over; whatever a client has sent is, as a field, and the adapter keeps it on its line.
package protocol Log: Sendable {
  func write(_ level: LogLevel, _ event: String, _ fields: KeyValuePairs<String, String>)
}

package enum LogLevel: String, Sendable, CaseIterable, Comparable {
  case debug, info, notice, warning, error

  package static func < (left: LogLevel, right: LogLevel) -> Bool {
    allCases.firstIndex(of: left)! < allCases.firstIndex(of: right)!
  }
}

/// What every log line of one request has in common; adapters of `Log` add it to each line.
package enum LogContext {
  /// Set for the time in which a request is answered.
  @TaskLocal package static var requestID: String?
}
