import Cryptography
import Glibc
import Postern
import PosternTesting
import Testing

@testable import Command

/// Keys that follow one another: what signs, what is taken, and until when.
@Suite struct KeyRingTests {
  private let directory: TemporaryDirectory
  private let random = SystemRandom()
  private var settings = Settings()
  private let start = Instant(seconds: 1_795_500_000)

  init() throws {
    directory = try TemporaryDirectory()
    settings.dataDirectory = directory.path
  }

  private func open(_ seconds: Int64 = 0, _ change: (inout Settings) -> Void = { _ in }) throws -> KeyRing {
    var changed = settings
    change(&changed)
    return try KeyRing.open(changed, at: start + .seconds(seconds), random)
  }

  private func rotate(_ seconds: Int64, drop: Bool = false, _ change: (inout Settings) -> Void = { _ in }) throws {
    var changed = settings
    change(&changed)
    let clock = FixedClock(moment: start + .seconds(seconds))
    _ = try KeyRotation(changed, random, clock: clock).run(dropPrevious: drop)
  }

  private func claims(_ seconds: Int64) -> TokenClaims {
    TokenClaims(
      kind: .refresh, identifier: "1", subject: "a@example.com", issuedAt: (start + .seconds(seconds)).seconds,
      notBefore: 0, expires: .max, account: AccountID(1), session: SessionID(random: random), provenAt: 0, epoch: 0)
  }

  private func sign(_ ring: KeyRing, _ seconds: Int64) -> String {
    ring.codec(at: start + .seconds(seconds)).sign(claims(seconds))
  }

  private func takes(_ ring: KeyRing, _ token: String, _ seconds: Int64) -> Bool {
    Array(token.utf8).withUnsafeBufferPointer { bytes in
      (try? ring.codec(at: start + .seconds(seconds)).verify(bytes)) != nil
    }
  }

  private var files: [KeyFile] { get throws { try KeyDirectory(of: directory.path).files() } }
  private let secret = Array("a secret of the tests, thirty-two bytes long".utf8)
  private let refreshLife: Int64 = 2_592_000

  @Test func withHS256NothingIsMade() throws {
    let ring = try open { $0.jwtSecretKey = secret }
    #expect(directory.names() == [])
    #expect(sign(ring, 0).hasPrefix("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."))
    #expect(takes(ring, JWTCodec(key: secret).sign(claims(0)), 0))
    #expect(ring.publicKeys(at: start).isEmpty)
  }

  @Test func draftsOfWhatWasKilledAreRemoved() throws {
    _ = try open { $0.algorithm = .edDSA }
    let name = try files[0].name
    let key = try directory.read("keys/\(name)")
    _ = try directory.write("keys/.\(name).0123456789abcdef", key, mode: 0o600)
    _ = try directory.write("keys/.nfs0123456789", "not ours", mode: 0o600)
    try rotate(10) { $0.algorithm = .edDSA }
    let left = directory.names(in: "keys").filter { $0.hasPrefix(".") }
    #expect(left == [".nfs0123456789"])
  }

  /// As when the processes on one directory are given a new algorithm one after the other.
  @Test func processesUnderOtherSettingsDoNotMakeKeysInTurn() throws {
    func reopen(_ seconds: Int64, _ algorithm: TokenAlgorithm) throws -> KeyRing {
      var changed = settings
      changed.algorithm = algorithm
      return try KeyRing.reopen(changed, at: start + .seconds(seconds), random)
    }
    let older = try open { $0.algorithm = .es256 }
    _ = try open(10) { $0.algorithm = .edDSA }
    #expect(try files.count == 2)
    for seconds in Int64(11)...14 {
      let (left, right) = (try reopen(seconds, .es256), try reopen(seconds, .edDSA))
      #expect(takes(left, sign(right, seconds), seconds))
      #expect(takes(right, sign(left, seconds), seconds))
      #expect(takes(right, sign(older, 5), seconds))
    }
    #expect(try files.count == 2)
    // What cannot sign any more needs another key.
    try rotate(20, drop: true) { $0.algorithm = .edDSA }
    let after = sign(try reopen(30, .es256), 30)
    #expect(takes(try reopen(30, .edDSA), after, 30))
    #expect(!takes(try reopen(30, .es256), sign(older, 5), 30))
    #expect(try files.map(\.kind).count { $0 == .pair } == 2)
  }

  @Test(arguments: [TokenAlgorithm.rs256, .es256, .edDSA])
  func aKeyIsMadeOnceForItsOwnerAlone(algorithm: TokenAlgorithm) throws {
    let first = try open { $0.algorithm = algorithm }
    let again = try open(5) { $0.algorithm = algorithm }
    #expect(try files.map(\.kind) == [.pair])
    #expect(takes(again, sign(first, 0), 5))
    #expect(first.publicKeys(at: start).map(\.algorithm) == [algorithm])
    var status = stat()
    #expect(stat(directory.path + "/keys", &status) == 0)
    #expect(status.st_mode == S_IFDIR | 0o700)
    let name = try files[0].name
    #expect(stat("\(directory.path)/keys/\(name)", &status) == 0)
    #expect(status.st_mode == S_IFREG | 0o600)
    #expect(directory.names() == ["keys"])
  }

  @Test(arguments: TokenAlgorithm.allCases)
  func formerKeysAreTakenUntilTheirTokensAreDead(algorithm: TokenAlgorithm) throws {
    let change: (inout Settings) -> Void = {
      $0.algorithm = algorithm
      if algorithm == .hs256 { $0.jwtSecretKey = secret }
    }
    let token = sign(try open(0, change), 0)
    try rotate(1_000, change)
    let ring = try open(1_000, change)
    let new = sign(ring, 1_010)
    // All processes have learned of it before anything is signed with it.
    #expect(sign(ring, 1_002).prefix { $0 != "." } == token.prefix { $0 != "." })
    #expect(takes(try open(1_010, change), token, 1_010))
    #expect(takes(try open(1_010, change), sign(ring, 1_001), 1_010))
    #expect(takes(ring, new, 1_010))
    if algorithm != .hs256 { #expect(new.prefix { $0 != "." } != token.prefix { $0 != "." }) }
    #expect(takes(ring, sign(try open(1_000 + refreshLife, change), 1_000 + refreshLife), 1_000 + refreshLife))
    #expect(takes(ring, token, 1_000 + refreshLife))
    #expect(!takes(ring, token, 1_000 + refreshLife + 3_604))
    #expect(takes(ring, new, 1_000 + refreshLife + 3_604))
  }

  @Test mutating func aChangeOfTheAlgorithmIsARotation() throws {
    settings.jwtSecretKey = secret
    settings.isJWTSecretKeyGiven = true
    let old = sign(try open(), 0)
    let pair = try open(100) { $0.algorithm = .edDSA }
    #expect(takes(pair, old, 110))
    #expect(sign(pair, 110).contains(".") && !sign(pair, 110).hasPrefix("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."))
    #expect(!takes(pair, old, 100 + refreshLife + 3_604))
    // And back: what signed meanwhile has an end now, and the configured key has none.
    let back = try open(5_000_000)
    #expect(takes(back, sign(pair, 4_999_000), 5_000_010))
    #expect(takes(back, sign(back, 5_000_010), 5_000_010))
    #expect(sign(back, 5_000_010).hasPrefix("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."))
    #expect(!takes(back, sign(pair, 4_999_000), 5_000_000 + refreshLife + 3_604))
    #expect(try files.map(\.kind) == [.configured, .pair, .configured])
    // The second time a key pair shall sign, it is another one: the first has an end.
    let again = try open(9_000_000) { $0.algorithm = .edDSA }
    #expect(try files.map(\.kind) == [.configured, .pair, .configured, .pair])
    #expect(takes(again, old, 9_000_010))
    #expect(takes(again, sign(again, 9_000_010), 19_000_000))
  }

  /// Whoever turns to key pairs, so that applications can check tokens and make none, may still have it set.
  @Test func aSecretThatIsSetAndHasNeverSignedIsNotTaken() throws {
    let ring = try open {
      $0.algorithm = .edDSA
      $0.jwtSecretKey = secret
      $0.isJWTSecretKeyGiven = true
    }
    #expect(!takes(ring, JWTCodec(key: secret).sign(claims(0)), 0))
    #expect(takes(ring, sign(ring, 0), 0))
  }

  @Test mutating func droppedKeysEndAtOnce() throws {
    settings.jwtSecretKey = secret
    let oldest = sign(try open(), 0)
    let older = sign(try open(10) { $0.algorithm = .es256 }, 20)
    try rotate(30, drop: true) { $0.algorithm = .es256 }
    let ring = try open(30) { $0.algorithm = .es256 }
    #expect(!takes(ring, oldest, 30))
    #expect(!takes(ring, older, 30))
    #expect(takes(ring, sign(ring, 30), 30))
    #expect(try files.map(\.kind) == [.drop, .pair])
    #expect(ring.publicKeys(at: start + .seconds(30)).count == 1)
    // Though the secret is still set, and though it signs again: only what it signs from then on.
    #expect(!takes(try open(40) { $0.algorithm = .es256 }, oldest, 40))
  }

  @Test mutating func rotationRemovesWhatIsDead() throws {
    let secretFile = try SecretFile.jwtSecretKey.readOrMake(in: directory.path, random)
    settings.jwtSecretKey = secretFile
    _ = try open()
    try rotate(10)
    #expect(try files.map(\.kind) == [.secret])
    try rotate(20)
    #expect(try files.map(\.kind) == [.secret, .secret])
    #expect(directory.names() == ["jwt_secret_key", "keys"])
    try rotate(10_000_000)
    #expect(try files.map(\.kind) == [.secret, .secret])
    #expect(directory.names() == ["keys"])
  }

  @Test mutating func twoRotationsInOneSecondHaveAnOrder() throws {
    settings.algorithm = .edDSA
    let first = sign(try open(), 0)
    for _ in 0..<5 { try rotate(0) }
    let moments = try files.map(\.made)
    #expect(Set(moments).count == 6)
    #expect(try open().newest?.id == files.last?.id)
    #expect(takes(try open(), first, 10))
  }

  @Test mutating func aConfiguredKeySignsAndIsNotRotated() throws {
    let (one, two) = (PrivateKey(for: .es256), PrivateKey(for: .es256))
    settings.algorithm = .es256
    let made = sign(try open(), 0)
    let ring = try open(10) { $0.privateKey = one.pem }
    #expect(ring.given?.id == one.publicKey.id)
    #expect(takes(ring, made, 20))
    let signed = sign(ring, 20)
    let error = #expect(throws: Failure.self) { try rotate(30) { $0.privateKey = one.pem } }
    #expect(error?.sentences.first?.contains("JWT_PUBLIC_KEY") == true)
    // Another one, without and with the former one's public key.
    #expect(!takes(try open(40) { $0.privateKey = two.pem }, signed, 50))
    let both = try open(40) {
      $0.privateKey = two.pem
      $0.publicKeys = one.publicKey.pem + two.publicKey.pem
    }
    #expect(takes(both, signed, 50))
    #expect(takes(both, made, 50))
    #expect(both.publicKeys(at: start + .seconds(50)).count == 3)
    #expect(takes(both, sign(both, 50), 50))
    // Another algorithm, and the key that is still set is taken until its tokens are dead.
    let other = try open(55) {
      $0.algorithm = .hs256
      $0.jwtSecretKey = secret
      $0.privateKey = two.pem
    }
    #expect(takes(other, sign(both, 50), 56))
    #expect(!takes(other, sign(both, 50), 55 + refreshLife + 3_604))
    // Without any, a key is made again.
    #expect(try open(60).newest?.kind == .pair)
    let given = #expect(throws: Failure.self) {
      try rotate(70) {
        $0.algorithm = .hs256
        $0.jwtSecretKey = secret
        $0.isJWTSecretKeyGiven = true
      }
    }
    #expect(given?.sentences.first?.contains("JWT_SECRET_KEY is set by configuration") == true)
  }

  @Test mutating func threadsThatStartTogetherMakeOneKey() throws {
    settings.algorithm = .edDSA
    let names = concurrently(8) { [settings, start, random] _ in
      try? KeyRing.open(settings, at: start, random).newest?.id
    }
    #expect(names[0] != nil && Set(names).count == 1)
    #expect(try files.count == 1)
  }

  @Test mutating func whatIsNoKeyStopsTheStart() throws {
    settings.algorithm = .edDSA
    _ = try open()
    let file = try files[0]
    let text = try directory.read("keys/" + file.name)
    for (name, content, sentence) in [
      ("keys/notes.txt", "", "is no key of Postern's"),
      ("keys/20261124T083000Z-EdDSA-abc.pem", text, "holds another key than its name says"),
      ("keys/20261124T083000Z-ES256-\(file.id).pem", text, "holds another key than its name says"),
      ("keys/20261124T083000Z-EdDSA-abc.pem", "nonsense", "is no key in PEM"),
      ("keys/20261124T083000Z-HS256-abc.secret", "short", "holds no secret"),
    ] {
      try directory.write(name, content)
      let error = #expect(throws: Failure.self) { try open() }
      #expect(error?.sentences.first?.contains(sentence) == true, "\(name)")
      unlink("\(directory.path)/\(name)")
    }
    chmod("\(directory.path)/keys/\(file.name)", 0o640)
    #expect(throws: Failure.self) { try open() }
  }
}

private struct FixedClock: Postern.Clock {
  let moment: Instant

  func now() -> Instant { moment }
  func monotonic() -> Duration { .zero }
}
