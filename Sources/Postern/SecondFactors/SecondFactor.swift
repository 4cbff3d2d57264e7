/// What a person can prove besides their password.
package enum SecondFactor: String, Sendable, CaseIterable {
  /// A code of an authenticator app (RFC 6238).
  case totp
  /// A code that is mailed.
  case email
  /// One of ten codes that were written down.
  case recovery
  /// A key that signs (WebAuthn).
  case passkey
}

/// What an account has besides its password.
package struct Factors: Sendable, Equatable {
  /// Whether confirmed or not.
  package var totp: TOTPFactor?
  /// Since when codes are mailed; `nil`: they are not.
  package var emailSince: Instant?
  /// How many recovery codes have not been used.
  package var recoveryCodesLeft: Int
  package var passkeys: [Passkey]

  package init(
    totp: TOTPFactor? = nil, emailSince: Instant? = nil, recoveryCodesLeft: Int = 0, passkeys: [Passkey] = []
  ) {
    self.totp = totp
    self.emailSince = emailSince
    self.recoveryCodesLeft = recoveryCodesLeft
    self.passkeys = passkeys
  }

  /// Whether there is any that a sign-in asks for. Recovery codes stand in for another, and are none by themselves.
  package var areThere: Bool { totp?.confirmedAt != nil || emailSince != nil || !passkeys.isEmpty }
}

/// The secret that an account shares with an authenticator app.
package struct TOTPFactor: Sendable, Equatable {
  /// As `SealPurpose.totpSecret` has sealed it, the account's number being the context.
  package var sealedSecret: String
  package var createdAt: Instant
  /// Since when it counts: a code of it was right.
  package var confirmedAt: Instant?
  /// The last step whose code was accepted; 0: none.
  package var lastStep: Int64

  package init(sealedSecret: String, createdAt: Instant, confirmedAt: Instant? = nil, lastStep: Int64 = 0) {
    self.sealedSecret = sealedSecret
    self.createdAt = createdAt
    self.confirmedAt = confirmedAt
    self.lastStep = lastStep
  }
}
