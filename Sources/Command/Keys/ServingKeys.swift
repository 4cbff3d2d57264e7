import Cryptography
import Postern
import Synchronization

/// The keys of a process that serves: it notices when the directory has changed, signs assertions, and tells the public
/// keys.
final class ServingKeys: AssertionSigner {
  private struct InForce {
    var ring: KeyRing
    var readAt: Instant
    var assertionSigners: [JWTCodec.Signer]
    var document: [UInt8]

    init(_ ring: KeyRing, readAt: Instant) {
      self.ring = ring
      self.readAt = readAt
      assertionSigners = KeyRing.signers(ring.live(at: readAt, forAssertions: true))
      document = JSONWebKeySet.document(ring.publicKeys(at: readAt))
    }
  }

  private let random: any RandomSource
  private let clock: any Postern.Clock
  /// Guard: held for as long as it takes to copy what is in it; reactors ask it, too.
  private let inForce: Mutex<InForce>

  /// Opens the ring of keys, which makes the one that signs if there is none. Throws a failure.
  init(_ settings: Settings, _ random: some RandomSource, clock: any Postern.Clock) throws(Failure) {
    self.random = random
    self.clock = clock
    inForce = Mutex(try ServingKeys.read(settings, random, clock))
  }

  /// The same under other settings.
  func reload(_ settings: Settings) throws(Failure) {
    let fresh = try ServingKeys.read(settings, random, clock)
    inForce.withLock { $0 = fresh }
  }

  /// The keys as they are in the directory now. Throws a failure.
  func lookAgain() throws(Failure) {
    let (settings, now) = (inForce.withLock { $0.ring.settings }, clock.now())
    let fresh = InForce(try KeyRing.reopen(settings, at: now, random), readAt: now)
    inForce.withLock { $0 = fresh }
  }

  private static func read(
    _ settings: Settings, _ random: some RandomSource, _ clock: any Postern.Clock
  ) throws(Failure) -> InForce {
    let now = clock.now()
    return InForce(try KeyRing.open(settings, at: now, random), readAt: now)
  }

  /// Signs and takes tokens with the keys that were in force when they were read.
  var codec: JWTCodec {
    let (ring, readAt) = inForce.withLock { ($0.ring, $0.readAt) }
    return ring.codec(at: readAt)
  }

  /// What signs tokens, in a few words for the log.
  var signer: String {
    guard let newest = inForce.withLock({ $0.ring.newest }) else { return "" }
    return "\(newest.algorithm.rawValue) \(newest.id)"
  }

  /// The JWK set (RFC 7517, section 5) of all public keys that count.
  var document: [UInt8] { inForce.withLock { $0.document } }

  /// Whether other files are there than were read, or a key has ended meanwhile. Throws a failure.
  func haveChanged() throws(Failure) -> Bool {
    let (ring, readAt) = inForce.withLock { ($0.ring, $0.readAt) }
    let now = clock.now()
    if ring.ends.contains(where: { ($0 > now) != ($0 > readAt) }) { return true }
    return try KeyDirectory(of: ring.settings.dataDirectory).names() != ring.names
  }

  // MARK: Assertions

  func sign(_ assertion: Assertion) -> String? {
    let signers = inForce.withLock { $0.assertionSigners }
    let begun = signers.filter { $0.from <= assertion.issuedAt }.max { $0.from < $1.from }
    guard let signer = begun ?? signers.min(by: { $0.from < $1.from }) else { return nil }
    return assertion.signed(with: signer.key, identifier: SessionID(random: random).description)
  }

  func makeKey() throws(StoreError) {
    let settings = inForce.withLock { $0.ring.settings }
    let directory = KeyDirectory(of: settings.dataDirectory)
    do throws(Failure) {
      let ring = try directory.locked { () throws(Failure) in
        let ring = try KeyRing(settings)
        guard ring.live(at: clock.now(), forAssertions: true).isEmpty else { return ring }
        _ = try KeyRing.makeAssertionKey(at: try ring.moment(clock.now()), in: directory, random)
        return try KeyRing(settings)
      }
      let fresh = InForce(ring, readAt: clock.now())
      // Nothing else of it: other settings may be in force meanwhile. `haveChanged` sees that the ring is not the
      // latest.
      inForce.withLock { ($0.assertionSigners, $0.document) = (fresh.assertionSigners, fresh.document) }
    } catch { throw .unavailable(error.sentences.joined(separator: "; ")) }
  }
}
