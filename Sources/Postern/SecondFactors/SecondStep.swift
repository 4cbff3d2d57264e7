/// The second step of a sign-in: whether one is needed, what it asks for, and what it makes of the first.
///
/// Whoever has taken the first step gets a ticket, and no session. The ticket is good for ten minutes, for the browser
/// that got it, while the account's epoch is the same; with a code, or a passkey, it becomes the session that the first
/// step would have been. That it is good more than once harms nobody: every code works once.
package struct SecondStep: Sendable {
  let settings: Settings
  let accounts: any AccountStore
  let factors: any FactorStore
  let sessions: Sessions
  let trusted: TrustedBrowsers
  let attempts: CodeAttempts
  let codes: any OneTimeCodes
  let recoveryCodes: RecoveryCodes
  let passkeys: Passkeys
  let sealer: any Sealer
  let linkSealer: any LinkSealer
  let limits: Limits
  let clock: any Clock
  let random: any RandomSource
  let log: any Log

  package init(
    settings: Settings, accounts: any AccountStore, factors: any FactorStore, sessions: Sessions,
    trusted: TrustedBrowsers, attempts: CodeAttempts, codes: any OneTimeCodes,
    recoveryCodes: RecoveryCodes, passkeys: Passkeys, sealer: any Sealer, linkSealer: any LinkSealer, limits: Limits,
    clock: any Clock, random: any RandomSource, log: any Log
  ) {
    self.settings = settings
    self.accounts = accounts
    self.factors = factors
    self.sessions = sessions
    self.trusted = trusted
    self.attempts = attempts
    self.codes = codes
    self.recoveryCodes = recoveryCodes
    self.passkeys = passkeys
    self.sealer = sealer
    self.linkSealer = linkSealer
    self.limits = limits
    self.clock = clock
    self.random = random
    self.log = log
  }

  /// What an account is asked for.
  package struct Offer: Sendable, Equatable {
    package var factors: [SecondFactor]
    /// Whether a sign-in asks for one.
    var isAsked: Bool
    /// As `PendingSignIn.mustEnrol`.
    package var mustEnrol: Bool
  }

  /// What is missing for who has proven themself by these methods; `nil`: nothing, or this browser is trusted.
  func missing(_ account: Account, after methods: [String], client: Client) throws(AuthError) -> Offer? {
    guard settings.secondFactors.isEnabled, !methods.contains("mfa") else { return nil }
    let offer = try offer(account, after: methods)
    guard offer.isAsked else { return nil }
    if !offer.mustEnrol, try trusted.admit(client, to: account) { return nil }
    return offer
  }

  /// By what an account can prove itself besides these methods. A passkey that has signed is not asked to sign once
  /// more: that would be the same factor.
  func offer(_ account: Account, after methods: [String]) throws(AuthError) -> Offer {
    let has = try stored { () throws(StoreError) in try factors.factors(of: account.id) }
    let hasSigned = methods.contains("hwk") || methods.contains("swk")
    let isAsked = has.totp?.confirmedAt != nil || has.emailSince != nil || !has.passkeys.isEmpty && !hasSigned
    guard isAsked else {
      // What has signed is a factor, too: only nothing at all is less than the role demands.
      let mustEnrol = account.role?.requiresSecondFactor == true && !hasSigned
      // Whose address is proven can begin with a code by mail, which is then mailed from now on.
      let offersEmail = mustEnrol && settings.secondFactors.allowsEmail && account.isVerified
      return Offer(factors: offersEmail ? [.email] : [], isAsked: mustEnrol, mustEnrol: mustEnrol)
    }
    var offered: [SecondFactor] = []
    if has.totp?.confirmedAt != nil { offered.append(.totp) }
    if !has.passkeys.isEmpty, settings.passkeys.areEnabled, !hasSigned { offered.append(.passkey) }
    if has.emailSince != nil, account.isVerified { offered.append(.email) }
    if has.recoveryCodesLeft > 0 { offered.append(.recovery) }
    return Offer(factors: offered, isAsked: true, mustEnrol: false)
  }

  /// The ticket for a second step, or for the raising of a session.
  func pending(
    _ account: Account, _ offer: Offer, methods: [String], isPersistent: Bool?, raising session: SessionID? = nil
  ) -> PendingSignIn {
    let ticket = SignInTicket(
      id: LinkID(random: random), secret: random.bytes(SignInTicket.secretLength), account: account.id,
      epoch: account.epoch, expiresAt: clock.now() + SignInTicket.lifetime, methods: methods,
      isPersistent: isPersistent, session: session)
    return PendingSignIn(
      ticket: ticket.text(sealer), browserSecret: Hexadecimal.encode(ticket.secret), factors: offer.factors,
      mustEnrol: offer.mustEnrol)
  }

  /// The ticket and its account, as it is now. Throws `badTicket` for any that is none, has expired, was given to
  /// another browser, or whose account has been disabled, or has had its password changed, since.
  func open(_ brought: BroughtTicket) throws(AuthError) -> (SignInTicket, Account) {
    guard let ticket = SignInTicket(brought.text, sealer), ticket.expiresAt > clock.now(),
      isFromItsBrowser(ticket, brought.browserSecrets),
      let account = try stored({ () throws(StoreError) in try accounts.find(ticket.account) }),
      account.epoch == ticket.epoch, settings.admits(account)
    else { throw .badTicket }
    return (ticket, account)
  }

  /// Whether it is a ticket of ours for this browser that has not expired, as far as it says itself: of those that came
  /// the one to go on with. It asks no storage.
  package func hasMade(_ brought: BroughtTicket) -> Bool {
    guard let ticket = SignInTicket(brought.text, sealer) else { return false }
    return ticket.expiresAt > clock.now() && isFromItsBrowser(ticket, brought.browserSecrets)
  }

  /// Where cookies are all that a client gets, the secret has to come; where it also gets texts, it may not, but never
  /// another browser's; where there are no cookies, none is looked at.
  private func isFromItsBrowser(_ ticket: SignInTicket, _ secrets: [String]) -> Bool {
    let isRight = secrets.contains { areEqualInConstantTime($0.utf8, Hexadecimal.encode(ticket.secret).utf8) }
    return switch settings.delivery {
    case .cookiesOnly: isRight
    case .dual: isRight || secrets.isEmpty
    case .bodyOnly: true
    }
  }

  /// Begins the session of a sign-in whose second step has been taken, by these methods besides. Throws `badTicket`
  /// where the account has been disabled, or has got another password, meanwhile.
  func finish(
    _ ticket: SignInTicket, _ account: Account, by methods: [String], client: Client, replacing previous: SessionID?
  ) throws(AuthError) -> SignIn.Outcome {
    let tokens: IssuedTokens
    do {
      tokens = try sessions.begin(
        for: account, methods: united(ticket.methods, methods), client: client, replacing: previous,
        isPersistent: ticket.isPersistent)
    } catch {
      throw error == .badCredentials ? .badTicket : error
    }
    log.write(.info, "signed in", ["account": account.id.description, "address": client.address])
    return SignIn.Outcome(account: account, tokens: tokens)
  }

  /// Puts another session in the place of a session that is alive, whose person has just used a factor: by these
  /// methods besides, proven when the one before was. Throws `sessionInactive`.
  ///
  /// - Parameter session: what a token of it says.
  package func raise(
    _ session: TokenClaims, of account: Account, by methods: [String], client: Client
  ) throws(AuthError) -> SignIn.Outcome {
    let tokens = try sessions.raise(
      session.session, of: account, methods: united(session.methods, methods), client: client)
    log.write(.info, "session raised", ["account": account.id.description, "address": client.address])
    return SignIn.Outcome(account: account, tokens: tokens)
  }

  /// Each once (RFC 8176), with `mfa`: there were two.
  private func united(_ before: [String], _ now: [String]) -> [String] {
    (now + ["mfa"]).reduce(into: before) { if !$0.contains($1) { $0.append($1) } }
  }
}
