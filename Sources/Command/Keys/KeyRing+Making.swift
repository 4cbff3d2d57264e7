import Cryptography
import Postern

extension KeyRing {
  /// The ring that a server works with: what shall sign is there, and is what began last. A key is made where it is
  /// missing; where the configuration sets it, the moment is noted from which on it has signed. So a change of
  /// `JWT_ALGORITHM` is a rotation like any other. Throws a failure.
  static func open(_ settings: Settings, at now: Instant, _ random: some RandomSource) throws(Failure) -> KeyRing {
    let found = try KeyRing(settings)
    if found.isSigned { return found }
    return try KeyDirectory(of: settings.dataDirectory).locked { () throws(Failure) in
      // Another process may have been faster.
      let found = try KeyRing(settings)
      return found.isSigned ? found : try found.withNewSigner(at: now, random)
    }
  }

  /// The ring as it is in the directory now, for a server that has opened one before. A key is made only where none is
  /// left that this server can sign with: another process on the directory may be under other settings for a while, as
  /// when one after the other is given a new algorithm, and both would make keys in turn for as long as that lasts.
  /// Throws a failure.
  static func reopen(_ settings: Settings, at now: Instant, _ random: some RandomSource) throws(Failure) -> KeyRing {
    let found = try KeyRing(settings)
    return found.signing(at: now).isEmpty ? try open(settings, at: now, random) : found
  }

  /// The key that the configuration sets, and nothing here can replace.
  var given: Key? {
    keys.first { key in
      guard key.algorithm == settings.algorithm else { return false }
      return key.origin == .privateKey || key.origin == .jwtSecretKey(isGiven: true)
    }
  }

  /// Whether what began last is what shall sign.
  private var isSigned: Bool {
    guard let newest, newest.algorithm == settings.algorithm else { return false }
    if let given { return newest.id == given.id }
    return newest.kind != .configured
  }

  /// To be called while the directory is locked.
  private func withNewSigner(at now: Instant, _ random: some RandomSource) throws(Failure) -> KeyRing {
    let directory = KeyDirectory(of: settings.dataDirectory)
    if let given {
      try directory.make(KeyFile(made: try moment(now), given.algorithm, id: given.id, .configured), "", random)
    } else {
      _ = try KeyRing.make(settings.algorithm, at: try moment(now), in: directory, random)
    }
    return try KeyRing(settings)
  }

  /// A moment for a new key: now, and behind that of every other, so that their order is never in doubt.
  func moment(_ now: Instant) throws(Failure) -> Instant {
    let files = try KeyDirectory(of: settings.dataDirectory).files()
    guard let last = files.last else { return now }
    return max(now, last.made + .seconds(1))
  }

  /// Makes a key for tokens and keeps it.
  static func make(
    _ algorithm: TokenAlgorithm, at moment: Instant, in directory: KeyDirectory, _ random: some RandomSource
  ) throws(Failure) -> KeyFile {
    if algorithm == .hs256 {
      let file = KeyFile(made: moment, .hs256, id: Base64.url.encode(random.bytes(12)), .secret)
      try directory.make(file, Hexadecimal.encode(random.bytes(32)) + "\n", random)
      return file
    }
    let pair = PrivateKey(for: algorithm)
    let file = KeyFile(made: moment, algorithm, id: pair.publicKey.id, .pair)
    try directory.make(file, pair.pem, random)
    return file
  }

  /// Makes a key for assertions and keeps it: ES256, which every library knows, and which signs quickly.
  static func makeAssertionKey(
    at moment: Instant, in directory: KeyDirectory, _ random: some RandomSource
  ) throws(Failure) -> KeyFile {
    let pair = PrivateKey(for: .es256)
    let file = KeyFile(made: moment, .es256, id: pair.publicKey.id, .assertion)
    try directory.make(file, pair.pem, random)
    return file
  }
}
