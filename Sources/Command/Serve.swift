import CLinux
import FastCGI
import Glibc
import Postern
import SQL

/// Serves until a signal ends it: the one place where server, API and stores meet.
///
/// - Parameter reread: the settings as they are written now, for SIGHUP.
func runServer(settings: Settings, log: some Log, reread: () throws -> Configuration) throws {
  // Before the first thread, and before libfcgi takes signals over.
  let signals = try Signals()
  do {
    let house = try House(settings, clock: SystemClock(), log: log)
    defer { house.close() }
    if !settings.secondFactors.isEnabled,
      try SQLRoleStore(house.database).list().contains(where: \.role.requiresSecondFactor)
    {
      log.write(.warning, "settings", ["warning": SecondFactorSettings.unheededRole])
    }
    let server = try Server(ServerConfiguration(settings), application: house.gate) { event in
      log.write(event.level, "server", ["what": event.description])
    }
    let sockets = Scheduler.Job(name: "look at sockets", interval: .seconds(1), work: server.restoreSockets)
    let schedulers = try [house.readingJobs + [sockets], house.writingJobs, house.mailJobs].map { jobs in
      try Scheduler(jobs, clock: SystemClock(), log: log)
    }
    for scheduler in schedulers { try scheduler.start() }
    try server.start()
    log.write(.notice, "ready", ["version": VersionCommand.version, "revocations": String(house.revocations.count)])
    // What only the start has needed is more than what is needed from now on.
    postern_release_code()
    while try signals.wait() == SIGHUP { reload(house, running: settings, log, reread) }
    log.write(.notice, "stopping", [:])
    house.stopMail()
    server.stop()
    for scheduler in schedulers { scheduler.stop() }
    log.write(.notice, "stopped", [:])
  } catch let error as StoreError {
    throw Failure(error.sentence)
  } catch let error as ServerError {
    throw Failure(error.description)
  }
}

/// Takes over what was changed in the settings, if they hold no mistake; what only a start can change is said.
private func reload(_ house: House, running: Settings, _ log: some Log, _ reread: () throws -> Configuration) {
  do {
    var configuration = try reread()
    for key in configuration.keepFixed(of: running) {
      log.write(.warning, "a changed setting needs a restart", ["key": key])
    }
    for warning in configuration.warnings { log.write(.warning, "settings", ["warning": warning]) }
    try house.reload(configuration.settings)
    log.write(.notice, "settings reloaded", [:])
  } catch let failure as Failure {
    for sentence in failure.sentences { log.write(.error, "settings not reloaded", ["mistake": sentence]) }
  } catch {
    log.write(.error, "settings not reloaded", ["mistake": "\(error)"])
  }
}
