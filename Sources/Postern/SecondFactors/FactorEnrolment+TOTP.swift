/// Authenticator apps: a secret is kept, and counts once its first code has been right.
extension FactorEnrolment {
  /// A secret that waits for its first code: for its owner's eyes.
  package struct Secret: Sendable {
    package let bytes: [UInt8]
    /// In Base32, as people type it into an app.
    package var text: String { Base32.standard.encode(bytes) }

    /// What an app opens, or reads off a QR code.
    ///
    /// - Parameter site: the site's name.
    package func address(site: String, email: EmailAddress) -> AuthenticatorAddress {
      AuthenticatorAddress(secret: bytes, issuer: site, email: email.text)
    }
  }

  /// Makes a secret, in the place of any other that waits. Throws `secondFactorsDisabled`, `factorExists`.
  package func beginTOTP(for account: Account) throws(AuthError) -> Secret {
    try demandEnabled()
    let secret = Secret(bytes: random.bytes(OneTimeCode.secretLength))
    let sealed = sealer.seal(secret.bytes, for: .totpSecret, context: account.sealContext)
    let isKept = try added { () throws(StoreError) in
      try factors.beginTOTP(account.id, epoch: account.epoch, sealedSecret: sealed)
    }
    guard isKept else { throw .factorExists }
    return secret
  }

  /// The secret that waits for its first code: for whoever has given a wrong one. It must never be shown to anybody who
  /// has not just made it, since who knows it can be another. `nil` where none waits.
  package func waitingTOTP(of account: Account) throws(AuthError) -> Secret? {
    guard let factor = try factors(of: account.id).totp, factor.confirmedAt == nil else { return nil }
    return open(factor, of: account).map(Secret.init)
  }

  /// Confirms the secret that waits, by its first code. Wrong codes count with those of sign-ins. Throws
  /// `secondFactorsDisabled`, `secondFactorRequired`, `factorExists`, `factorNotFound` (none waits), `badCode`,
  /// `tooManyAttempts`, `sessionInactive`.
  ///
  /// - Parameter session: what a token of it says; where it has no `mfa`, another one takes its place, which has.
  package func confirmTOTP(
    _ code: String, of account: Account, in session: TokenClaims, client: Client
  ) throws(AuthError) -> Added {
    try demandEnabled()
    try changes.demandFactor(of: account, session)
    let codes = try confirm(code, of: account, client)
    return Added(recoveryCodes: codes, signIn: try raise(session, of: account, by: ["otp"], client: client))
  }

  // MARK: With the ticket of a sign-in, where the account's role demands a factor and it has none

  /// Whose sign-in waits for the first factor. Throws `badTicket` for any other.
  package func account(enrollingBy brought: BroughtTicket) throws(AuthError) -> Account {
    try enrolling(brought).account
  }

  /// As `confirmTOTP`; and the sign-in is finished. Throws `badTicket`, too.
  package func confirmTOTP(
    _ code: String, by brought: BroughtTicket, client: Client, replacing previous: SessionID?
  ) throws(AuthError) -> Added {
    try demandEnabled()
    let (ticket, account) = try enrolling(brought)
    let codes = try confirm(code, of: account, client)
    let outcome = try secondStep.finish(ticket, account, by: ["otp"], client: client, replacing: previous)
    return Added(recoveryCodes: codes, signIn: outcome)
  }

  private func enrolling(
    _ brought: BroughtTicket
  ) throws(AuthError) -> (ticket: SignInTicket, account: Account) {
    let (ticket, account) = try secondStep.open(brought)
    guard ticket.session == nil, try secondStep.offer(account, after: ticket.methods).mustEnrol else {
      throw .badTicket
    }
    return (ticket, account)
  }

  /// Throws `secondFactorsDisabled`, `factorNotFound`.
  package func removeTOTP(from account: Account, client: Client) throws(AuthError) {
    try remove(.totp, from: account, client)
  }

  /// Returns the recovery codes that the account took.
  private func confirm(_ text: String, of account: Account, _ client: Client) throws(AuthError) -> [String]? {
    let found = try factors(of: account.id).totp
    guard let factor = found else { throw .factorNotFound }
    guard factor.confirmedAt == nil else { throw .factorExists }
    // Apps show their codes with a gap, and people copy that.
    let code = text.utf8.filter { $0 != 0x20 && $0 != 0x2D }
    let confirmed = try attempts.check(of: account, client: client) { () throws(AuthError) -> Int64? in
      guard let secret = open(factor, of: account) else { return nil }
      return OneTimeCode.step(of: code, secret: secret, after: factor.lastStep, at: clock.now(), by: codes)
    }
    guard let step = confirmed else { throw .badCode }
    let (addition, texts) = addition(of: .totp, to: account, client: client)
    let added = try added { () throws(StoreError) in
      try factors.confirmTOTP(addition, sealedSecret: factor.sealedSecret, step: step)
    }
    // Somebody was faster: it is confirmed, or another secret waits.
    guard let added else { throw .badCode }
    log.write(
      .info, "authenticator app added", ["account": account.id.description, "address": client.address])
    return added.tookRecoveryCodes ? texts : nil
  }

  private func open(_ factor: TOTPFactor, of account: Account) -> [UInt8]? {
    let secret = sealer.open(factor.sealedSecret, for: .totpSecret, context: account.sealContext)
    if secret == nil {
      log.write(
        .error, "the secret of an authenticator app cannot be read: SECRET_KEY is another than when it was kept",
        ["account": account.id.description])
    }
    return secret
  }
}
