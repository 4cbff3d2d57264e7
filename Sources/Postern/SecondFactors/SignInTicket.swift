/// The first step of a sign-in, which has been taken, on its way through the hands of whoever takes the second one. It
/// signs nobody in: it says only that a second factor of that account would.
struct SignInTicket: Sendable, Equatable {
  /// For how long the second step may be taken.
  static let lifetime = Duration.seconds(600)
  static let secretLength = 16

  /// What a mailed code is bound to.
  var id: LinkID
  /// What the browser that took the first step has been given besides.
  var secret: [UInt8]
  var account: AccountID
  /// The account's at the first step: what ends everything that was issued ends this, too.
  var epoch: Int64
  var expiresAt: Instant
  /// How the person has proven who they are so far.
  var methods: [String]
  /// As the person chose, in `Sessions.begin`.
  var isPersistent: Bool?
  /// The session that is to be raised, where the ticket was made in one: it begins no other.
  var session: SessionID?

  /// Sealed, so that nobody can read or make one.
  func text(_ sealer: any Sealer) -> String { sealer.seal(bytes, for: .signInTicket) }

  init(
    id: LinkID, secret: [UInt8], account: AccountID, epoch: Int64, expiresAt: Instant, methods: [String],
    isPersistent: Bool?, session: SessionID?
  ) {
    self.id = id
    self.secret = secret
    self.account = account
    self.epoch = epoch
    self.expiresAt = expiresAt
    self.methods = methods
    self.isPersistent = isPersistent
    self.session = session
  }

  /// `nil` for any text that was not made here, for this purpose.
  init?(_ text: String, _ sealer: any Sealer) {
    guard let bytes = sealer.open(text, for: .signInTicket), bytes.count >= 74 else { return nil }
    func number(_ start: Int) -> UInt64 { bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) } }
    guard let id = LinkID(Array(bytes[0..<16])) else { return nil }
    self.init(
      id: id, secret: Array(bytes[16..<32]), account: AccountID(Int64(bitPattern: number(32))),
      epoch: Int64(bitPattern: number(40)), expiresAt: Instant(seconds: Int64(bitPattern: number(48))),
      methods: String(decoding: bytes[74...], as: UTF8.self).split(separator: " ").map(String.init),
      isPersistent: bytes[56] == 0 ? nil : bytes[56] == 2,
      session: bytes[57] == 0 ? nil : SessionID(high: number(58), low: number(66)))
  }

  private var bytes: [UInt8] {
    var text = id.bytes + secret
    for number in [account.value, epoch, expiresAt.seconds] { text += number.bigEndianBytes }
    text.append(isPersistent.map { $0 ? 2 : 1 } ?? 0)
    text.append(session == nil ? 0 : 1)
    text += (session?.high ?? 0).bigEndianBytes + (session?.low ?? 0).bigEndianBytes
    return text + Array(methods.joined(separator: " ").utf8)
  }
}

/// A sign-in whose second step is missing: what whoever takes that has to bring along, and what they are asked for.
package struct PendingSignIn: Sendable {
  /// The `mfa_token`, fit for a cookie and a path.
  package var ticket: String
  /// What the browser keeps as a cookie, where it is given any: in hexadecimal digits.
  package var browserSecret: String
  /// What the account can prove itself by, the likeliest first. Empty where it can by nothing yet.
  package var factors: [SecondFactor]
  /// That the account has none of its own, and its role demands one.
  package var mustEnrol: Bool
  /// As `SignIn.Outcome.afterwards`.
  package var afterwards: (@Sendable () -> Void)?

  /// For how long it can be brought, in seconds.
  package static let life = SignInTicket.lifetime.components.seconds
}

/// A ticket that comes back, and all that the browser has brought in cookies of that name: a sibling host may have
/// tossed some.
package struct BroughtTicket: Sendable {
  package var text: String
  package var browserSecrets: [String]

  package init(text: String, browserSecrets: [String]) {
    self.text = text
    self.browserSecrets = browserSecrets
  }
}
