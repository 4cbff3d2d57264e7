import API
import Cryptography
import Glibc
import HTTP
import Postern
import SQL
import Synchronization

/// Everything behind the server that outlives a change of settings: the storage, what is kept in memory, and the gate
/// that is in force.
final class House: Sendable {
  let database: SQLiteDatabase
  let revocations = Revocations()
  private let activity = Activity()
  let gate: CurrentGate
  let jobs: [Scheduler.Job]
  private let upkeep: Upkeep
  private let clock: any Postern.Clock
  private let log: any Log

  init(_ settings: Settings, clock: any Postern.Clock, log: any Log) throws {
    database = try SQLiteDatabase(path: settings.databasePath, clock: clock)
    self.clock = clock
    self.log = log
    gate = CurrentGate(House.gate(settings, database, revocations, activity, clock, log))
    let upkeep = Upkeep(
      settings, revocations: revocations, activity: activity, log: SQLRevocationLog(database),
      sessions: SQLSessionStore(database), audit: SQLAuditLog(database), clock: clock)
    self.upkeep = upkeep
    try upkeep.readRevocations()
    jobs = [
      Scheduler.Job(name: "read revocations", interval: .milliseconds(300), work: upkeep.readRevocations),
      Scheduler.Job(name: "write activity", interval: .seconds(1), work: upkeep.writeActivity),
      Scheduler.Job(name: "forget revocations", interval: .seconds(60), work: upkeep.forgetRevocations),
      Scheduler.Job(name: "release hashing memory", interval: .seconds(60), work: { HashingMemory.shared.trim() }),
      Scheduler.Job(name: "purge sessions", interval: .seconds(3600), work: upkeep.purgeSessions),
      Scheduler.Job(name: "purge audit log", interval: .seconds(3600), work: upkeep.purgeAuditLog),
    ]
  }

  /// Puts other settings in force, for every request that begins from now on. Failed logins are counted anew.
  func reload(_ settings: Settings) {
    upkeep.adapt(to: settings)
    gate.replace(with: House.gate(settings, database, revocations, activity, clock, log))
  }

  /// Writes down what is still in memory only, and closes the storage.
  func close() {
    do { try upkeep.finish() } catch { log.write(.warning, "activity not written", ["error": "\(error)"]) }
    database.close()
  }

  /// The domain's services over the stores, and the application over them.
  private static func gate(
    _ settings: Settings, _ database: SQLiteDatabase, _ revocations: Revocations, _ activity: Activity,
    _ clock: any Postern.Clock, _ log: any Log
  ) -> Gate {
    let random = SystemRandom()
    let accounts = SQLAccountStore(database)
    let codec = JWTCodec(
      key: settings.jwtSecretKey, issuer: settings.issuer, audience: settings.audience)
    let doubleSubmit = DoubleSubmit(secretKey: settings.secretKey)
    let issuer = TokenIssuer(
      settings: settings, codec: codec, random: random, csrf: { doubleSubmit.csrfToken(for: $0, $1) })
    let sessions = Sessions(
      settings: settings, store: SQLSessionStore(database), accounts: accounts, revocations: revocations,
      activity: activity, issuer: issuer, clock: clock, random: random, log: log)
    let hasher = hasher(settings, random)
    let attempts = LoginAttempts(most: settings.maxLoginAttempts, window: settings.loginAttemptWindow)
    let signIn = SignIn(
      settings: settings, accounts: accounts, sessions: sessions, hasher: hasher, attempts: attempts, clock: clock,
      log: log)
    let passwords = Passwords(
      accounts: accounts, sessions: sessions, hasher: hasher, attempts: attempts, revocations: revocations,
      clock: clock, log: log)
    return Gate(
      Services(
        settings: settings, signIn: signIn, passwords: passwords, sessions: sessions, accounts: accounts,
        audit: SQLAuditLog(database), codec: codec, revocations: revocations, activity: activity, clock: clock, log: log
      ))
  }
}

/// How many passwords are hashed at once.
private func hasher(_ settings: Settings, _ random: SystemRandom) -> LimitedHasher {
  LimitedHasher(
    Argon2idHasher(settings: settings.argon2, random: random),
    atOnce: settings.hashers > 0 ? settings.hashers : processorCount)
}

/// The application that is in force. A change of settings puts another in its place; what has begun ends with the
/// settings it began with, as far as one call reaches.
final class CurrentGate: Application {
  /// Guard: held for as long as it takes to count one reference more.
  private let current: Mutex<Gate>

  init(_ gate: Gate) { current = Mutex(gate) }

  func replace(with gate: Gate) { current.withLock { $0 = gate } }

  private var gate: Gate { current.withLock { $0 } }

  func begin(_ request: Request) -> Beginning { gate.begin(request) }
  func perform(_ request: Request) -> Response { gate.perform(request) }
  func bodyLimit(for parameters: Parameters) -> Int { gate.bodyLimit(for: parameters) }
  func refuse(_ refusal: Refusal, _ parameters: Parameters) -> Response { gate.refuse(refusal, parameters) }
}
