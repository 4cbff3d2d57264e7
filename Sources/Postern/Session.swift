/// A session's name: a random UUID (RFC 9562, version 4), which only tokens carry.
package struct SessionID: Sendable, Hashable, CustomStringConvertible {
  package let high: UInt64
  package let low: UInt64

  /// The id with these 128 bits, as it was stored.
  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  package init(random: any RandomSource) {
    var (high, low) = (UInt64(0), UInt64(0))
    for byte in random.bytes(8) { high = high << 8 | UInt64(byte) }
    for byte in random.bytes(8) { low = low << 8 | UInt64(byte) }
    self.high = high & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
    self.low = low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
  }

  /// Reads `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, in hexadecimal digits of either case; `nil` for anything else.
  package init?(_ text: some Collection<UInt8>) {
    let id =
      text.withContiguousStorageIfAvailable(SessionID.read) ?? Array(text).withUnsafeBufferPointer(SessionID.read)
    guard let id else { return nil }
    self = id
  }

  /// Not generic: every token is read through here, and a call per byte into another module would be felt.
  private static func read(_ text: UnsafeBufferPointer<UInt8>) -> SessionID? {
    guard text.count == 36 else { return nil }
    var (high, low) = (UInt64(0), UInt64(0))
    for position in 0..<36 {
      let byte = text[position]
      if position == 8 || position == 13 || position == 18 || position == 23 {
        guard byte == UInt8(ascii: "-") else { return nil }
        continue
      }
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: return nil
      }
      (high, low) = (high << 4 | low >> 60, low << 4 | UInt64(digit))
    }
    return SessionID(high: high, low: low)
  }

  package var description: String {
    String(unsafeUninitializedCapacity: 36) { text in
      var rest = (high, low)
      for position in 0..<36 {
        if position == 8 || position == 13 || position == 18 || position == 23 {
          text[position] = UInt8(ascii: "-")
        } else {
          let digit = UInt8(rest.0 >> 60)
          text[position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
          rest = (rest.0 << 4 | rest.1 >> 60, rest.1 << 4)
        }
      }
      return 36
    }
  }
}

/// One signing-in of one person, from the first token to its end.
package struct Session: Sendable, Equatable {
  package var id: SessionID
  package var account: AccountID
  /// Which refresh token is good: it carries this number; each rotation raises it by one.
  package var generation: Int64
  /// When the generation was last raised; the grace for the one before counts from here.
  package var rotatedAt: Instant
  package var createdAt: Instant
  package var lastActiveAt: Instant
  /// The account's epoch when the session began.
  package var epoch: Int64
  /// How the person proved who they are (RFC 8176), and when.
  package var methods: [String]
  package var provenAt: Instant
  package var address: String
  package var userAgent: String
  package var revokedAt: Instant?
  /// The storage's own time when the row was read: what time-outs and graces are measured with.
  package var readAt: Instant

  package init(
    id: SessionID, account: AccountID, generation: Int64 = 1, rotatedAt: Instant, createdAt: Instant,
    lastActiveAt: Instant, epoch: Int64, methods: [String], provenAt: Instant, address: String, userAgent: String,
    revokedAt: Instant? = nil, readAt: Instant
  ) {
    self.id = id
    self.account = account
    self.generation = generation
    self.rotatedAt = rotatedAt
    self.createdAt = createdAt
    self.lastActiveAt = lastActiveAt
    self.epoch = epoch
    self.methods = methods
    self.provenAt = provenAt
    self.address = address
    self.userAgent = userAgent
    self.revokedAt = revokedAt
    self.readAt = readAt
  }
}

/// What is needed to begin a session.
package struct NewSession: Sendable {
  package var id: SessionID
  package var account: AccountID
  package var epoch: Int64
  package var methods: [String]
  package var address: String
  package var userAgent: String

  package init(
    id: SessionID, account: AccountID, epoch: Int64, methods: [String], address: String, userAgent: String
  ) {
    self.id = id
    self.account = account
    self.epoch = epoch
    self.methods = methods
    self.address = address
    self.userAgent = userAgent
  }
}

/// The port to where sessions are kept. When a function returns, what it did has been committed; when it throws, the
/// outcome may be unknown.
package protocol SessionStore: Sendable {
  /// Begins a session at generation 1. Throws `accountGone` when the account is not there, is not active, or has
  /// another epoch than the session was made for: a login that races a ban or a password change must lose.
  /// `replacing` ends that session in the same transaction.
  func create(_ session: NewSession, replacing: SessionID?) throws(StoreError) -> Session
  func find(_ id: SessionID) throws(StoreError) -> Session?
  /// Raises the generation by one if it is still `generation` and the session is not revoked: one statement, so that
  /// exactly one of any number of racing callers gets the session back, and the others `nil`.
  func rotate(_ id: SessionID, from generation: Int64) throws(StoreError) -> Session?
  /// Ends one session. True when it was alive.
  func revoke(_ id: SessionID, reason: String) throws(StoreError) -> Bool
  /// Deletes, in steps, the sessions that were last active before that moment, ended or not. The moment has to be so
  /// early that no token of theirs is good any more: nothing is written to the log of revocations.
  func purge(before: Instant) throws(StoreError)
}
