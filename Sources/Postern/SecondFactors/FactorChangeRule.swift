/// What whoever changes the second factors of an account has to prove first, passkeys among them: for programs and
/// pages alike.
package struct FactorChangeRule: Sendable {
  private let settings: Settings
  private let passwords: Passwords
  private let clock: any Clock

  package init(settings: Settings, passwords: Passwords, clock: any Clock) {
    self.settings = settings
    self.passwords = passwords
    self.clock = clock
  }

  /// That the session has used a factor where the account has one, or else whoever knows the password could put
  /// another in its place; and that its person has proven a moment ago who they are, or gives the password now. Throws
  /// `secondFactorRequired`; `invalid`, `tooManyAttempts`, `wrongPassword`, `proofTooOld` as `Passwords.proveOwner`.
  package func demand(
    of account: Account, _ session: TokenClaims, password: String?, client: Client
  ) throws(AuthError) {
    try demandFactor(of: account, session)
    if isFresh(session), password == nil { return }
    try passwords.proveOwner(
      account, password: password, field: "password", missing: "Password is required", provenAt: session.provenAt,
      client: client)
  }

  /// The first half of it: for what follows on something that has been begun with both. Throws `secondFactorRequired`.
  package func demandFactor(of account: Account, _ session: TokenClaims) throws(AuthError) {
    guard !settings.secondFactors.isEnabled || !account.hasSecondFactor || session.methods.contains("mfa") else {
      throw .secondFactorRequired
    }
  }

  /// Whether no password has to be given: for a form that asks for it.
  package func isFresh(_ session: TokenClaims) -> Bool {
    clock.now().seconds - session.provenAt <= Passwords.freshProof
  }
}
