import Glibc
import Logging
import Postern

/// The port for log lines, on swift-log.
struct LoggerLog: Log {
  private let logger: Logger

  init(_ logger: Logger) { self.logger = logger }

  /// The log that the settings ask for, on standard error but for tests.
  init(_ settings: Settings, clock: any Postern.Clock, descriptor: Int32 = STDERR_FILENO) {
    self.init(
      Logger(label: "postern") { _ in
        StandardErrorLogHandler(
          format: settings.logFormat, level: settings.logLevel, clock: clock, descriptor: descriptor)
      })
  }

  func write(_ level: LogLevel, _ event: String, _ fields: KeyValuePairs<String, String>) {
    let level = level.loggerLevel
    guard logger.logLevel <= level else { return }
    var metadata: Logger.Metadata = [:]
    for (name, value) in fields { metadata[name] = .string(value) }
    if let request = LogContext.requestID { metadata["request_id"] = .string(request) }
    logger.log(level: level, "\(event)", metadata: metadata)
  }
}
