/// Adding second factors to an account, and removing them. That whoever asks may do so is for `FactorChangeRule` to
/// demand before; a factor is only offered where the site asks for second factors.
package struct FactorEnrolment: Sendable {
  let settings: Settings
  let factors: any FactorStore
  let recoveryCodes: RecoveryCodes
  let secondStep: SecondStep
  let attempts: CodeAttempts
  let changes: FactorChangeRule
  let passwords: Passwords
  let codes: any OneTimeCodes
  let sealer: any Sealer
  let clock: any Clock
  let random: any RandomSource
  let log: any Log

  package init(
    settings: Settings, factors: any FactorStore, recoveryCodes: RecoveryCodes, secondStep: SecondStep,
    attempts: CodeAttempts, changes: FactorChangeRule, passwords: Passwords, codes: any OneTimeCodes,
    sealer: any Sealer, clock: any Clock, random: any RandomSource, log: any Log
  ) {
    self.settings = settings
    self.factors = factors
    self.recoveryCodes = recoveryCodes
    self.secondStep = secondStep
    self.attempts = attempts
    self.changes = changes
    self.passwords = passwords
    self.codes = codes
    self.sealer = sealer
    self.clock = clock
    self.random = random
    self.log = log
  }

  /// What comes of a factor that was added.
  package struct Added: Sendable {
    /// The account's first recovery codes, to be shown this once; `nil`: it has some.
    package var recoveryCodes: [String]?
    /// A session that has `mfa`, with its tokens: in the place of one that had not, or of the sign-in that was begun.
    package var signIn: SignIn.Outcome?
  }

  /// What the account has.
  package func factors(of account: AccountID) throws(AuthError) -> Factors {
    try stored { () throws(StoreError) in try factors.factors(of: account) }
  }

  /// Throws `secondFactorsDisabled` where the site asks for none.
  package func demandEnabled() throws(AuthError) {
    guard settings.secondFactors.isEnabled else { throw .secondFactorsDisabled }
  }

  // MARK: Codes that are mailed

  /// Whether the account may have its codes mailed: to an address that is proven.
  package func offersEmail(_ account: Account) -> Bool {
    settings.secondFactors.isEnabled && settings.secondFactors.allowsEmail && account.isVerified
  }

  /// Codes are mailed from now on. The session has used none yet, so it is no other than before. Throws
  /// `secondFactorsDisabled`, `mailedCodesNotAllowed`, `factorExists`.
  package func addEmail(to account: Account, client: Client) throws(AuthError) -> Added {
    try demandEnabled()
    guard offersEmail(account) else { throw .mailedCodesNotAllowed }
    let (addition, texts) = addition(of: .email, to: account, client: client)
    let added = try added { () throws(StoreError) in try factors.addEmail(addition) }
    guard let added else { throw .factorExists }
    log.write(.info, "codes are mailed from now on", ["account": account.id.description, "address": client.address])
    return Added(recoveryCodes: added.tookRecoveryCodes ? texts : nil)
  }

  /// Throws `secondFactorsDisabled`, `factorNotFound`.
  package func removeEmail(from account: Account, client: Client) throws(AuthError) {
    try remove(.email, from: account, client)
  }

  // MARK: Recovery codes

  /// Puts new ones in the place of all others: their texts, to be shown this once. Throws `secondFactorsDisabled`, and
  /// `factorNotFound` where there is no factor that they could stand in for.
  package func replaceRecoveryCodes(of account: Account, client: Client) throws(AuthError) -> [String] {
    try demandEnabled()
    let new = recoveryCodes.make()
    let mail = passwords.notice(.recoveryCodesReplaced, to: account, client)
    let initiator = Initiator(account: account.id, client: client)
    let isDone = try stored { () throws(StoreError) in
      try factors.replaceRecoveryCodes(account.id, new.digests, mailing: mail, by: initiator)
    }
    guard isDone else { throw .factorNotFound }
    log.write(.info, "new recovery codes", ["account": account.id.description, "address": client.address])
    return new.texts
  }

  // MARK: What all of them share

  /// What goes with a factor that is to be added, and the texts of its recovery codes: they are to be shown where the
  /// account took them (`FactorAdded.tookRecoveryCodes`), and nowhere else.
  func addition(
    of factor: SecondFactor, to account: Account, client: Client
  ) -> (addition: FactorAddition, texts: [String]) {
    let new = recoveryCodes.make()
    let addition = FactorAddition(
      to: account, recoveryCodes: new.digests, mailing: notice(.secondFactorAdded, factor, to: account, client),
      by: Initiator(account: account.id, client: client))
    return (addition, new.texts)
  }

  /// The mail that tells the owner of an account that a factor has been added or removed; `nil` as `Passwords.notice`.
  func notice(_ kind: Mail.Kind, _ factor: SecondFactor, to account: Account, _ client: Client) -> Mail? {
    var mail = passwords.notice(kind, to: account, client)
    mail?.values["factor"] = factor.words
    return mail
  }

  /// A session that has just seen a factor used has `mfa` from now on; `nil` where it has it already.
  ///
  /// - Parameter methods: those of the factor (RFC 8176), such as `otp`.
  package func raise(
    _ session: TokenClaims, of account: Account, by methods: [String], client: Client
  ) throws(AuthError) -> SignIn.Outcome? {
    guard settings.secondFactors.isEnabled, !session.methods.contains("mfa") else { return nil }
    return try secondStep.raise(session, of: account, by: methods, client: client)
  }

  func remove(_ factor: SecondFactor, from account: Account, _ client: Client) throws(AuthError) {
    try demandEnabled()
    let mail = notice(.secondFactorRemoved, factor, to: account, client)
    let initiator = Initiator(account: account.id, client: client)
    let isDone = try stored { () throws(StoreError) in
      factor == .totp
        ? try factors.removeTOTP(account.id, mailing: mail, by: initiator)
        : try factors.removeEmail(account.id, mailing: mail, by: initiator)
    }
    guard isDone else { throw .factorNotFound }
    log.write(
      .notice, "second factor removed",
      ["account": account.id.description, "factor": factor.rawValue, "address": client.address])
  }

  /// What a store says of an account that has been disabled, or has another epoch, is that the session has ended.
  func added<Result>(_ ask: () throws(StoreError) -> Result) throws(AuthError) -> Result {
    do { return try ask() } catch { throw error == .accountGone ? .token(.revoked) : AuthError(error) }
  }
}

extension SecondFactor {
  /// What it is called in a mail.
  var words: String {
    switch self {
    case .totp: "an authenticator app"
    case .email: "codes by mail"
    case .recovery: "recovery codes"
    case .passkey: "a passkey"
    }
  }
}
