import HTTP
import Postern
import Synchronization

/// Whom an API token stands for: found out by the storage the first time, remembered from then on. What can change at
/// once (time, revocation, the account's epoch and revision) is judged every time; the storage is asked again at
/// intervals. A token is found by all of its bytes; the table is bounded, and a newer token takes the place of an older
/// one.
final class VerifiedAPITokens: Sendable {
  /// After so long the storage is asked again. Far less than revocations are remembered.
  private static let trust = Duration.seconds(60)
  private static let shards = 16
  private static let slotsPerShard = 64

  private final class Entry: Sendable {
    let text: [UInt8]
    let token: APIToken
    /// The account's, of which `visitor` says something.
    let revision: Int64
    let visitor: Visitor
    /// When the storage was asked, by the monotonic clock.
    let askedAt: Duration
    /// When a use of the token was last noted.
    let activity = Activity.Mark()

    init(_ text: [UInt8], _ proof: APITokens.Proof, askedAt: Duration) {
      self.text = text
      token = proof.token
      revision = proof.account.revision
      visitor = Visitor(Identity(proof.account, through: proof.token))
      self.askedAt = askedAt
    }
  }

  /// Guard: each shard has its own lock, held for as long as it takes to copy or replace one reference.
  private final class Shard: Sendable {
    let slots = Mutex([Entry?](repeating: nil, count: VerifiedAPITokens.slotsPerShard))
  }

  private let tokens: APITokens
  private let activity: Activity
  private let revocations: Revocations
  private let table: [Shard]

  init(_ services: Services) {
    tokens = services.apiTokens
    activity = services.activity
    revocations = services.revocations
    table = (0..<VerifiedAPITokens.shards).map { _ in Shard() }
  }

  /// Whom the token stands for. `arrival` is the request's. Throws what is wrong with it as `AuthError.token`, and
  /// `NeedsWorker` where the storage has to be asked and may not be.
  func visitor(_ text: [UInt8], at now: Instant, arrival: Duration, mayBlock: Bool) throws -> Visitor {
    guard text.count == APITokenText.length else { throw AuthError.token(.problem(.malformed)) }
    let (shard, slot) = place(of: text)
    if let entry = shard.slots.withLock({ $0[slot] }), entry.text.isEqualInConstantTime(to: text) {
      try judge(entry, at: now)
      if isCurrent(entry, arrival) { return pass(entry) }
    }
    guard APITokenText.isWellFormed(text) else { throw AuthError.token(.problem(.malformed)) }
    guard mayBlock else { throw NeedsWorker() }
    let entry = Entry(text, try tokens.prove(text), askedAt: arrival)
    shard.slots.withLock { $0[slot] = entry }
    // What ended while the storage was asked is known by now.
    try judge(entry, at: now)
    return pass(entry)
  }

  private func judge(_ entry: Entry, at now: Instant) throws(AuthError) {
    if revocations.contains(entry.token) { throw .token(.revoked) }
    if entry.token.expiresAt <= now { throw .token(.problem(.expired)) }
  }

  /// Whether memory may be believed: about the token, and about what its owner may.
  private func isCurrent(_ entry: Entry, _ arrival: Duration) -> Bool {
    arrival - entry.askedAt < VerifiedAPITokens.trust && revocations.isFresh(at: arrival)
      && !revocations.isOutOfDate(account: entry.token.account, revision: entry.revision)
  }

  private func pass(_ entry: Entry) -> Visitor {
    activity.note(.apiToken(entry.token.id), mark: entry.activity)
    return entry.visitor
  }

  /// By eight of the random characters; the text has its full length.
  private func place(of text: [UInt8]) -> (Shard, slot: Int) {
    let word = text.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self) }
    let hash = word &* 0x9E37_79B9_7F4A_7C15
    return (table[Int(hash >> 60)], Int(hash >> 54) & (VerifiedAPITokens.slotsPerShard - 1))
  }
}
