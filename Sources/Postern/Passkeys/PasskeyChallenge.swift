/// What a passkey is asked to sign for, and by whom. An answer to one is none to another.
package enum PasskeyPurpose: Sendable, Equatable {
  /// A new one of that account.
  case registration(AccountID)
  /// Whoever it belongs to.
  case signIn
  /// The second step of a sign-in; the ticket's id.
  case secondStep(AccountID, ticket: [UInt8])
  /// More proof of whom a session belongs to.
  case stepUp(AccountID)

  fileprivate var bytes: [UInt8] {
    switch self {
    case .registration(let account): [1] + account.handle
    case .signIn: [2]
    case .secondStep(let account, let ticket): [3] + account.handle + ticket
    case .stepUp(let account): [4] + account.handle
    }
  }

  /// `nil`: whoever it belongs to.
  var account: AccountID? {
    switch self {
    case .registration(let account), .secondStep(let account, _), .stepUp(let account): account
    case .signIn: nil
    }
  }
}

extension AccountID {
  /// What authenticators keep an account's passkeys under (WebAuthn Level 2, section 5.4.3, "user handle"): its number,
  /// 8 bytes, the highest first. It says nothing of the person.
  package var handle: [UInt8] { value.bigEndianBytes }
}

/// Challenges (WebAuthn Level 2, section 13.4.3), which are sealed and kept nowhere: nobody can fill a table with them.
/// Sixteen random bytes and an end; what they are for is the seal's context.
struct PasskeyChallenge {
  static let lifetime = Duration.seconds(300)
  private static let idLength = 16

  static func make(
    for purpose: PasskeyPurpose, _ sealer: any Sealer, _ random: any RandomSource, now: Instant
  ) -> String {
    let content = random.bytes(idLength) + (now + lifetime).microseconds.bigEndianBytes
    return sealer.seal(content, for: .passkeyChallenge, context: purpose.bytes)
  }

  /// `nil` for what is none, was made for something else, or has expired.
  static func open(
    _ text: String, for purpose: PasskeyPurpose, _ sealer: any Sealer, now: Instant
  ) -> AnsweredChallenge? {
    guard let content = sealer.open(text, for: .passkeyChallenge, context: purpose.bytes), content.count == idLength + 8
    else { return nil }
    let end = Int64(bitPattern: content[idLength...].reduce(0) { $0 << 8 | UInt64($1) })
    let challenge = AnsweredChallenge(
      id: Array(content.prefix(idLength)), expiresAt: Instant(microseconds: end))
    return challenge.expiresAt > now ? challenge : nil
  }
}
