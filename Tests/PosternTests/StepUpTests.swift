import Postern
import PosternTesting
import Testing

/// Threat 20.
@Suite struct StepUpTests {
  private let stand = Stand { $0.secondFactors.isEnabled = true }

  private func begin(isPersistent: Bool? = nil, email: Bool = false) throws -> (Account, TokenClaims) {
    let account = try stand.account(isVerified: true)
    let claims = stand.codec.claims(try stand.begin(account, isPersistent: isPersistent).access)
    try stand.enrolTOTP(account)
    if email { try stand.enrolEmail(account) }
    return (account, claims)
  }

  private func stepUp(
    _ session: TokenClaims, _ code: String? = nil, _ brought: BroughtTicket? = nil
  ) throws -> SignIn.Outcome {
    try stand.secondStep.stepUp(session, by: .code(code ?? stand.code), brought, client: .test)
  }

  @Test func aFactorIsAddedAndTheProofStaysAsOldAsItWas() throws {
    let (account, before) = try begin(isPersistent: true)
    stand.clock.advance(by: .seconds(1_000))
    let outcome = try stepUp(before)
    let after = stand.codec.claims(outcome.tokens.access)
    #expect(after.methods == ["pwd", "otp", "mfa"])
    #expect(after.provenAt == before.provenAt)
    #expect(after.session != before.session && stand.revoked(before) && !stand.revoked(after))
    #expect(outcome.tokens.isPersistent)
    let session = try #require(try stand.storage.sessions.find(after.session))
    #expect(session.createdAt.seconds == before.issuedAt, "nor does it live longer")
    #expect(session.account == account.id)
  }

  @Test func arefreshKeepsMethodsAndProof() throws {
    let (_, before) = try begin()
    stand.clock.advance(by: .seconds(1_000))
    let raised = try stepUp(before).tokens
    stand.clock.advance(by: .seconds(1_000))
    let refreshed = stand.codec.claims(try stand.sessions.refresh(stand.codec.claims(raised.refresh)).access)
    #expect(refreshed.methods == ["pwd", "otp", "mfa"] && refreshed.provenAt == before.provenAt)
    let renewed = try stand.sessions.renew(stand.codec.claims(raised.refresh)).tokens
    #expect(stand.codec.claims(renewed.access).provenAt == before.provenAt)
    #expect(stand.codec.claims(renewed.access).methods == ["pwd", "otp", "mfa"])
  }

  @Test func wrongCodesCountWithThoseOfSignIns() throws {
    let (_, session) = try begin()
    for _ in 0..<5 { #expect(throws: AuthError.badCode) { try stepUp(session, "000000") } }
    #expect(throws: AuthError.tooManyAttempts(wait: .seconds(60))) { try stepUp(session) }
    #expect(!stand.revoked(session))
  }

  @Test func aSessionThatHasEndedIsNotRaised() throws {
    let (account, session) = try begin()
    try stand.sessions.end(session.session)
    #expect(throws: AuthError.sessionInactive) { try stepUp(session) }
    let other = stand.codec.claims(try stand.begin(account).access)
    _ = try stand.storage.accounts.setPassword(account.id, hash: "1:changed", except: nil)
    stand.clock.advance(by: .seconds(30))
    #expect(throws: AuthError.sessionInactive) { try stepUp(other) }
  }

  @Test func whoHasNoFactorCannotStepUp() throws {
    let account = try stand.account(isVerified: true)
    let session = stand.codec.claims(try stand.begin(account).access)
    #expect(throws: AuthError.noSecondFactor) { try stepUp(session) }
    var off = stand
    try stand.enrolTOTP(account)
    off.settings.secondFactors.isEnabled = false
    #expect(throws: AuthError.noSecondFactor) {
      try off.secondStep.stepUp(session, by: .code(stand.code), nil, client: .test)
    }
  }

  @Test func aCodeIsMailedForASessionAndRaisesThatOnly() throws {
    let (account, session) = try begin(email: true)
    let other = stand.codec.claims(try stand.begin(account).access)
    let pending = try stand.secondStep.ticket(toRaise: session)
    let brought = BroughtTicket(text: pending.ticket, browserSecrets: [pending.browserSecret])
    try stand.secondStep.mailCode(brought, client: .test)
    let code = PlainSealer().code(of: try #require(stand.storage.mails.last?.link?.id))
    #expect(throws: AuthError.badCode) { try stepUp(session, code) }
    #expect(throws: AuthError.badCode) { try stepUp(other, code, brought) }
    #expect(throws: AuthError.badTicket) {
      try stand.secondStep.verify(brought, by: .code(code), trustsBrowser: false, client: .test, replacing: nil)
    }
    #expect(throws: AuthError.badTicket) { try stand.secondStep.offer(to: brought) }
    #expect(try stand.codec.claims(stepUp(session, code, brought).tokens.access).methods == ["pwd", "otp", "mfa"])
  }
}
