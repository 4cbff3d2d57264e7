import PosternTesting
import Testing

@testable import Postern

@Suite struct FactorEnrolmentTests {
  private let stand = Stand { $0.secondFactors.isEnabled = true }

  private func account(isVerified: Bool = true, role: String? = nil) throws -> Account {
    try stand.storage.accounts.create(
      NewAccount(
        email: EmailAddress("ada@example.com")!, passwordHash: "1:right", roleName: role, isVerified: isVerified))
  }

  private func session(of account: Account, methods: [String] = ["pwd"]) throws -> TokenClaims {
    let tokens = try stand.sessions.begin(
      for: account, methods: methods, client: .test, replacing: nil, isPersistent: nil)
    return stand.codec.claims(tokens.access)
  }

  private func known(_ account: Account) throws -> Account { try #require(try stand.storage.accounts.find(account.id)) }

  @Test func anAppCountsFromItsFirstCodeWhichRaisesTheSession() throws {
    let account = try account()
    let session = try session(of: account)
    let secret = try stand.enrolment.beginTOTP(for: account)
    #expect(secret.bytes.count == 20)
    #expect(try stand.enrolment.waitingTOTP(of: account)?.bytes == secret.bytes)
    #expect(try !known(account).hasSecondFactor)

    stand.clock.advance(by: .seconds(60))
    let added = try stand.enrolment.confirmTOTP(stand.code, of: account, in: session, client: .test)
    #expect(try known(account).hasSecondFactor)
    #expect(added.recoveryCodes?.count == 10)
    let raised = stand.codec.claims(try #require(added.signIn).tokens.access)
    #expect(raised.methods == ["pwd", "otp", "mfa"])
    #expect(raised.provenAt == session.provenAt, "no password was given")
    #expect(try stand.sessions.account(of: session) == nil, "the session before has ended")
    #expect(try stand.enrolment.waitingTOTP(of: account) == nil)
    let mail = try #require(stand.storage.mails.last)
    #expect(mail.kind == .secondFactorAdded)
    #expect(mail.values["factor"] == "an authenticator app")
    let left = try stand.enrolment.factors(of: account.id).totp?.lastStep
    #expect(left == OneTimeCode.step(at: stand.clock.now()), "that code is used up")
    #expect(throws: AuthError.factorExists) { try stand.enrolment.beginTOTP(for: known(account)) }
    #expect(throws: AuthError.factorExists) {
      try stand.enrolment.confirmTOTP(stand.code, of: known(account), in: raised, client: .test)
    }
  }

  @Test func theSecretIsKeptSealedForItsAccountAlone() throws {
    let account = try account()
    let secret = try stand.enrolment.beginTOTP(for: account)
    let kept = try #require(try stand.enrolment.factors(of: account.id).totp?.sealedSecret)
    #expect(PlainSeal().open(kept, for: .totpSecret, context: Array("\(account.id)".utf8)) == secret.bytes)
    #expect(PlainSeal().open(kept, for: .totpSecret, context: Array("9".utf8)) == nil)
    #expect(try stand.enrolment.beginTOTP(for: account).bytes != secret.bytes, "each time another")
    let address = secret.address(site: "Site", email: account.email).text
    #expect(address.contains("secret=\(secret.text)&issuer=Site"))
  }

  @Test func wrongCodesCountUntilNoneIsTaken() throws {
    let account = try account()
    let session = try session(of: account)
    _ = try stand.enrolment.beginTOTP(for: account)
    for _ in 0..<5 {
      #expect(throws: AuthError.badCode) {
        try stand.enrolment.confirmTOTP("000000", of: account, in: session, client: .test)
      }
    }
    #expect(throws: AuthError.tooManyAttempts(wait: .seconds(60))) {
      try stand.enrolment.confirmTOTP(stand.code, of: account, in: session, client: .test)
    }
    #expect(try !known(account).hasSecondFactor)
  }

  @Test func whatWasBegunIsNotConfirmedByWhoHasNotUsedTheFactorThatIsThereByNow() throws {
    let account = try account()
    let session = try session(of: account)
    _ = try stand.enrolment.beginTOTP(for: account)
    _ = try stand.enrolment.addEmail(to: account, client: .test)
    #expect(throws: AuthError.secondFactorRequired) {
      try stand.enrolment.confirmTOTP(stand.code, of: known(account), in: session, client: .test)
    }
  }

  @Test func codesAreMailedToAProvenAddressWhereTheSiteOffersIt() throws {
    let unproven = try account(isVerified: false)
    #expect(!stand.enrolment.offersEmail(unproven))
    #expect(throws: AuthError.mailedCodesNotAllowed) { try stand.enrolment.addEmail(to: unproven, client: .test) }
    stand.storage.update(unproven.id) { $0.isVerified = true }
    let account = try known(unproven)
    let added = try stand.enrolment.addEmail(to: account, client: .test)
    #expect(added.recoveryCodes?.count == 10)
    #expect(added.signIn == nil, "no code has been used")
    #expect(throws: AuthError.factorExists) { try stand.enrolment.addEmail(to: account, client: .test) }
    var strict = stand
    strict.settings.secondFactors.allowsEmail = false
    #expect(throws: AuthError.mailedCodesNotAllowed) { try strict.enrolment.addEmail(to: account, client: .test) }
    try stand.enrolment.removeEmail(from: account, client: .test)
    #expect(try stand.enrolment.factors(of: account.id) == Factors())
    #expect(stand.storage.mails.map(\.kind) == [.secondFactorAdded, .secondFactorRemoved])
    #expect(throws: AuthError.factorNotFound) { try stand.enrolment.removeEmail(from: account, client: .test) }
  }

  @Test func recoveryCodesAreMadeOnDemandWhereThereIsAFactor() throws {
    let account = try account()
    #expect(throws: AuthError.factorNotFound) {
      try stand.enrolment.replaceRecoveryCodes(of: account, client: .test)
    }
    let first = try #require(try stand.enrolment.addEmail(to: account, client: .test).recoveryCodes)
    let second = try stand.enrolment.replaceRecoveryCodes(of: account, client: .test)
    #expect(try stand.recoveryCodes.use(first[0], of: account, client: .test) == nil)
    #expect(try stand.recoveryCodes.use(second[0], of: account, client: .test) == 9)
    #expect(
      stand.storage.mails.map(\.kind) == [.secondFactorAdded, .recoveryCodesReplaced, .recoveryCodeUsed])
  }

  @Test func whereTheSiteAsksForNoneNothingIsAddedOrRemoved() throws {
    var stand = stand
    let account = try account()
    let session = try session(of: account)
    _ = try stand.enrolment.beginTOTP(for: account)
    stand.settings.secondFactors.isEnabled = false
    let enrolment = stand.enrolment
    #expect(throws: AuthError.secondFactorsDisabled) { try enrolment.beginTOTP(for: account) }
    #expect(throws: AuthError.secondFactorsDisabled) {
      try enrolment.confirmTOTP(stand.code, of: account, in: session, client: .test)
    }
    #expect(throws: AuthError.secondFactorsDisabled) { try enrolment.addEmail(to: account, client: .test) }
    #expect(throws: AuthError.secondFactorsDisabled) { try enrolment.removeTOTP(from: account, client: .test) }
    #expect(throws: AuthError.secondFactorsDisabled) { try enrolment.removeEmail(from: account, client: .test) }
    #expect(throws: AuthError.secondFactorsDisabled) {
      try enrolment.replaceRecoveryCodes(of: account, client: .test)
    }
  }

  @Test func whoseRoleDemandsAFactorAddsTheFirstOneWithTheTicket() throws {
    stand.storage.setRole("admin", permissions: [], requiresSecondFactor: true)
    let account = try account(role: "admin")
    let answer = try stand.signIn.login(
      email: "ada@example.com", password: "right", client: .test, replacing: nil)
    let pending = try answer.pending
    #expect(pending.mustEnrol)
    let brought = BroughtTicket(text: pending.ticket, browserSecrets: [pending.browserSecret])
    #expect(try stand.enrolment.account(enrollingBy: brought).id == account.id)
    #expect(throws: AuthError.factorNotFound) {
      try stand.enrolment.confirmTOTP(stand.code, by: brought, client: .test, replacing: nil)
    }
    _ = try stand.enrolment.beginTOTP(for: account)
    #expect(throws: AuthError.badTicket) {
      try stand.enrolment.confirmTOTP(
        stand.code, by: BroughtTicket(text: pending.ticket, browserSecrets: []), client: .test, replacing: nil)
    }
    let added = try stand.enrolment.confirmTOTP(stand.code, by: brought, client: .test, replacing: nil)
    #expect(added.recoveryCodes?.count == 10)
    let claims = stand.codec.claims(try #require(added.signIn).tokens.access)
    #expect(claims.methods == ["pwd", "otp", "mfa"])
    #expect(throws: AuthError.badTicket, "it has a factor now") {
      try stand.enrolment.account(enrollingBy: brought)
    }
  }

  @Test func aTicketOfWhoMustNotEnrolAddsNothing() throws {
    let account = try account()
    _ = try stand.enrolment.addEmail(to: account, client: .test)
    let pending = try stand.signIn.login(
      email: "ada@example.com", password: "right", client: .test, replacing: nil
    ).pending
    let brought = BroughtTicket(text: pending.ticket, browserSecrets: [pending.browserSecret])
    #expect(throws: AuthError.badTicket) { try stand.enrolment.account(enrollingBy: brought) }
    #expect(throws: AuthError.badTicket) {
      try stand.enrolment.confirmTOTP(stand.code, by: brought, client: .test, replacing: nil)
    }
  }
}
