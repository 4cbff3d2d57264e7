import Cryptography
import HTTP
import Postern
import PosternTesting
import Testing

@testable import API

@Suite struct SecondStepAPITests {
  private let harness: Harness
  private let secret = Array("twenty bytes for her".utf8)

  init() throws { harness = try Harness { $0.secondFactors.isEnabled = true } }

  private func code(_ harness: Harness? = nil) -> String {
    TOTP().code(secret: secret, step: OneTimeCode.step(at: (harness ?? self.harness).clock.now()))
  }

  /// Signed in by the password alone, before she enrolled her app.
  @discardableResult
  private func alice(in other: Harness? = nil, email: Bool = false) throws -> [String: String] {
    let harness = other ?? harness
    let cookies = try harness.registerProven()
    try harness.enrol(secret, email: email)
    return cookies
  }

  private func login(_ cookies: [String: String] = [:], in other: Harness? = nil) -> Response {
    (other ?? harness).send(
      "POST", "/api/auth/login", json: #"{"email": "alice@example.com", "password": "correct horse"}"#,
      cookies: cookies)
  }

  private func verify(
    _ first: Response, _ code: String? = nil, in other: Harness? = nil, cookies: [String: String]? = nil,
    adding more: String = ""
  ) -> Response {
    let token = first.json["mfa_token"]?.string ?? ""
    return (other ?? harness).send(
      "POST", "/api/auth/verify-mfa",
      json: #"{"mfa_token": "\#(token)", "code": "\#(code ?? self.code(other))"\#(more)}"#,
      cookies: cookies ?? first.cookies)
  }

  @Test func theFirstStepSignsNobodyIn() throws {
    let before = try alice(email: true)
    let first = login(before)
    #expect(first.status == 200)
    #expect(first.json["mfa_required"] == true)
    #expect(first.json["factors"] == ["totp", "email", "recovery"])
    #expect(first.json["message"]?.string != nil && first.json["enrolment_required"] == nil)
    #expect(first.json["user"] == nil && first.json["access_token"] == nil)
    #expect(Set(first.cookies.keys) == ["postern_sign_in"])
    let field = try #require(first.fields["Set-Cookie"])
    #expect(field.hasSuffix("; Max-Age=600; Secure; HttpOnly; Path=/; SameSite=Strict"))
    #expect(harness.verify(before).status == 204, "the session before goes on")
    for name in ["access_token_cookie", "refresh_token_cookie"] {
      #expect(harness.verify([name: first.json["mfa_token"]?.string ?? ""]).status == 401)
      #expect(harness.verify([name: first.cookies["postern_sign_in"] ?? ""]).status == 401)
    }
  }

  @Test func theSecondStepAnswersAsALogin() throws {
    let before = try alice()
    let first = login(before)
    let response = verify(first, cookies: first.cookies.merging(before) { one, _ in one })
    #expect(response.status == 200)
    #expect(response.json["msg"] == "Login successful" && response.json["user"]?["email"] == "alice@example.com")
    let cookies = response.cookies
    #expect(
      Set(cookies.keys) == ["access_token_cookie", "refresh_token_cookie", "postern_browser", "postern_sign_in"])
    #expect(cookies["postern_sign_in"] == "")
    #expect(harness.verify(cookies, "mfa age<=60").status == 204)
    #expect(harness.verify(before).status == 401, "the session that this browser had has ended")
  }

  @Test func tokenIsTheOldNameOfCode() throws {
    try alice()
    let first = login()
    let response = harness.send(
      "POST", "/api/auth/verify-mfa",
      json: #"{"mfa_token": "\#(first.json["mfa_token"]?.string ?? "")", "token": "\#(code())"}"#,
      cookies: first.cookies)
    #expect(response.status == 200)
  }

  @Test func nothingTellsWhoExistsAndEverythingIsLate() throws {
    try alice()
    let first = login()
    let wrong = verify(first, "000000")
    #expect(wrong.status == 400)
    #expect(wrong.json["error"] == "Invalid MFA token" && wrong.json["error_code"] == "BAD_CODE")
    #expect(wrong.notBefore != nil && wrong.cookies.isEmpty)
    let bodies = [
      #"{"email": "nobody@example.com", "token": "000000"}"#, #"{"email": "alice@example.com", "token": "000000"}"#,
      "{}", #"{"mfa_token": "x", "code": "000000"}"#, #"{"mfa_token": "\#(first.json["mfa_token"]?.string ?? "")"}"#,
    ]
    for body in bodies {
      let response = harness.send("POST", "/api/auth/verify-mfa", json: body, cookies: first.cookies)
      #expect(response.status == 400)
      #expect(response.json["error"] == "Invalid MFA token" && response.json["error_code"] == "BAD_MFA_TOKEN")
      #expect(response.notBefore == wrong.notBefore)
    }
    #expect(verify(first, cookies: [:]).json["error_code"] == "BAD_MFA_TOKEN", "another browser")
    #expect(verify(first, cookies: ["postern_sign_in": "0"]).status == 400)
    #expect(verify(first).status == 200)
  }

  @Test func guessingIsStoppedAcrossTickets() throws {
    try alice()
    for _ in 0..<5 { #expect(verify(login(), "000000").status == 400) }
    let refused = verify(login())
    #expect(refused.status == 429)
    #expect(refused.json["error_code"] == "TOO_MANY_ATTEMPTS" && refused.fields["Retry-After"] == "60")
    #expect(harness.storage.mails.last?.kind == .codesFailed)
  }

  @Test(arguments: [
    (Settings.Delivery.cookiesOnly, true, false), (.bodyOnly, false, true), (.dual, true, true),
  ])
  func deliveryAloneDecidesWhereTokensGo(delivery: Settings.Delivery, cookies: Bool, body: Bool) throws {
    let harness = try Harness {
      $0.secondFactors.isEnabled = true
      $0.delivery = delivery
    }
    harness.register()
    try harness.enrol(secret)
    let first = login(in: harness)
    #expect(first.cookies.isEmpty != cookies)
    #expect(first.json["access_token"] == nil && first.json["mfa_token"] != nil)
    let response = verify(first, in: harness, adding: #", "trust_browser": true"#)
    #expect(response.status == 200)
    #expect((response.cookies["access_token_cookie"] != nil) == cookies)
    #expect((response.cookies["postern_trusted"] != nil) == cookies)
    #expect((response.json["access_token"] != nil) == body)
  }

  @Test func withHostPrefixNoSiblingTossesAnyOfTheCookies() throws {
    let harness = try Harness {
      $0.secondFactors.isEnabled = true
      $0.cookies.hostPrefix = true
    }
    harness.register()
    try harness.enrol(secret)
    let first = login(in: harness)
    #expect(Set(first.cookies.keys) == ["__Host-postern_sign_in"])
    let finished = verify(first, in: harness, adding: #", "trust_browser": true"#)
    #expect(finished.status == 200)
    #expect(finished.cookies.keys.allSatisfy { $0.hasPrefix("__Host-") })
  }

  @Test func aCodeIsMailedOnlyToWhoHasChosenItAndTheAnswerIsTheSame() throws {
    try alice()
    func send(_ first: Response) -> Response {
      harness.send(
        "POST", "/api/auth/mfa/email/send", json: #"{"mfa_token": "\#(first.json["mfa_token"]?.string ?? "")"}"#,
        cookies: first.cookies)
    }
    let none = send(login())
    #expect(harness.storage.mails.last?.kind != .signInCode)
    try harness.enrolEmail()
    let first = login()
    let sent = send(first)
    #expect(sent.status == 200 && sent.json == none.json && sent.notBefore == none.notBefore && sent.notBefore != nil)
    let mail = try #require(harness.storage.mails.last)
    #expect(mail.kind == .signInCode)
    let code = LinkSeal(secretKey: harness.settings.secretKey).code(of: try #require(mail.link?.id))
    #expect(verify(login(), code).json["error_code"] == "BAD_CODE")
    #expect(verify(first, code).status == 200)
    let bad = harness.send("POST", "/api/auth/mfa/email/send", json: #"{"mfa_token": "x"}"#)
    #expect(bad.status == 400 && bad.json["error_code"] == "BAD_MFA_TOKEN")
    #expect(harness.send("POST", "/api/auth/mfa/email/send", json: "{}").status == 401)
  }

  @Test func aTrustedBrowserIsListedAndEnded() throws {
    try alice()
    let finished = verify(login(), adding: #", "trust_browser": true"#)
    let trusted = try #require(finished.cookies["postern_trusted"])
    let field = finished.fields.values(of: "Set-Cookie").first { $0.hasPrefix("postern_trusted=") }
    #expect(field?.hasSuffix("; Max-Age=2592000; Secure; HttpOnly; Path=/; SameSite=Strict") == true)
    let browser = login(["postern_trusted": trusted])
    #expect(browser.json["msg"] == "Login successful")
    #expect(harness.verify(browser.cookies).status == 204)
    #expect(harness.verify(browser.cookies, "mfa").status == 401)
    let list = harness.send("GET", "/api/auth/mfa/browsers", cookies: browser.cookies)
    #expect(list.json["count"] == 1)
    let id = try #require(list.json["browsers"]?.array?.first?["id"]?.string)
    #expect(harness.send("POST", "/api/auth/logout", cookies: browser.cookies).cookies["postern_trusted"] == nil)
    let again = login(["postern_trusted": trusted])
    #expect(again.json["msg"] == "Login successful", "to sign out does not end it")
    for (name, status) in [(String(repeating: "0", count: 32), 404), ("x", 404), (id, 200), (id, 404)] {
      let response = harness.send("DELETE", "/api/auth/mfa/browsers/\(name)", cookies: again.cookies)
      #expect(response.status == status)
    }
    #expect(login(["postern_trusted": trusted]).json["mfa_required"] == true)
  }

  @Test func aSessionIsRaisedByACodeAndItsProofStaysOld() throws {
    let before = try alice()
    harness.clock.advance(by: .seconds(600))
    try harness.refreshRevocations()
    #expect(harness.verify(before, "mfa").fields["X-Auth-Error"] == "step-up")
    func stepUp(_ code: String, _ cookies: [String: String]) -> Response {
      harness.send("POST", "/api/auth/mfa/step-up", json: #"{"code": "\#(code)"}"#, cookies: cookies)
    }
    let wrong = stepUp("000000", before)
    #expect(wrong.status == 400 && wrong.json["error_code"] == "BAD_CODE" && wrong.notBefore != nil)
    let raised = stepUp(code(), before)
    #expect(raised.status == 200 && raised.json["user"]?["email"] == "alice@example.com")
    #expect(harness.verify(raised.cookies, "mfa").status == 204)
    #expect(harness.verify(raised.cookies, "mfa age<=300").status == 401)
    #expect(harness.verify(before).status == 401)
    let refreshed = harness.send("POST", "/api/auth/token/refresh", cookies: raised.cookies).cookies
    #expect(harness.verify(refreshed, "mfa").status == 204)
    #expect(harness.verify(refreshed, "age<=300").status == 401)
    let renewed = harness.verify(["refresh_token_cookie": refreshed["refresh_token_cookie"] ?? ""], "mfa")
    #expect(renewed.status == 204)
    #expect(harness.send("POST", "/api/auth/mfa/step-up", json: "{}", cookies: refreshed).status == 400)
    #expect(stepUp(code(), [:]).status == 401)
  }

  @Test func aSessionIsRaisedByAMailedCode() throws {
    let before = try alice(email: true)
    let sent = harness.send("POST", "/api/auth/mfa/email/send", cookies: before)
    #expect(sent.status == 200)
    let token = try #require(sent.json["mfa_token"]?.string)
    let code = LinkSeal(secretKey: harness.settings.secretKey).code(
      of: try #require(harness.storage.mails.last?.link?.id))
    let cookies = before.merging(sent.cookies) { one, _ in one }
    #expect(verify(sent, code, cookies: cookies).json["error_code"] == "BAD_MFA_TOKEN", "it begins no session")
    let raised = harness.send(
      "POST", "/api/auth/mfa/step-up", json: #"{"code": "\#(code)", "mfa_token": "\#(token)"}"#, cookies: cookies)
    #expect(raised.status == 200)
    #expect(harness.verify(raised.cookies, "mfa").status == 204)
  }

  @Test func whoHasNoFactorIsTold() throws {
    let response = harness.send(
      "POST", "/api/auth/mfa/step-up", json: #"{"code": "000000"}"#, cookies: harness.register())
    #expect(response.status == 409 && response.json["error_code"] == "NO_SECOND_FACTOR")
  }

  @Test func whoseRoleDemandsAFactorIsToldToEnrol() throws {
    harness.register()
    let account = try #require(try harness.storage.accounts.find(EmailAddress("alice@example.com")!))
    harness.storage.update(account.id) { $0.role = Role(id: 1, name: "admin", requiresSecondFactor: true) }
    let first = login()
    #expect(first.json["mfa_required"] == true && first.json["enrolment_required"] == true)
    #expect(first.json["factors"] == [])
    #expect(Set(first.cookies.keys) == ["postern_sign_in"])
  }

  @Test func aFormOfTheLoginPageGoesOnToTheSecondStep() throws {
    try alice()
    let first = harness.send(
      "POST", "/auth/login", form: "email=alice%40example.com&password=correct+horse&next=%2Fprivate%2Fx%3Fa%3D1")
    #expect(first.status == 303)
    #expect(first.fields["Location"] == "/auth/mfa?next=/private/x%3Fa%3D1")
    #expect(Set(first.cookies.keys) == ["postern_sign_in"])
    let kept = try #require(first.cookies["postern_sign_in"]).split(separator: ".")
    #expect(kept.count == 2)
    let response = harness.send(
      "POST", "/api/auth/verify-mfa", json: #"{"mfa_token": "\#(kept[1])", "code": "\#(code())"}"#,
      cookies: first.cookies)
    #expect(response.status == 200)
  }

  /// Threat 22.
  @Test func aTossedTicketThatIsNoneIsPassedBy() throws {
    try alice()
    let form = harness.send("POST", "/auth/login", form: "email=alice%40example.com&password=correct+horse")
    let kept = try #require(form.cookies["postern_sign_in"])
    let other = try #require(login().cookies["postern_sign_in"])
    for tossed in ["x.y", "\(other).\(kept.split(separator: ".")[1])", "x"] {
      let response = harness.send(
        "POST", "/api/auth/mfa/passkeys/assert",
        with: ["HTTP_COOKIE": "postern_sign_in=\(tossed); postern_sign_in=\(kept)"])
      #expect(response.status == 200)
    }
  }

  /// Or whoever only looks would make the code that is about to be typed worthless.
  @Test func headBeginsNoSettingUpOfAnApp() throws {
    let cookies = harness.register()
    let account = try #require(try harness.storage.accounts.find(EmailAddress("alice@example.com")!))
    func secret() throws -> String? { try harness.storage.factors.factors(of: account.id).totp?.sealedSecret }
    let page = "/auth/account/security/totp"
    #expect(harness.send("HEAD", page, cookies: cookies).status == 200)
    #expect(try secret() == nil)
    #expect(harness.send("GET", page, cookies: cookies).status == 200)
    let shown = try #require(try secret())
    #expect(harness.send("HEAD", page, cookies: cookies).status == 200)
    #expect(try secret() == shown)
  }

  @Test func whereNoCookiesAreSetNoneIsUnsetEither() throws {
    let other = try Harness {
      $0.secondFactors.isEnabled = true
      $0.delivery = .bodyOnly
    }
    other.register()
    try other.enrol(secret)
    let response = verify(login(in: other), code(other), in: other, cookies: ["postern_sign_in": "x"])
    #expect(response.status == 200 && response.fields["Set-Cookie"] == nil)
  }

  /// Threat 32.
  @Test func whatIsMadeForOneStepIsWorthlessElsewhere() throws {
    try alice()
    let first = login()
    let token = first.json["mfa_token"]?.string ?? ""
    let trusted = try #require(verify(first, adding: #", "trust_browser": true"#).cookies["postern_trusted"])
    #expect(login(["postern_trusted": token]).json["mfa_required"] == true)
    #expect(login(["postern_browser": trusted, "access_token_cookie": trusted]).json["mfa_required"] == true)
    for text in [token, trusted] {
      #expect(harness.verify([:], with: ["HTTP_AUTHORIZATION": "Bearer \(text)"]).status == 401)
      #expect(harness.send("POST", "/api/auth/token/refresh", cookies: ["refresh_token_cookie": text]).status != 200)
      #expect(harness.send("POST", "/api/auth/reset-password/\(text)", json: #"{"password": "x"}"#).status == 400)
    }
    let again = harness.send(
      "POST", "/api/auth/verify-mfa", json: #"{"mfa_token": "\#(trusted)", "code": "\#(code())"}"#,
      cookies: first.cookies)
    #expect(again.json["error_code"] == "BAD_MFA_TOKEN")
  }

  @Test func anotherSiteTakesNoSecondStep() throws {
    let before = try alice()
    let first = login()
    for path in ["verify-mfa", "mfa/email/send", "mfa/step-up"] {
      let response = harness.send(
        "POST", "/api/auth/\(path)",
        json: #"{"mfa_token": "\#(first.json["mfa_token"]?.string ?? "")", "code": "\#(code())"}"#,
        cookies: first.cookies.merging(before) { one, _ in one }, with: ["HTTP_ORIGIN": "https://evil.example"])
      #expect(response.status == 403 && response.cookies.isEmpty)
    }
  }
}

extension Harness {
  /// Gives Alice the factors as if she had enrolled them.
  func enrol(_ secret: [UInt8], email: Bool = false) throws {
    let account = try storage.accounts.find(EmailAddress("alice@example.com")!)!
    let seal = AESSeal(secretKey: settings.secretKey, random: SequenceRandom(seed: 3))
    let sealed = seal.seal(secret, for: .totpSecret, context: Array(account.id.description.utf8))
    _ = try storage.factors.beginTOTP(account.id, epoch: account.epoch, sealedSecret: sealed)
    _ = try storage.factors.confirmTOTP(addition(to: account), sealedSecret: sealed, step: 1)
    if email { try enrolEmail() }
  }

  func enrolEmail() throws {
    _ = try storage.factors.addEmail(addition(to: try storage.accounts.find(EmailAddress("alice@example.com")!)!))
  }

  private func addition(to account: Account) -> FactorAddition {
    FactorAddition(to: account, recoveryCodes: services.recoveryCodes.make().digests, mailing: nil, by: .commandLine)
  }
}
