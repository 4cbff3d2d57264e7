import Glibc
import Logging
import Postern

/// swift-log's handler that writes a line per event to a descriptor, standard error but for tests, in a single
/// `write`: lines of several threads do not mix (on a pipe up to `PIPE_BUF`, 4,096 bytes, beyond that as the kernel
/// has room).
struct StandardErrorLogHandler: LogHandler {
  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]
  var metadataProvider: Logger.MetadataProvider?

  private let format: Settings.LogFormat
  private let clock: any Postern.Clock
  private let descriptor: Int32

  init(
    format: Settings.LogFormat, level: LogLevel, clock: any Postern.Clock, descriptor: Int32 = STDERR_FILENO
  ) {
    self.format = format
    self.logLevel = level.loggerLevel
    self.clock = clock
    self.descriptor = descriptor
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// Fields are in the order of their names: swift-log keeps no other.
  func log(event: LogEvent) {
    var fields = metadata
    if let provided = metadataProvider?.get() { fields.merge(provided) { $1 } }
    if let own = event.metadata { fields.merge(own) { $1 } }
    if let error = event.error { fields["error"] = "\(error)" }
    let line = LogLine(
      time: clock.now(), level: event.level.rawValue, event: "\(event.message)",
      fields: fields.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") })
    // Where standard error is gone or full, there is nowhere left to say so.
    try? writeAll(descriptor, line.written(format).utf8, "log")
  }
}

extension LogLevel {
  var loggerLevel: Logger.Level {
    switch self {
    case .debug: .debug
    case .info: .info
    case .notice: .notice
    case .warning: .warning
    case .error: .error
    }
  }
}
