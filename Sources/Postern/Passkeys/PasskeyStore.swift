/// The port to passkeys. When a function returns, what it did has been committed, with its entry in the audit log and
/// its mail in the outbox; when it throws, the outcome may be unknown. Whoever adds or removes one keeps
/// `Account.hasSecondFactor` true to it in the same transaction.
package protocol PasskeyStore: Sendable {
  func find(credentialID: [UInt8]) throws(StoreError) -> Passkey?
  /// The account's, the first one first.
  func list(of account: AccountID) throws(StoreError) -> [Passkey]
  /// Uses up the challenge, and keeps the passkey where nothing is against it. Throws `accountGone`, and does nothing,
  /// where the account is not there, is not active, or has another epoch.
  ///
  /// - Parameter most: how many an account may have.
  func add(
    _ new: NewPasskey, _ addition: FactorAddition, answering challenge: AnsweredChallenge, most: Int
  ) throws(StoreError) -> PasskeyAddition
  /// Uses up the challenge, and writes down what the passkey has said of itself. One whose counter has gone back stays
  /// as it was, with an entry in the audit log.
  func use(
    _ id: Passkey.ID, _ use: PasskeyUse, answering challenge: AnsweredChallenge, by client: Client
  ) throws(StoreError) -> PasskeyUse.Outcome
  /// Returns it as it is then; `nil` where the account has none such.
  func rename(
    _ id: Passkey.ID, of account: AccountID, to name: String, by initiator: Initiator
  ) throws(StoreError) -> Passkey?
  /// False where the account has none such.
  func remove(
    _ id: Passkey.ID, of account: AccountID, mailing: Mail?, by initiator: Initiator
  ) throws(StoreError) -> Bool
}

/// What is to be kept of a passkey.
package struct NewPasskey: Sendable {
  package var credential: AttestedCredential
  package var name: String
  package var signCount: UInt32
  package var transports: [String]
  package var isBackupEligible: Bool
  package var isBackedUp: Bool

  package init(
    _ credential: AttestedCredential, name: String, signCount: UInt32, transports: [String], isBackupEligible: Bool,
    isBackedUp: Bool
  ) {
    self.credential = credential
    self.name = name
    self.signCount = signCount
    self.transports = transports
    self.isBackupEligible = isBackupEligible
    self.isBackedUp = isBackedUp
  }
}

package enum PasskeyAddition: Sendable, Equatable {
  case added(Passkey, FactorAdded)
  /// Somebody has it already: whoever it is.
  case registered
  case tooMany
  case challengeUsed
}

/// A challenge that somebody has answered, each of which is taken once.
package struct AnsweredChallenge: Sendable, Equatable {
  /// 16 bytes.
  package var id: [UInt8]
  package var expiresAt: Instant

  package init(id: [UInt8], expiresAt: Instant) {
    self.id = id
    self.expiresAt = expiresAt
  }
}

/// What a passkey says of itself when it signs.
package struct PasskeyUse: Sendable, Equatable {
  package var signCount: UInt32
  package var isBackedUp: Bool

  package init(signCount: UInt32, isBackedUp: Bool) {
    self.signCount = signCount
    self.isBackedUp = isBackedUp
  }

  package enum Outcome: Sendable, Equatable {
    case accepted
    case challengeUsed
    /// The counter is not beyond what it was, and either is not zero (WebAuthn Level 2, section 6.1.1).
    case counterWentBack
    /// It is not there any more.
    case gone
  }
}
