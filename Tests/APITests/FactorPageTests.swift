import Cryptography
import HTTP
import Postern
import PosternTesting
import Testing

@testable import API

/// The pages of the second step, and those on which people change what signs them in.
@Suite struct FactorPageTests {
  private let harness: Harness
  private let secret = Array("twenty bytes for her".utf8)

  init() throws { harness = try Harness { $0.secondFactors.isEnabled = true } }

  private func code(after steps: Int64 = 0) -> String {
    TOTP().code(secret: secret, step: OneTimeCode.step(at: harness.clock.now()) + steps)
  }

  /// As far as the ticket.
  private func login(next: String = "%2Fprivate%2F") -> [String: String] {
    harness.send(
      "POST", "/auth/login", form: "email=alice%40example.com&password=correct+horse&next=\(next)"
    ).cookies
  }

  private func post(_ page: String, _ form: String, _ cookies: [String: String]) -> Response {
    harness.send("POST", "/auth/\(page)", form: form, cookies: cookies)
  }

  private func get(_ page: String, _ cookies: [String: String], query: String = "") -> Response {
    harness.send("GET", "/auth/\(page)", query: query, cookies: cookies)
  }

  /// The secret that a page shows.
  private func shown(_ page: Response) -> String? {
    page.text.part(between: #"<code class="secret">"#, and: "</code>")?.filter { $0 != " " }
  }

  @Test func aRightCodeSignsInAndTheTicketIsForgotten() throws {
    _ = try harness.registerProven()
    try harness.enrol(secret)
    let ticket = login()
    #expect(get("mfa", ticket).text.contains("alice@example.com"))
    let wrong = post("mfa", "code=000000&next=%2Fprivate%2F", ticket)
    #expect(wrong.status == 400 && wrong.cookies.isEmpty && wrong.notBefore != nil)
    let right = post("mfa", "code=\(code())&next=%2Fprivate%2F", ticket)
    #expect(right.status == 303 && right.fields["Location"] == "/private/")
    #expect(right.cookies["postern_sign_in"] == "")
    #expect(harness.verify(right.cookies, "mfa").status == 204)
  }

  @Test func withoutATicketTheSecondStepBeginsWithTheLogin() throws {
    _ = try harness.registerProven()
    try harness.enrol(secret)
    for cookies in [[:], ["postern_sign_in": "nonsense.nonsense"], ["postern_sign_in": "."]] {
      for page in [get("mfa", cookies, query: "next=/private/"), post("mfa", "code=1&next=/private/", cookies)] {
        #expect(page.status == 303)
        #expect(page.fields["Location"]?.hasPrefix("/auth/login?next=/private/") ?? false)
      }
    }
    let ticket = login()
    harness.clock.advance(by: .seconds(601))
    let late = post("mfa", "code=\(code())&next=%2Fprivate%2F", ticket)
    #expect(late.fields["Location"] == "/auth/login?next=/private/&late=1")
    #expect(get("login", [:], query: "next=/private/&late=1").text.contains("That took too long"))
    #expect(post("mfa", "code=1&next=https%3A%2F%2Fevil.example", ticket).fields["Location"] == "/auth/login?late=1")
  }

  @Test func aSessionIsRaisedAndGoesWhereItWasGoing() throws {
    let cookies = try harness.registerProven()
    #expect(get("mfa", cookies, query: "next=/x").fields["Location"] == "/auth/account/security?next=/x")
    try harness.enrol(secret)
    let page = get("mfa", cookies)
    #expect(page.status == 200 && !page.text.contains("trust_browser"))
    // The ticket of a sign-in that was given up is in nobody's way.
    let stale = cookies.merging(["postern_sign_in": "nonsense.nonsense"]) { one, _ in one }
    let raised = post("mfa", "code=\(code())&next=%2Fx", stale)
    #expect(raised.fields["Location"] == "/x" && harness.verify(raised.cookies, "mfa").status == 204)
    #expect(get("mfa", raised.cookies, query: "next=/x").fields["Location"] == "/x", "there is nothing left to do")
  }

  @Test func aMailedCodeRaisesASession() throws {
    let cookies = try harness.registerProven()
    try harness.enrolEmail()
    let sent = post("mfa/mail", "next=%2Fx", cookies)
    #expect(sent.status == 303 && sent.fields["Location"] == "/auth/mfa?next=/x&sent=1" && sent.notBefore != nil)
    let mail = try #require(harness.storage.mails.last { $0.kind == .signInCode })
    let digits = LinkSeal(secretKey: harness.settings.secretKey).code(of: try #require(mail.link?.id))
    let both = cookies.merging(sent.cookies) { one, _ in one }
    #expect(get("mfa", both, query: "sent=1").text.contains(#"name="sent" value="1""#))
    let raised = post("mfa", "code=\(digits)&sent=1&next=%2Fx", both)
    #expect(raised.fields["Location"] == "/x" && harness.verify(raised.cookies, "mfa").status == 204)
  }

  private static let pages = ["totp", "email", "passkeys", "recovery-codes"]

  /// On the way to each page and behind each of its forms.
  private func refusals(_ cookies: [String: String]) -> [Response] {
    Self.pages.flatMap { page in
      [get("account/security/\(page)", cookies), post("account/security/\(page)", "code=1", cookies)]
    }
      + ["totp/remove", "email/remove", "passkeys/1", "passkeys/remove/1"].map {
        post("account/security/\($0)", "", cookies)
      }
  }

  @Test func anOldProofLeadsToThePasswordAndBack() throws {
    let cookies = try harness.registerProven()
    harness.clock.advance(by: .seconds(901))
    let refreshed = harness.send("POST", "/api/auth/token/refresh", cookies: cookies).cookies
    for response in refusals(refreshed) {
      let address = response.fields["Location"]
      #expect(response.status == 303)
      #expect(address?.hasPrefix("/auth/login?next=/auth/account/security/") ?? false)
      #expect(address?.hasSuffix("&step_up=1") ?? false)
    }
    #expect(try harness.storage.factors.factors(of: AccountID(1)) == Factors())
  }

  @Test func whoseSessionHasNotUsedTheFactorIsAskedForItFirst() throws {
    let cookies = try harness.registerProven()
    try harness.enrol(secret)
    for response in refusals(cookies) {
      #expect(response.status == 303)
      #expect(response.fields["Location"]?.hasPrefix("/auth/mfa?next=/auth/account/security/") ?? false)
    }
    let next = get("account/security/totp", cookies, query: "next=/x").fields["Location"]
    #expect(next == "/auth/mfa?next=/auth/account/security/totp%3Fnext%3D/x")
  }

  /// Whoever knows a secret can be its owner's app: nobody is shown one that somebody else may have been shown.
  @Test func aSecretIsShownAgainOnlyToThePageThatHasShownIt() throws {
    let cookies = try harness.registerProven()
    let first = try #require(shown(get("account/security/totp", cookies)))
    let again = post("account/security/totp", "code=000000&secret=\(first)", cookies)
    #expect(again.status == 400 && shown(again) == first)
    // Another browser begins; the page before sees neither its own secret again nor that one.
    let second = try #require(shown(get("account/security/totp", cookies)))
    let refused = post("account/security/totp", "code=000000&secret=\(first)", cookies)
    let third = try #require(shown(refused))
    #expect(first != second && third != first && third != second)
    #expect(refused.text.contains("this is a new secret"))
  }

  @Test func theFirstFactorShowsRecoveryCodesAndGoesOn() throws {
    let cookies = try harness.registerProven()
    let text = shown(get("account/security/totp", cookies))
    let account = try #require(try harness.storage.accounts.find(EmailAddress("alice@example.com")!))
    let waiting = try #require(try harness.services.enrolment.waitingTOTP(of: account))
    #expect(waiting.text == text)
    let code = TOTP().code(secret: waiting.bytes, step: OneTimeCode.step(at: harness.clock.now()))
    let added = post("account/security/totp", "code=\(code)&next=%2Fx", cookies)
    #expect(added.status == 200 && added.text.contains(#"href="/x""#))
    #expect(added.text.split(separator: "<li><code>").count == 11)
    #expect(harness.verify(added.cookies, "mfa").status == 204)
    #expect(get("account/security", added.cookies).text.contains("10 left"))
    let removed = post("account/security/totp/remove", "", added.cookies)
    #expect(removed.fields["Location"] == "/auth/account/security?done=factor-removed")
    #expect(post("account/security/totp/remove", "", added.cookies).status == 303, "it is gone already")
  }

  @Test func thereIsNothingToGuardAnAccountWhereTheSiteOffersNothing() throws {
    let harness = try Harness { $0.passkeys.areEnabled = false }
    let cookies = try harness.registerProven()
    #expect(harness.send("GET", "/auth/account/security", cookies: cookies).status == 404)
    #expect(!harness.send("GET", "/auth/account", cookies: cookies).text.contains("account/security"))
    #expect(!harness.send("GET", "/auth/login").text.contains("data-passkey"))
  }

  /// Passkeys belong to a host's name.
  @Test(arguments: [
    ("https://site.example", true), ("http://localhost:8080", true), ("http://127.0.0.1:8080", false),
    ("https://[::1]", false),
  ]) func passkeysAreOfferedWhereTheHostHasAName(address: String, isOffered: Bool) throws {
    let harness = try Harness { $0.publicURL = address }
    #expect(harness.send("GET", "/auth/login").text.contains("data-passkey") == isOffered)
  }

  @Test(arguments: ["", "nonsense", "{}", "[]", #"{"id": 1}"#, "null"]) func whatIsNoCredentialIsRefusedInPlace(
    text: String
  ) throws {
    let credential = FormFields.encode(text)
    let login = harness.send("POST", "/auth/login/passkey", form: "credential=\(credential)&next=%2Fx")
    #expect(login.status == 400 && login.text.contains(#"name="next" value="/x""#))
    let cookies = try harness.registerProven()
    let added = post("account/security/passkeys", "name=Phone&credential=\(credential)", cookies)
    #expect(added.status == 400 && added.text.contains(#"value="Phone""#))
    #expect(
      post("account/security/passkeys/999", "name=x", cookies).fields["Location"] == "/auth/account/security/passkeys")
  }

  @Test func trustInBrowsersIsEndedByItsOwnerOnly() throws {
    _ = try harness.registerProven()
    try harness.enrol(secret)
    let trusted = post("mfa", "code=\(code())&trust_browser=1", login()).cookies
    #expect(trusted["postern_trusted"] != nil)
    let page = get("account/security/browsers", trusted)
    let id = try #require(page.text.part(between: #"name="browser" value=""#, and: "\""))
    let bob = harness.register("bob@example.com")
    #expect(post("account/security/browsers/end", "browser=\(id)", bob).status == 303)
    #expect(get("account/security/browsers", trusted).text.contains(id), "it is not Bob's")
    #expect(post("account/security/browsers/end", "browser=nonsense", trusted).status == 303)
    #expect(get("account/security/browsers", trusted).text.contains(id), "and nonsense is not all of them")
    #expect(post("account/security/browsers/end", "browser=\(id)", trusted).status == 303)
    #expect(!get("account/security/browsers", trusted).text.contains(id))
  }
}

extension String {
  /// What is between the first of one text and the next of another.
  fileprivate func part(between start: String, and end: String) -> String? {
    guard let from = split(separator: start, maxSplits: 1, omittingEmptySubsequences: false).dropFirst().first else {
      return nil
    }
    return from.split(separator: end, maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init)
  }
}
