import Glibc
import Logging
import Postern

/// swift-log's handler that writes a line per event to a descriptor, standard error but for tests.
struct StandardErrorLogHandler: LogHandler {
  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]
  var metadataProvider: Logger.MetadataProvider?

  private let format: Settings.LogFormat
  private let clock: any Postern.Clock
  private let output: LogOutput

  init(
    format: Settings.LogFormat, level: LogLevel, clock: any Postern.Clock, descriptor: Int32 = STDERR_FILENO
  ) {
    self.format = format
    self.logLevel = level.loggerLevel
    self.clock = clock
    output = LogOutput(descriptor) { missing in
      Array(
        LogLine(
          time: clock.now(), level: LogLevel.warning.rawValue, event: "lines are missing here: nobody has read them",
          fields: [("count", String(missing))]
        ).written(format).utf8)
    }
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
    output.write(Array(line.written(format).utf8))
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
