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
  let revocations: Revocations
  private let activity = Activity()
  /// What was counted and seen outlives a change of settings, as far as it fits the new ones.
  private let counts = Counts(rates: LocalRateLimit(), attempts: LocalAttemptCounts(), failures: FailureSchedule())
  private let hashTrials: HashTrials
  let gate: CurrentGate
  private let upkeep: Upkeep
  private let keys: ServingKeys
  private let courier: Courier
  private let folder: PictureFolder
  private let picturesPurgedAt = Mutex<Duration?>(nil)
  private let clock: any Postern.Clock
  private let log: any Log
  /// Guard: held while another gate is made, by whoever makes it; no reactor asks for it.
  private let inForce: Mutex<InForce>

  private struct Counts {
    let rates: LocalRateLimit
    let attempts: LocalAttemptCounts
    let failures: FailureSchedule
  }

  /// What a gate is made of, besides the keys.
  private struct InForce {
    var settings: Settings
    let hashes: PasswordHashes
    let hasher: LimitedHasher
    /// What was last wrong with the keys.
    var complaint: [String] = []

    init(_ settings: Settings, _ failures: FailureSchedule, _ clock: any Postern.Clock, _ log: any Log) {
      self.settings = settings
      hashes = PasswordHashes(settings: settings.argon2, random: SystemRandom(), log: log)
      hasher = LimitedHasher(hashes, settings, failures, clock)
    }
  }

  init(_ settings: Settings, clock: any Postern.Clock, log: any Log) throws {
    database = try SQLiteDatabase(path: settings.databasePath, clock: clock, readers: readingThreads)
    revocations = Revocations(knownSince: clock.now() - Upkeep.margin)
    self.clock = clock
    self.log = log
    let keys = try ServingKeys(settings, SystemRandom(), clock: clock)
    self.keys = keys
    let inForce = InForce(settings, counts.failures, clock, log)
    self.inForce = Mutex(inForce)
    folder = try PictureFolder(settings.picturesDirectory ?? settings.dataDirectory + "/pictures")
    gate = CurrentGate(House.gate(inForce, keys, folder, database, revocations, activity, counts, clock, log))
    hashTrials = HashTrials(accounts: SQLAccountStore(database), clock: clock)
    let way = try MailWay(settings)
    courier = Courier(
      outbox: SQLOutbox(database, clock: clock), writer: way.writer, carrier: way.carrier, clock: clock, log: log)
    upkeep = Upkeep(
      settings, revocations: revocations, activity: activity,
      log: SQLRevocationLog(database), sessions: SQLSessionStore(database), apiTokens: SQLAPITokenStore(database),
      audit: SQLAuditLog(database), links: SQLLinkStore(database), factors: SQLFactorStore(database), clock: clock)
    try upkeep.readRevocations()
  }

  /// What is to be done again and again, and waits for no write. It has a thread of its own: what has ended is read,
  /// and keys are taken over, while another job waits for the disk, or for a lock of another program.
  var readingJobs: [Scheduler.Job] {
    [
      Scheduler.Job(name: "read revocations", interval: .milliseconds(300), work: upkeep.readRevocations),
      Scheduler.Job(name: "look at keys", interval: .seconds(1), work: lookAtKeys),
    ]
  }

  /// What is to be done again and again, and may take as long as a write does.
  var writingJobs: [Scheduler.Job] {
    [
      Scheduler.Job(name: "write activity", interval: .seconds(1), work: upkeep.writeActivity),
      Scheduler.Job(name: "try stored hashes", interval: .seconds(5), work: tryStoredHashes),
      Scheduler.Job(name: "forget revocations", interval: .seconds(60), work: upkeep.forgetRevocations),
      Scheduler.Job(name: "release hashing memory", interval: .seconds(60), work: { HashingMemory.shared.trim() }),
      Scheduler.Job(name: "purge sessions", interval: .seconds(3600), work: upkeep.purgeSessions),
      Scheduler.Job(name: "purge API tokens", interval: .seconds(3600), work: upkeep.purgeAPITokens),
      Scheduler.Job(name: "purge audit log", interval: .seconds(3600), work: upkeep.purgeAuditLog),
      Scheduler.Job(name: "purge factors", interval: .seconds(3600), work: upkeep.purgeFactors),
      Scheduler.Job(name: "purge links", interval: .seconds(3600), work: upkeep.purgeLinks),
      Scheduler.Job(name: "purge pictures", interval: .seconds(1), work: purgePictures),
      Scheduler.Job(name: "purge mails", interval: .seconds(3600), work: courier.purge),
    ]
  }

  /// Mail has a thread of its own: no other job waits for a mail server, and no mail for another job.
  var mailJobs: [Scheduler.Job] { [Scheduler.Job(name: "deliver mails", interval: .seconds(1), work: courier.work)] }

  /// No further mail is delivered; one on its way has five seconds.
  func stopMail() { courier.stop() }

  /// Writes down what is still in memory only, and closes the storage.
  func close() {
    do { try upkeep.finish() } catch { log.write(.warning, "activity not written", ["error": "\(error)"]) }
    database.close()
  }

  /// Puts other settings in force, and the keys as they are now, for every request that begins from now on.
  /// Throws a failure, and changes nothing.
  func reload(_ settings: Settings) throws(Failure) {
    let way = try MailWay(settings)
    try inForce.withLock { inForce throws(Failure) in
      try keys.reload(settings)
      inForce = InForce(settings, counts.failures, clock, log)
      upkeep.adapt(to: settings)
      gate.replace(with: House.gate(inForce, keys, folder, database, revocations, activity, counts, clock, log))
    }
    courier.adapt(writer: way.writer, carrier: way.carrier)
  }

  /// Takes over keys that were made, dropped, or have ended, since they were last read. Where they cannot be read,
  /// those in force stay, and the log says why, once.
  @Sendable private func lookAtKeys() {
    inForce.withLock { inForce in
      do throws(Failure) {
        guard try keys.haveChanged() else { return }
        try keys.lookAgain()
        inForce.complaint = []
        gate.replace(with: House.gate(inForce, keys, folder, database, revocations, activity, counts, clock, log))
        log.write(.notice, "keys have changed", ["signs": keys.signer])
      } catch {
        if inForce.complaint == error.sentences { return }
        inForce.complaint = error.sentences
        log.write(.error, "keys not taken over", ["mistake": error.sentences.joined(separator: "; ")])
      }
    }
  }

  @Sendable private func tryStoredHashes() throws(StoreError) {
    let (hashes, hasher) = inForce.withLock { ($0.hashes, $0.hasher) }
    try hashTrials.run(hasher, kind: hashes.kind)
  }

  /// To be called every second: soon after a start, which may follow a crash, and then every ten minutes.
  @Sendable private func purgePictures() throws(StoreError) {
    let now = clock.monotonic()
    let isDue = picturesPurgedAt.withLock { last in
      if let last, now - last < .seconds(600) { return false }
      last = now
      return true
    }
    guard isDue else { return }
    let pictures = Pictures(
      accounts: SQLAccountStore(database), maker: House.pictureMaker(clock, log), files: folder,
      digest: { SHA256.digest(of: $0) }, log: log)
    try pictures.sweep()
  }

  private static func pictureMaker(_ clock: any Postern.Clock, _ log: any Log) -> SandboxedPictureMaker {
    SandboxedPictureMaker(program: "/proc/self/exe", clock: clock, log: log)
  }

  /// The application over the domain, and the domain over what is real.
  private static func gate(
    _ inForce: InForce, _ keys: ServingKeys, _ folder: PictureFolder, _ database: SQLiteDatabase,
    _ revocations: Revocations, _ activity: Activity, _ counts: Counts, _ clock: any Postern.Clock, _ log: any Log
  ) -> Gate {
    let settings = inForce.settings
    let secretKey = settings.secretKey
    let random = SystemRandom()
    let doubleSubmit = DoubleSubmit(secretKey: secretKey)
    let recoveryKey = HMACSHA256(key: DerivedKey(from: secretKey, for: .recoveryCode).bytes)
    let ports = Ports(
      accounts: SQLAccountStore(database), sessions: SQLSessionStore(database), apiTokens: SQLAPITokenStore(database),
      factors: SQLFactorStore(database), passkeys: SQLPasskeyStore(database), links: SQLLinkStore(database),
      audit: SQLAuditLog(database), records: SQLAccountRecords(database), pictureFiles: folder,
      revocations: revocations, activity: activity, rates: counts.rates, attempts: counts.attempts,
      failures: counts.failures, hasher: inForce.hasher, codec: keys.codec, assertions: keys,
      publicKeys: { keys.document }, csrf: { doubleSubmit.csrfToken(for: $0, $1) },
      browsers: BrowserSeal(secretKey: secretKey), linkSealer: LinkSeal(secretKey: secretKey),
      sealer: AESSeal(secretKey: secretKey, random: random), oneTimeCodes: TOTP(), authenticators: Authenticators(),
      digest: { SHA256.digest(of: $0) }, recoveryDigest: { recoveryKey.tag(of: $0) }, random: random,
      pictureMaker: pictureMaker(clock, log), clock: clock, log: log)
    return Gate(Services(settings, over: ports))
  }
}

extension LimitedHasher {
  /// With as many turns as hashes under these settings may be computed at once: the unit is the memory of one.
  fileprivate convenience init(
    _ hashes: PasswordHashes, _ settings: Settings, _ failures: FailureSchedule, _ clock: any Postern.Clock
  ) {
    let memory = Int(settings.argon2.memory)
    self.init(
      hashes, atOnce: settings.hashers > 0 ? settings.hashers : processorCount,
      turnsToVerify: { (hashes.memory(toVerify: $0) + memory - 1) / memory }, clock: clock,
      record: { failures.record($1, isForeign: hashes.needsRehash($0), at: clock.monotonic()) })
  }
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
