import ArgumentParser
import Cryptography
import Postern

struct KeysRotate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate", abstract: "Makes new keys; the former ones go on verifying until their tokens are dead.",
    discussion: """
      Makes a new key of JWT_ALGORITHM for tokens, and one for assertions where there is one. Nobody is signed out: what \
      the former keys have signed is taken for as long as it may live. Files of keys that are dead are removed.

      \(ExitStatus.explanation)
      """)

  @Flag(help: "The former keys stop verifying at once, as after a leak: everybody has to sign in again.")
  var dropPrevious = false

  func run() throws {
    let random = SystemRandom()
    let settings = try Configuration.forStart(.current(), random, asOwner: true).settings
    let said = try KeyRotation(settings, random, clock: SystemClock()).run(dropPrevious: dropPrevious)
    said.forEach(tell)
  }
}

/// What `keys rotate` does.
struct KeyRotation {
  private let settings: Settings
  private let random: any RandomSource
  private let clock: any Postern.Clock
  private let directory: KeyDirectory

  init(_ settings: Settings, _ random: any RandomSource, clock: any Postern.Clock) {
    self.settings = settings
    self.random = random
    self.clock = clock
    directory = KeyDirectory(of: settings.dataDirectory)
  }

  /// Returns what was done, in sentences. Throws a failure.
  func run(dropPrevious: Bool) throws(Failure) -> [String] {
    // What the configuration asks for now has to be known as what signed until now.
    let ring = try KeyRing.open(settings, at: clock.now(), random)
    if let given = ring.given { throw KeyRotation.refusal(given) }
    return try directory.locked { () throws(Failure) in
      let ring = try KeyRing(settings)
      let hasAssertionKey = !ring.live(at: clock.now(), forAssertions: true).isEmpty
      var said: [String] = []
      let moment = try ring.moment(clock.now())
      let made = try KeyRing.make(settings.algorithm, at: moment, in: directory, random)
      said.append("key \(made.id) (\(made.algorithm.rawValue)) made for tokens")
      if hasAssertionKey {
        let made = try KeyRing.makeAssertionKey(at: moment, in: directory, random)
        said.append("key \(made.id) (\(made.algorithm.rawValue)) made for assertions")
      }
      if dropPrevious {
        try directory.make(KeyFile(made: moment, made.algorithm, id: made.id, .drop), "", random)
        said.append("the former keys count no more: everybody has to sign in again")
      }
      return said + (try removeDead())
    }
  }

  /// Removes the files of keys that are dead. Those that say when something began or was dropped stay.
  private func removeDead() throws(Failure) -> [String] {
    let (ring, now) = (try KeyRing(settings), clock.now())
    var said: [String] = []
    for key in ring.keys where key.end.map({ $0 <= now }) ?? false {
      switch key.origin {
      case .file(let file): try directory.remove(file)
      case .jwtSecretKey(isGiven: false):
        try PrivateFile.remove(SecretFile.jwtSecretKey.name, in: settings.dataDirectory)
      case .jwtSecretKey, .privateKey, .publicKey: continue
      }
      said.append("dead key \(KeyRow(key, ring, at: now).name) (\(key.algorithm.rawValue)) removed")
    }
    return said
  }

  private static func refusal(_ given: KeyRing.Key) -> Failure {
    if given.origin == .privateKey {
      return Failure(
        "JWT_PRIVATE_KEY is set by configuration: put another key there, and the public key of the former one into "
          + "JWT_PUBLIC_KEY until its tokens are dead; or take JWT_PRIVATE_KEY away, and keys are made and rotated here"
      )
    }
    return Failure(
      "JWT_SECRET_KEY is set by configuration: another one there signs everybody out; or take it away, keep it as the "
        + "content of the file jwt_secret_key in the data directory, and keys are made and rotated here")
  }
}
