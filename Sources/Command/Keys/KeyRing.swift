import Cryptography
import Postern

/// Every key that counts, or has counted: those of `keys/`, and those that the configuration sets. Which of them signs,
/// and until when the others go on being taken, follows from the moments at which they began.
struct KeyRing: Sendable {
  struct Key: Sendable {
    enum Origin: Sendable, Equatable {
      case file(KeyFile)
      /// `JWT_SECRET_KEY`, or the file that is made in its place.
      case jwtSecretKey(isGiven: Bool)
      /// `JWT_PRIVATE_KEY`
      case privateKey
      /// `JWT_PUBLIC_KEY`
      case publicKey
    }

    let origin: Origin
    let algorithm: TokenAlgorithm
    let id: String
    let material: VerificationKey
    /// `nil` for a key that is only checked with.
    let signing: SigningKey?
    var isForAssertions = false
    /// The moments from which on it has signed, the first one first; `nil`: since before there were others.
    var begins: [Instant?] = []
    /// When the last of its tokens has died; `nil` while it signs, and for as long as the configuration has it.
    var end: Instant?

    /// The public key, where it has one.
    var publicKey: PublicKey? { if case .publicKey(let key) = material { key } else { nil } }
  }

  /// From the moment at which a key is made, all processes that look at the directory have so long to learn of it
  /// before anything is signed with it.
  static let lead = Duration.seconds(3)
  /// What clocks may be off, or be set back by.
  private static let margin = Duration.seconds(3600)

  /// What began last, of the keys for tokens: a key, or a file that names one.
  private(set) var newest: (algorithm: TokenAlgorithm, id: String, kind: KeyFile.Kind?)?
  /// In the order in which they first began.
  private(set) var keys: [Key] = []
  /// When whichever key ends next.
  private(set) var ends: [Instant] = []
  let settings: Settings
  /// The files that it was read from.
  let names: [String]

  /// Reads the directory and the settings, and makes nothing. Throws a failure.
  init(_ settings: Settings) throws(Failure) {
    self.settings = settings
    let directory = KeyDirectory(of: settings.dataDirectory)
    let files = try directory.files()
    names = files.map(\.name).sorted()
    try addConfigured()
    for file in files { try add(file, directory) }
    // One that is set, and has never signed, is no reason to take anything.
    keys.removeAll { key in
      let isGiven = key.origin == .privateKey || key.origin == .jwtSecretKey(isGiven: true)
      return isGiven && key.begins.isEmpty && key.algorithm != settings.algorithm
    }
    for key in try ConfiguredKeys.publicKeys(settings) where given?.id != key.id {
      keys.append(
        Key(origin: .publicKey, algorithm: key.algorithm, id: key.id, material: .publicKey(key), signing: nil))
    }
    let cut = files.last { $0.kind == .drop }?.made
    let forTokens = files.filter { $0.kind != .drop && $0.kind != .assertion }
    let forAssertions = files.filter { $0.kind == .assertion }
    setEnds(forTokens, cut, life: KeyRing.tokenLife(settings), forAssertions: false)
    setEnds(forAssertions, cut, life: .seconds(Assertion.life), forAssertions: true)
    ends = keys.compactMap(\.end)
    if let last = forTokens.last {
      newest = (last.algorithm, last.id, last.kind)
    } else if let first = keys.first(where: { $0.origin == .jwtSecretKey(isGiven: false) }) {
      newest = (.hs256, first.id, nil)
    }
  }

  private mutating func addConfigured() throws(Failure) {
    if !settings.jwtSecretKey.isEmpty {
      let secret = HMACSHA256(key: settings.jwtSecretKey)
      keys.append(
        Key(
          origin: .jwtSecretKey(isGiven: settings.isJWTSecretKeyGiven), algorithm: .hs256,
          id: KeyRing.name(of: secret), material: .secret(secret), signing: .secret(secret),
          begins: settings.isJWTSecretKeyGiven ? [] : [nil]))
    }
    if let pair = try ConfiguredKeys.privateKey(settings) { add(.pair(pair), .privateKey, id: pair.publicKey.id) }
  }

  /// Adds the key of a file; or another moment to a key that is there already.
  private mutating func add(_ file: KeyFile, _ directory: KeyDirectory) throws(Failure) {
    switch file.kind {
    case .drop: return
    case .configured: break
    case .pair where keys.contains { $0.origin == .privateKey && $0.id == file.id }: break
    case .pair, .assertion:
      let pair = try directory.pair(file)
      add(.pair(pair), .file(file), id: file.id)
      keys[keys.count - 1].isForAssertions = file.kind == .assertion
    case .secret: add(.secret(HMACSHA256(key: try directory.secret(file))), .file(file), id: file.id)
    }
    if let index = keys.lastIndex(where: { $0.id == file.id && $0.algorithm == file.algorithm }) {
      keys[index].begins.append(file.made)
    }
  }

  private mutating func add(_ key: SigningKey, _ origin: Key.Origin, id: String) {
    keys.append(Key(origin: origin, algorithm: key.algorithm, id: id, material: key.verification, signing: key))
  }

  /// A key ends when what was signed with it before the next one began has died; at once where it was dropped.
  private mutating func setEnds(_ files: [KeyFile], _ cut: Instant?, life: Duration, forAssertions: Bool) {
    for index in keys.indices where keys[index].isForAssertions == forAssertions {
      guard let last = keys[index].begins.last else { continue }
      let begin = last ?? Instant(microseconds: .min)
      if let cut, begin < cut {
        keys[index].end = Instant(seconds: 0)
      } else if let next = files.first(where: { $0.made > begin && $0.id != keys[index].id }) {
        keys[index].end = next.made + KeyRing.lead + life + KeyRing.margin
      }
    }
  }

  private static func tokenLife(_ settings: Settings) -> Duration {
    max(settings.refreshLifetime, settings.accessLifetime) + settings.leeway
  }

  /// A name for a secret that tells nothing of it: 16 characters.
  private static func name(of secret: HMACSHA256) -> String {
    Base64.url.encode(secret.tag(of: "postern key".utf8).prefix(12))
  }
}

extension KeyRing {
  /// The keys whose tokens are taken at that moment.
  func live(at now: Instant, forAssertions: Bool = false) -> [Key] {
    keys.filter { key in key.isForAssertions == forAssertions && key.end.map { $0 > now } ?? true }
  }

  /// Signs and takes tokens, as of that moment. What the configuration asks for signs from the first token on: a key
  /// that it sets, or else keys of its algorithm, as they follow one another.
  func codec(at now: Instant) -> JWTCodec {
    JWTCodec(
      signers: KeyRing.signers(signing(at: now)), keys: live(at: now).map(\.material), issuer: settings.issuer,
      audience: settings.audience)
  }

  /// The keys for tokens that the configuration asks for, of those that count at that moment.
  func signing(at now: Instant) -> [Key] {
    live(at: now).filter { key in
      key.signing != nil && key.algorithm == settings.algorithm && (given == nil || key.id == given?.id)
    }
  }

  /// Whether it signs what is made from now on.
  func isSigning(_ key: Key) -> Bool {
    guard key.end == nil, key.signing != nil else { return false }
    if key.isForAssertions { return true }
    return key.algorithm == settings.algorithm && (given == nil || key.id == given?.id)
  }

  /// From when on which key signs; a key that began before there were others comes first.
  static func signers(_ keys: [Key]) -> [JWTCodec.Signer] {
    keys.flatMap { key in
      key.begins.compactMap { begin in
        key.signing.map { JWTCodec.Signer(from: begin.map { ($0 + lead).seconds } ?? Int64.min, $0) }
      }
    }
  }

  /// What may be told to everybody: the public keys that count at that moment.
  func publicKeys(at now: Instant) -> [PublicKey] {
    let keys = (live(at: now) + live(at: now, forAssertions: true)).compactMap(\.publicKey)
    return keys.enumerated().filter { index, key in !keys[..<index].contains { $0.id == key.id } }.map(\.element)
  }
}
