import Cryptography
import Postern
import Synchronization
import Testing

@testable import Command

@Suite struct ServingKeysTests {
  private let directory: TemporaryDirectory
  private var settings = Settings()

  init() throws {
    directory = try TemporaryDirectory()
    settings.dataDirectory = directory.path
    settings.jwtSecretKey = Array("a secret of the tests, thirty-two bytes long".utf8)
  }

  /// Whoever needs the first key for assertions began under the settings of before.
  @Test func keyForAssertionsBringsNoFormerSettingsBack() throws {
    var changed = settings
    changed.algorithm = .es256
    let clock = InterruptingClock()
    let keys = try ServingKeys(settings, SystemRandom(), clock: clock)
    let files = KeyDirectory(of: directory.path)
    clock.interrupt { [changed] in
      guard try files.files().contains(where: { $0.kind == .assertion }) else { return false }
      try keys.reload(changed)
      return true
    }
    try keys.makeKey()
    #expect(keys.signer.hasPrefix("ES256 "))
    #expect(try files.files().map(\.algorithm) == [.es256, .es256])
    #expect(
      keys.sign(
        Assertion(
          issuer: "", audience: "",
          identity: Identity(
            account: AccountID(1), credential: .apiToken(APIToken.ID(1)), email: "", name: "", isVerified: true,
            role: nil, permissions: [], methods: [], provenAt: nil), issuedAt: clock.now().seconds)) != nil)
  }
}

/// A clock in whose call something else happens, once.
private final class InterruptingClock: Postern.Clock {
  private let interruption = Mutex<(@Sendable () throws -> Bool)?>(nil)

  /// `work` is called each time the clock is asked, until it returns true.
  func interrupt(_ work: @escaping @Sendable () throws -> Bool) { interruption.withLock { $0 = work } }

  func now() -> Instant {
    // Taken out meanwhile: the work asks for the time, too.
    if let work = interruption.withLock({ $0.take() }), (try? work()) != true { interruption.withLock { $0 = work } }
    return Instant(seconds: 1_795_500_000)
  }

  func monotonic() -> Duration { .zero }
}
