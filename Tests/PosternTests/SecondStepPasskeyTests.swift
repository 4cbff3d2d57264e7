import Postern
import PosternTesting
import Testing

@Suite struct SecondStepPasskeyTests {
  private let stand = Stand {
    $0.secondFactors.isEnabled = true
    $0.publicURL = "https://site.example"
  }

  private func account(_ name: String = "ada") throws -> Account {
    let account = try stand.account(name, isVerified: true)
    try stand.enrolPasskey(account)
    return account
  }

  private func ticket(_ account: Account, after methods: [String] = ["pwd"]) throws -> BroughtTicket {
    let pending = try stand.signIn.begin(
      account, methods: methods, client: .test, replacing: nil, isPersistent: nil
    ).pending
    return BroughtTicket(text: pending.ticket, browserSecrets: [pending.browserSecret])
  }

  private func verify(_ ticket: BroughtTicket, _ given: SecondStep.Given) throws -> [String] {
    let finished = try stand.secondStep.verify(
      ticket, by: given, trustsBrowser: false, client: .test, replacing: nil)
    return stand.codec.claims(finished.signIn.tokens.access).methods
  }

  @Test func aPasskeyIsASecondFactor() throws {
    let ada = try account()
    let ticket = try ticket(ada)
    #expect(try stand.secondStep.offer(to: ticket).offer.factors == [.passkey, .recovery])
    let options = try stand.secondStep.passkeyRequest(ticket, stand.passkeys)
    #expect(options.allowed.map(\.account) == [ada.id])
    #expect(try verify(ticket, stand.signed(options, by: ada)) == ["pwd", "hwk", "mfa"])
    #expect(throws: AuthError.badPasskey(.challengeUsed)) { try verify(ticket, stand.signed(options, by: ada)) }
  }

  @Test func whatWasSignedForOneTicketIsForNoOther() throws {
    let (ada, bob) = (try account(), try account("bob"))
    let (one, other) = (try ticket(ada), try ticket(ada))
    let options = try stand.secondStep.passkeyRequest(one, stand.passkeys)
    #expect(throws: AuthError.badPasskey(.challenge)) { try verify(other, stand.signed(options, by: ada)) }
    #expect(throws: AuthError.passkeyRefused) { try verify(one, stand.signed(options, by: bob)) }
    let signIn = try stand.passkeys.request(for: .signIn)
    #expect(throws: AuthError.badPasskey(.challenge)) { try verify(one, stand.signed(signIn, by: ada)) }
  }

  /// The same factor twice is one.
  @Test func aPasskeyIsNoSecondFactorBesideAPasskey() throws {
    let ada = try account()
    let alone = try stand.signIn.begin(ada, methods: ["hwk"], client: .test, replacing: nil, isPersistent: nil)
    let session = stand.codec.claims(try alone.outcome.tokens.access)
    #expect(session.methods == ["hwk"])
    let options = try stand.passkeys.request(for: .stepUp(session.account))
    #expect(throws: AuthError.noSecondFactor) {
      try stand.secondStep.stepUp(session, by: stand.signed(options, by: ada), nil, client: .test)
    }
    try stand.enrolTOTP(ada)
    let ticket = try ticket(ada, after: ["hwk"])
    #expect(try stand.secondStep.offer(to: ticket).offer.factors == [.totp, .recovery])
    let again = try stand.secondStep.passkeyRequest(ticket, stand.passkeys)
    #expect(throws: AuthError.passkeyRefused) { try verify(ticket, stand.signed(again, by: ada)) }
    #expect(try verify(ticket, .code(stand.code)) == ["hwk", "otp", "mfa"])
  }

  @Test func aSessionIsRaisedByAPasskeyWithSecondFactorsOffToo() throws {
    let ada = try account()
    var off = stand
    off.settings.secondFactors.isEnabled = false
    let answer = try off.signIn.login(
      email: "ada@example.com", password: "correct horse", client: .test, replacing: nil)
    let session = stand.codec.claims(try answer.outcome.tokens.access)
    #expect(try off.secondStep.offer(toRaise: session, of: ada).factors == [.passkey])
    let options = try off.passkeys.request(for: .stepUp(session.account))
    let raised = try off.secondStep.stepUp(
      session, by: stand.signed(options, by: ada, isUserVerified: true), nil, client: .test)
    #expect(stand.codec.claims(raised.tokens.access).methods == ["pwd", "hwk", "user", "mfa"])
    #expect(throws: AuthError.noSecondFactor) {
      var closed = off
      closed.settings.passkeys.areEnabled = false
      return try closed.secondStep.stepUp(
        stand.codec.claims(raised.tokens.access), by: stand.signed(options, by: ada), nil, client: .test)
    }
  }
}
