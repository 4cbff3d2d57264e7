/// Checking what is given at the second step, or in a session that is to be raised.
extension SecondStep {
  /// What somebody gives.
  package enum Given: Sendable {
    /// Of an app, a mail or a list, as its form says.
    case code(String)
    case passkey(AssertionResponse)
  }

  /// What comes of a sign-in's second step.
  package struct Finished: Sendable {
    package var signIn: SignIn.Outcome
    /// The text of the cookie of a browser that is trusted from now on, and how long it lives, in seconds.
    package var trust: (text: String, life: Int64)?
    /// Where the first factor was enrolled by it: recovery codes, to be shown this once.
    package var recoveryCodes: [String]?
  }

  /// Takes the second step. Throws `badTicket`, `badCode`, `tooManyAttempts`, and what `Passkeys.prove` throws.
  ///
  /// - Parameter trustsBrowser: that this browser is not to be asked the next time.
  package func verify(
    _ brought: BroughtTicket, by given: Given, trustsBrowser: Bool, client: Client, replacing previous: SessionID?
  ) throws(AuthError) -> Finished {
    let (ticket, account) = try open(brought)
    // A ticket of a session does not prove that somebody has just given the password.
    guard ticket.session == nil else { throw .badTicket }
    let offer = try offer(account, after: ticket.methods)
    let purpose = PasskeyPurpose.secondStep(account.id, ticket: ticket.id.bytes)
    let methods = try check(given, of: account, offer, ticket, purpose, client)
    let codes = offer.mustEnrol ? try enrolEmail(account, client) : nil
    let outcome = try finish(ticket, account, by: methods, client: client, replacing: previous)
    let trust = trustsBrowser ? trusted.trust(account, client: client) : nil
    return Finished(signIn: outcome, trust: trust, recoveryCodes: codes)
  }

  /// Codes are mailed from now on, to whoever must have a factor and has just given one that was mailed. Returns the
  /// recovery codes that the account took. Throws `badTicket` where it has another epoch by now.
  private func enrolEmail(_ account: Account, _ client: Client) throws(AuthError) -> [String]? {
    let new = recoveryCodes.make()
    var mail = Mail(.secondFactorAdded, to: account, client: client, random: random)
    mail.values["factor"] = SecondFactor.email.words
    let addition = FactorAddition(
      to: account, recoveryCodes: new.digests, mailing: mail, by: Initiator(account: account.id, client: client))
    do throws(StoreError) {
      return try factors.addEmail(addition)?.tookRecoveryCodes == true ? new.texts : nil
    } catch {
      throw error == .accountGone ? .badTicket : AuthError(error)
    }
  }

  /// What a sign-in's second step asks for, and whom. Throws `badTicket`.
  package func offer(to brought: BroughtTicket) throws(AuthError) -> (offer: Offer, account: Account) {
    let (ticket, account) = try open(brought)
    guard ticket.session == nil else { throw .badTicket }
    return (try offer(account, after: ticket.methods), account)
  }

  /// Raises a session that is alive. Throws `sessionInactive`, `noSecondFactor`, `badCode`, `tooManyAttempts`, and what
  /// `Passkeys.prove` throws.
  ///
  /// - Parameter brought: the ticket for which a code was mailed, if one was. A bad one is as good as none.
  package func stepUp(
    _ session: TokenClaims, by given: Given, _ brought: BroughtTicket?, client: Client
  ) throws(AuthError) -> SignIn.Outcome {
    let account = try owner(of: session)
    let offer = try offer(toRaise: session, of: account)
    guard !offer.factors.isEmpty else { throw .noSecondFactor }
    let ticket = try brought.flatMap { brought throws(AuthError) in try open(brought, raising: session) }
    let methods = try check(given, of: account, offer, ticket, .stepUp(account.id), client)
    return try raise(session, of: account, by: methods, client: client)
  }

  /// By what a session can be raised: nothing where its person has enrolled nothing.
  package func offer(toRaise session: TokenClaims, of account: Account) throws(AuthError) -> Offer {
    var offer = try offer(account, after: session.methods)
    // What is still to be enrolled raises nothing.
    if offer.mustEnrol { offer.factors = [] }
    // With second factors off, a passkey still shows that there were two: it, and whatever began the session.
    if !settings.secondFactors.isEnabled { offer.factors.removeAll { $0 != .passkey } }
    return offer
  }

  /// A ticket for whoever wants a code mailed in a session.
  package func ticket(toRaise session: TokenClaims) throws(AuthError) -> PendingSignIn {
    let account = try owner(of: session)
    let offer = try offer(toRaise: session, of: account)
    return pending(account, offer, methods: session.methods, isPersistent: nil, raising: session.session)
  }

  /// Mails the code of a ticket to an account that has chosen so; asked again, the same code. Nothing tells whether a
  /// mail went out, so the answer should go out on a schedule. Throws `badTicket`.
  package func mailCode(_ brought: BroughtTicket, client: Client) throws(AuthError) {
    let (ticket, account) = try open(brought)
    let offer = try offer(account, after: ticket.methods)
    guard settings.secondFactors.isEnabled, offer.factors.contains(.email),
      limits.allowCode(to: account, in: attempts.mark(of: client, for: account))
    else { return }
    var mail = Mail(.signInCode, to: account, client: client, random: random)
    mail.link = NewLink(ticket.id, .signInCode, account.email)
    let letter = mail
    _ = try stored { () throws(StoreError) in
      try factors.postCode(letter, about: account.id, by: Initiator(account: account.id, client: client))
    }
  }

  private func open(_ brought: BroughtTicket, raising session: TokenClaims) throws(AuthError) -> SignInTicket? {
    do {
      let ticket = try open(brought).0
      return ticket.session == session.session ? ticket : nil
    } catch .badTicket {
      return nil
    }
  }

  private func owner(of session: TokenClaims) throws(AuthError) -> Account {
    let found = try stored { () throws(StoreError) in try accounts.find(session.account) }
    guard let found, found.epoch == session.epoch, settings.admits(found) else { throw .sessionInactive }
    return found
  }

  /// By which methods (RFC 8176) the person has proven themself besides.
  private func check(
    _ given: Given, of account: Account, _ offer: Offer, _ ticket: SignInTicket?, _ purpose: PasskeyPurpose,
    _ client: Client
  ) throws(AuthError) -> [String] {
    switch given {
    case .passkey(let response):
      guard offer.factors.contains(.passkey) else { throw .passkeyRefused }
      return try passkeys.prove(response, for: purpose, client: client).methods
    case .code(let text):
      let isRight = try attempts.check(of: account, client: client) { () throws(AuthError) -> Bool? in
        try use(text, of: account, offer, ticket, client) ? true : nil
      }
      guard isRight != nil else { throw .badCode }
      return ["otp"]
    }
  }

  /// Uses a code up, whichever it is. False where it is wrong, or has been used.
  private func use(
    _ text: String, of account: Account, _ offer: Offer, _ ticket: SignInTicket?, _ client: Client
  ) throws(AuthError) -> Bool {
    // Apps show their codes with a gap, and people copy that.
    let code = text.utf8.filter { $0 != 0x20 && $0 != 0x2D }
    guard code.count == OneTimeCode.digits, code.allSatisfy({ (0x30...0x39).contains($0) }) else {
      guard offer.factors.contains(.recovery) else { return false }
      return try recoveryCodes.use(text, of: account, client: client) != nil
    }
    if offer.factors.contains(.totp), try useTOTP(code, of: account) { return true }
    guard offer.factors.contains(.email), let ticket,
      areEqualInConstantTime(code, linkSealer.code(of: ticket.id).utf8)
    else { return false }
    return try stored { () throws(StoreError) in try factors.useCode(ticket.id, of: account.id) }
  }

  private func useTOTP(_ code: [UInt8], of account: Account) throws(AuthError) -> Bool {
    let has = try stored { () throws(StoreError) in try factors.factors(of: account.id) }
    guard let factor = has.totp, factor.confirmedAt != nil else { return false }
    guard let secret = sealer.open(factor.sealedSecret, for: .totpSecret, context: account.sealContext) else {
      log.write(
        .error, "the secret of an authenticator app cannot be read: SECRET_KEY is another than when it was kept",
        ["account": account.id.description])
      return false
    }
    let step = OneTimeCode.step(of: code, secret: secret, after: factor.lastStep, at: clock.now(), by: codes)
    guard let step else { return false }
    return try stored { () throws(StoreError) in try factors.useTOTP(account.id, step: step) }
  }
}
