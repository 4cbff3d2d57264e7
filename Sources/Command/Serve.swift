import API
import Cryptography
import FastCGI
import Glibc
import Postern
import SQL

/// Puts server, API and stores together, the one place where all of them are known, and serves until a signal ends it.
func runServer(settings: Settings, log: some Log) throws {
  // Before the first thread, and before libfcgi takes signals over.
  let signals = try Signals()
  let clock = SystemClock()
  do {
    let house = try House(settings, clock: clock, log: log)
    defer { house.database.close() }
    let scheduler = try Scheduler(house.jobs, clock: clock, log: log)
    let server = try Server(ServerConfiguration(settings), application: house.gate) { event in
      log.write(event.level, "server", ["what": event.description])
    }
    try scheduler.start()
    try server.start()
    log.write(.notice, "ready", ["version": VersionCommand.version, "revocations": String(house.revocations.count)])
    waitForTheEnd(signals, log)
    server.stop()
    scheduler.stop()
    log.write(.notice, "stopped", [:])
  } catch let error as StoreError {
    throw Failure("\(settings.databasePath): \(error.sentence)")
  } catch let error as ServerError {
    throw Failure(error.description)
  }
}

private func waitForTheEnd(_ signals: borrowing Signals, _ log: some Log) {
  while let signal = try? signals.wait() {
    if signal == SIGHUP {
      log.write(.notice, "settings are read at the start only", ["signal": "SIGHUP"])
      continue
    }
    log.write(.notice, "stopping", ["signal": signal == SIGINT ? "SIGINT" : "SIGTERM"])
    return
  }
}

/// Everything behind the server: the storage, the domain's services over it, and the application.
struct House {
  let database: SQLiteDatabase
  let revocations = Revocations()
  let gate: Gate
  let jobs: [Scheduler.Job]

  init(_ settings: Settings, clock: any Postern.Clock, log: any Log) throws {
    let random = SystemRandom()
    database = try SQLiteDatabase(path: settings.databasePath, clock: clock)
    let accounts = SQLAccountStore(database)
    let store = SQLSessionStore(database)
    let codec = HMACTokenCodec(
      key: settings.jwtSecretKey, issuer: settings.issuer, audience: settings.audience)
    let doubleSubmit = DoubleSubmit(secretKey: settings.secretKey)
    let issuer = TokenIssuer(
      settings: settings, codec: codec, random: random, csrf: { doubleSubmit.csrfToken(for: $0, $1) })
    let sessions = Sessions(
      settings: settings, store: store, accounts: accounts, revocations: revocations,
      issuer: issuer, clock: clock, random: random, log: log)
    let signIn = SignIn(
      settings: settings, accounts: accounts, sessions: sessions,
      hasher: Argon2idHasher(settings: settings.argon2, random: random),
      attempts: LoginAttempts(most: settings.maxLoginAttempts, window: settings.loginAttemptWindow), clock: clock,
      log: log)
    gate = Gate(
      Services(
        settings: settings, signIn: signIn, sessions: sessions, accounts: accounts, codec: codec,
        revocations: revocations, clock: clock, log: log))
    let upkeep = Upkeep(
      settings, revocations: revocations, log: SQLRevocationLog(database), sessions: store, clock: clock)
    try upkeep.readRevocations()
    jobs = [
      Scheduler.Job(name: "read revocations", interval: .milliseconds(300), work: upkeep.readRevocations),
      Scheduler.Job(name: "forget revocations", interval: .seconds(60), work: upkeep.forgetRevocations),
      Scheduler.Job(name: "purge sessions", interval: .seconds(3600), work: upkeep.purgeSessions),
    ]
  }
}
