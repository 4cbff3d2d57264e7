import Postern
import PosternTesting
import Testing

@Suite struct SecondStepTests {
  private let stand = Stand { $0.secondFactors.isEnabled = true }

  // MARK: What a test begins with

  private func ada(email: Bool = false, totp: Bool = true) throws -> Account {
    let account = try stand.account(isVerified: true)
    if totp { try stand.enrolTOTP(account) }
    if email { try stand.enrolEmail(account) }
    return try #require(try stand.storage.accounts.find(account.id))
  }

  private func login(
    in other: Stand? = nil, client: Client = .test, replacing previous: SessionID? = nil, isPersistent: Bool? = nil
  ) throws -> SignIn.Answer {
    try (other ?? stand).signIn.login(
      email: "ada@example.com", password: "correct horse", client: client, replacing: previous,
      isPersistent: isPersistent)
  }

  private func pending(in other: Stand? = nil, isPersistent: Bool? = nil) throws -> PendingSignIn {
    try login(in: other, isPersistent: isPersistent).pending
  }

  private func verify(
    _ pending: PendingSignIn, _ code: String? = nil, in other: Stand? = nil, secrets: [String]? = nil,
    trustsBrowser: Bool = false, client: Client = .test, replacing previous: SessionID? = nil
  ) throws -> SecondStep.Finished {
    let stand = other ?? stand
    return try stand.secondStep.verify(
      BroughtTicket(text: pending.ticket, browserSecrets: secrets ?? [pending.browserSecret]),
      by: .code(code ?? stand.code), trustsBrowser: trustsBrowser, client: client, replacing: previous)
  }

  private func claims(_ outcome: SignIn.Outcome) -> TokenClaims { stand.codec.claims(outcome.tokens.access) }

  // MARK: Whether one is needed

  @Test func whoHasAFactorIsAskedForItAndNobodyIsSignedInBefore() throws {
    let account = try ada(email: true)
    let before = try stand.begin(account)
    let entries = stand.storage.entries.count
    let pending = try login(replacing: stand.codec.claims(before.access).session).pending
    #expect(pending.factors == [.totp, .email, .recovery])
    #expect(!pending.mustEnrol)
    #expect(!stand.revoked(stand.codec.claims(before.access)), "the first step ends nothing")
    #expect(stand.storage.entries.count == entries)
    #expect(try stand.storage.sessions.list(of: account.id, limit: 9).count == 1)
  }

  @Test func nobodyElseIsAsked() throws {
    _ = try stand.account()
    #expect(try stand.codec.claims(login().outcome.tokens.access).methods == ["pwd"])
    let off = Stand()
    try off.enrolTOTP(try off.account(isVerified: true))
    #expect(try off.codec.claims(login(in: off).outcome.tokens.access).methods == ["pwd"])
  }

  @Test func aSecretThatWasNeverConfirmedIsNoFactor() throws {
    let account = try stand.account(isVerified: true)
    #expect(try stand.storage.factors.beginTOTP(account.id, epoch: account.epoch, sealedSecret: "secret"))
    _ = try login().outcome
  }

  @Test func whoHasProvenTwoFactorsAtOnceIsAskedForNoOther() throws {
    let account = try ada()
    let answer = try stand.signIn.begin(
      account, methods: ["hwk", "user", "mfa"], client: .test, replacing: nil, isPersistent: nil)
    #expect(try claims(answer.outcome).methods == ["hwk", "user", "mfa"])
    let half = try stand.signIn.begin(account, methods: ["hwk"], client: .test, replacing: nil, isPersistent: nil)
    #expect(try half.pending.factors == [.totp, .recovery])
  }

  @Test func aDisabledAccountIsNotSignedInWhateverTheWay() throws {
    let account = try ada()
    var disabled = account
    disabled.isActive = false
    #expect(throws: AuthError.badCredentials) {
      try stand.signIn.begin(
        disabled, methods: ["hwk", "user", "mfa"], client: .test, replacing: nil, isPersistent: nil)
    }
  }

  /// What a mailed link and a password do together is a sign-in like any other.
  @Test func aPasswordBesideALinkIsAskedForTheFactorToo() throws {
    let account = try ada()
    let session = stand.codec.claims(try stand.begin(account).access)
    let prepared = try stand.addressChanges.prepare(
      account, new: "new@example.com", password: "correct horse", provenAt: session.provenAt, client: .test)
    try stand.addressChanges.ask(prepared)
    let link = try #require(stand.storage.mails.last { $0.kind == .confirmNewAddress }?.link)
    let id = try #require(
      stand.addressChanges.link(of: Array(PlainSealer().text(of: link.id, for: link.purpose).utf8)[...]))
    let confirmed = try stand.addressChanges.confirm(
      id, with: .password("correct horse"), client: .test, replacing: nil)
    #expect(confirmed.account.email.text == "new@example.com")
    #expect(try #require(confirmed.signIn).pending.factors == [.totp, .recovery])
  }

  // MARK: Taking it

  @Test func aCodeMakesTheSessionThatTheFirstStepWouldHaveBeen() throws {
    let account = try ada()
    let before = stand.codec.claims(try stand.begin(account).access)
    let pending = try pending(isPersistent: true)
    stand.clock.advance(by: .seconds(500))
    let finished = try verify(pending, replacing: before.session)
    let claims = claims(finished.signIn)
    #expect(claims.methods == ["pwd", "otp", "mfa"])
    #expect(claims.provenAt == stand.clock.now().seconds)
    #expect(finished.signIn.tokens.isPersistent)
    #expect(finished.signIn.tokens.browser != nil)
    #expect(finished.trust == nil)
    #expect(stand.revoked(before))
    let entry = try #require(stand.storage.entries.last { $0.event.action == .login })
    #expect(entry.event.details.json.contains(#""methods":"pwd otp mfa""#))
  }

  @Test func aCodeMayHaveGapsAndWorksOnce() throws {
    _ = try ada()
    let pending = try pending()
    let code = stand.code
    _ = try verify(pending, " \(code.prefix(3)) \(code.suffix(3)) ")
    #expect(throws: AuthError.badCode) { try verify(pending, code) }
    #expect(throws: AuthError.badCode) { try verify(try self.pending(), code) }
    stand.clock.advance(by: .seconds(30))
    _ = try verify(pending)
  }

  @Test(arguments: ["", "12345", "1234567", "١٢٣٤٥٦", "12345a", "000000\u{0}", String(repeating: "1", count: 100_000)])
  func whatIsNoCodeIsWrong(_ text: String) throws {
    _ = try ada()
    #expect(throws: AuthError.badCode) { try verify(try pending(), text) }
  }

  @Test func aSecretThatCannotBeReadSignsNobodyInAndTheLogSaysWhy() throws {
    let account = try stand.account(isVerified: true)
    try stand.enrolTOTP(account, sealedSecret: "sealed under another key")
    #expect(throws: AuthError.badCode) { try verify(try pending()) }
    #expect(stand.log.contains("SECRET_KEY"))
  }

  @Test func whatFailsIsCountedOverAllTickets() throws {
    _ = try ada()
    for _ in 0..<5 { #expect(throws: AuthError.badCode) { try verify(try pending(), "000000") } }
    #expect(throws: AuthError.tooManyAttempts(wait: .seconds(60))) { try verify(try pending()) }
    stand.clock.advance(by: .seconds(60))
    _ = try verify(try pending())
  }

  // MARK: The ticket

  @Test func aTicketIsForItsBrowser() throws {
    _ = try ada()
    let (one, other) = (try pending(), try pending())
    for secrets in [[], [""], [other.browserSecret], [one.browserSecret + "0"]] {
      #expect(throws: AuthError.badTicket) { try verify(one, secrets: secrets) }
    }
    _ = try verify(one, secrets: ["tossed", other.browserSecret, one.browserSecret])
  }

  @Test func whereNoCookiesAreSetNoneIsAskedFor() throws {
    for (delivery, secrets, isTaken) in [
      (Settings.Delivery.bodyOnly, [], true), (.bodyOnly, ["another"], true), (.dual, [], true),
      (.dual, ["another"], false), (.cookiesOnly, [], false),
    ] as [(Settings.Delivery, [String], Bool)] {
      let stand = Stand {
        $0.secondFactors.isEnabled = true
        $0.delivery = delivery
      }
      try stand.enrolTOTP(try stand.account(isVerified: true))
      let pending = try pending(in: stand)
      if isTaken {
        _ = try verify(pending, in: stand, secrets: secrets)
      } else {
        #expect(throws: AuthError.badTicket) { try verify(pending, in: stand, secrets: secrets) }
      }
    }
  }

  @Test func aTicketIsGoodForTenMinutes() throws {
    _ = try ada()
    let pending = try pending()
    stand.clock.advance(by: .seconds(599))
    _ = try verify(pending)
    stand.clock.advance(by: .seconds(1))
    #expect(throws: AuthError.badTicket) { try verify(pending) }
  }

  @Test func whatIsNoTicketIsNone() throws {
    _ = try ada()
    var pending = try pending()
    let tokens = try verify(pending).signIn.tokens
    let others = [
      "", "x", tokens.access, tokens.refresh, tokens.browser!, pending.browserSecret, "signInTicket--1_2_3",
    ]
    for text in others {
      pending.ticket = text
      #expect(throws: AuthError.badTicket) { try verify(pending) }
    }
  }

  @Test func whatEndsEverythingEndsTheTicket() throws {
    let account = try ada()
    let changes: [(Stand) throws -> Void] = [
      { _ = try $0.storage.accounts.setPassword(account.id, hash: "1:changed", except: nil) },
      { _ = try $0.storage.accounts.setActive(account.id, false) },
    ]
    for change in changes {
      let present = try #require(try stand.storage.accounts.find(account.id))
      let pending = try stand.signIn.begin(
        present, methods: ["pwd"], client: .test, replacing: nil, isPersistent: nil
      ).pending
      try change(stand)
      #expect(throws: AuthError.badTicket) { try verify(pending) }
    }
  }

  @Test func anAddressThatHasToBeProvenAndIsNotAdmitsNobody() throws {
    let stand = Stand {
      $0.secondFactors.isEnabled = true
      $0.requiresProvenAddress = true
    }
    let account = try stand.account(isVerified: true)
    try stand.enrolTOTP(account)
    let pending = try pending(in: stand)
    stand.storage.update(account.id) { $0.isVerified = false }
    #expect(throws: AuthError.badTicket) { try verify(pending, in: stand) }
  }

  // MARK: Codes by mail

  @Test func aMailedCodeFinishesTheSignInItWasMailedFor() throws {
    let account = try ada(email: true, totp: false)
    let (one, other) = (try pending(), try pending())
    #expect(one.factors == [.email, .recovery])
    for pending in [one, one] {
      try stand.secondStep.mailCode(
        BroughtTicket(text: pending.ticket, browserSecrets: [pending.browserSecret]), client: .test)
    }
    let mails = stand.storage.mails.filter { $0.kind == .signInCode }
    #expect(mails.count == 2 && mails[0].link == mails[1].link && mails[0].recipient == account.email)
    let code = PlainSealer().code(of: try #require(mails.last?.link?.id))
    #expect(throws: AuthError.badCode) { try verify(other, code) }
    #expect(try claims(verify(one, code).signIn).methods == ["pwd", "otp", "mfa"])
    #expect(throws: AuthError.badCode) { try verify(one, code) }
  }

  @Test func nothingIsMailedToWhoHasNotChosenIt() throws {
    _ = try ada()
    let pending = try pending()
    try stand.secondStep.mailCode(
      BroughtTicket(text: pending.ticket, browserSecrets: [pending.browserSecret]), client: .test)
    #expect(stand.storage.mails.isEmpty)
    #expect(throws: AuthError.badTicket) {
      try stand.secondStep.mailCode(BroughtTicket(text: pending.ticket, browserSecrets: []), client: .test)
    }
  }

  @Test func aCodeThatWasNeverMailedIsWrong() throws {
    _ = try ada(email: true, totp: false)
    let pending = try pending()
    try stand.secondStep.mailCode(
      BroughtTicket(text: pending.ticket, browserSecrets: [pending.browserSecret]), client: .test)
    let link = try #require(stand.storage.mails.last?.link)
    stand.clock.advance(by: .seconds(599))
    let later = try self.pending()
    stand.clock.advance(by: .seconds(1))
    #expect(throws: AuthError.badTicket) { try verify(pending, PlainSealer().code(of: link.id)) }
    #expect(throws: AuthError.badCode) { try verify(later, PlainSealer().code(of: link.id)) }
  }

  @Test func aMailboxIsNotFilled() throws {
    _ = try ada(email: true)
    for _ in 0..<10 {
      let pending = try pending()
      try stand.secondStep.mailCode(
        BroughtTicket(text: pending.ticket, browserSecrets: [pending.browserSecret]), client: .test)
    }
    #expect(stand.storage.mails.filter { $0.kind == .signInCode }.count == 5)
  }

  // MARK: Recovery codes

  @Test func aRecoveryCodeStandsInOnceAndItsOwnerIsTold() throws {
    let account = try ada()
    let new = stand.recoveryCodes.make()
    #expect(
      try stand.storage.factors.replaceRecoveryCodes(account.id, new.digests, mailing: nil, by: .commandLine))
    let typed = new.texts[3].lowercased().split(separator: "-").joined(separator: "")
    #expect(try claims(verify(try pending(), typed).signIn).methods == ["pwd", "otp", "mfa"])
    #expect(stand.storage.mails.last?.kind == .recoveryCodeUsed && stand.storage.mails.last?.values["left"] == "9")
    #expect(throws: AuthError.badCode) { try verify(try pending(), typed) }
    _ = try verify(try pending(), new.texts[4])
  }

  // MARK: Roles that demand a factor

  @Test func whoseRoleDemandsAFactorAndHasNoneIsNotSignedIn() throws {
    let account = try stand.account(role: "admin", isVerified: true)
    stand.storage.update(account.id) { $0.role?.requiresSecondFactor = true }
    var strict = stand
    strict.settings.secondFactors.allowsEmail = false
    let pending = try pending(in: strict)
    #expect(pending.mustEnrol && pending.factors == [])
    #expect(throws: AuthError.badCode) { try verify(pending) }
    try stand.enrolTOTP(account)
    #expect(try !self.pending().mustEnrol)
    _ = try verify(pending)
  }

  @Test func whoMustEnrolCanBeginWithACodeByMail() throws {
    let account = try stand.account(role: "admin", isVerified: true)
    stand.storage.update(account.id) { $0.role?.requiresSecondFactor = true }
    let session = stand.codec.claims(try stand.begin(account).access)
    #expect(try stand.secondStep.offer(toRaise: session, of: account).factors == [])
    let pending = try pending()
    #expect(pending.mustEnrol && pending.factors == [.email])
    try stand.secondStep.mailCode(
      BroughtTicket(text: pending.ticket, browserSecrets: [pending.browserSecret]), client: .test)
    let code = PlainSealer().code(of: try #require(stand.storage.mails.last?.link?.id))
    #expect(throws: AuthError.badCode) { try verify(pending, "000000") }
    #expect(try stand.storage.factors.factors(of: account.id) == Factors())
    let finished = try verify(pending, code)
    #expect(claims(finished.signIn).methods == ["pwd", "otp", "mfa"])
    #expect(finished.recoveryCodes?.count == 10)
    #expect(stand.storage.mails.last?.kind == .secondFactorAdded)
    let again = try self.pending()
    #expect(!again.mustEnrol && again.factors == [.email, .recovery])
    let codes = try #require(finished.recoveryCodes)
    #expect(try verify(again, codes[0]).recoveryCodes == nil)
  }

  // MARK: Browsers that are trusted

  @Test func aTrustedBrowserIsNotAskedAndHasNoSecondFactor() throws {
    let account = try ada()
    let trust = try #require(try verify(try pending(), trustsBrowser: true).trust)
    #expect(trust.life == 30 * 86_400)
    let browser = Client(address: "198.51.100.9", userAgent: "agent", trustedBrowsers: ["junk", trust.text])
    #expect(try claims(login(client: browser).outcome).methods == ["pwd"])
    let listed = try stand.trustedBrowsers.list(of: account.id)
    #expect(listed.count == 1 && listed[0].lastUsedAt == stand.clock.now())
    #expect(TrustedBrowser.ID(listed[0].id.description.utf8) == listed[0].id)
    _ = try login().pending
    stand.clock.advance(by: .seconds(30 * 86_400))
    _ = try login(client: browser).pending
  }

  @Test func trustEndsWithTheEpochByItsOwnerAndWithTheSetting() throws {
    let account = try ada()
    func trusted() throws -> Client {
      stand.clock.advance(by: .seconds(30))
      let trust = try #require(try verify(try pending(), trustsBrowser: true).trust)
      return Client(address: "192.0.2.1", userAgent: "agent", trustedBrowsers: [trust.text])
    }
    let one = try trusted()
    #expect(throws: AuthError.browserNotFound) {
      try stand.trustedBrowsers.end(TrustedBrowser.ID(random: stand.random), of: account.id, client: .test)
    }
    let listed = try #require(try stand.trustedBrowsers.list(of: account.id).first)
    try stand.trustedBrowsers.end(listed.id, of: account.id, client: .test)
    _ = try login(client: one).pending
    let other = try trusted()
    var stricter = stand
    stricter.settings.secondFactors.trustedBrowserLifetime = .zero
    _ = try login(in: stricter, client: other).pending
    stand.clock.advance(by: .seconds(30))
    #expect(try verify(try pending(in: stricter), in: stricter, trustsBrowser: true).trust == nil)
    _ = try login(client: other).outcome
    let changed = try stand.storage.accounts.setPassword(account.id, hash: "1:correct horse", except: nil)
    #expect(changed != nil)
    _ = try login(client: other).pending
  }

  @Test func aBrowserIsTrustedByOneAccount() throws {
    _ = try ada()
    let bob = try stand.account("bob", isVerified: true)
    try stand.enrolTOTP(bob)
    let trust = try #require(try verify(try pending(), trustsBrowser: true).trust)
    let browser = Client(address: "192.0.2.1", userAgent: "agent", trustedBrowsers: [trust.text])
    _ = try stand.signIn.login(
      email: "bob@example.com", password: "correct horse", client: browser, replacing: nil
    ).pending
  }
}
