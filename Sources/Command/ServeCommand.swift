import ArgumentParser
import Cryptography
import Postern

struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Answers web servers over FastCGI until it is told to stop.",
    discussion: """
      Listens where POSTERN_LISTEN says, or on the socket that systemd or spawn-fcgi hands over. SIGTERM and SIGINT end \
      it after the running requests are answered; SIGHUP reads the settings anew, but for sockets, threads, database, \
      secrets and log. Logs to standard error.

      \(ExitStatus.explanation)
      """)

  func run() throws {
    OpenSSL.start()
    let configuration = try Configuration.forStart(.current(), SystemRandom())
    let log = LoggerLog(configuration.settings, clock: SystemClock())
    for warning in configuration.warnings { log.write(.warning, "settings", ["warning": warning]) }
    try prepareSocketDirectory(for: configuration.settings.listen)
    try runServer(settings: configuration.settings, log: log) {
      let fresh = Configuration(try .current())
      try fresh.stopOnMistakes()
      return fresh
    }
  }
}
