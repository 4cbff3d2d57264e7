import HTTP
import Postern
import PosternTesting
import Testing

@testable import API

@Suite struct ChallengeTests {
  private let page: Harness.Extra = ["HTTP_SEC_FETCH_MODE": "navigate"]

  @Test func pageViewGoesToTheLoginPageWithItsQueryIntact() throws {
    let response = try Harness().challenge([:], with: page)
    #expect(response.status == 302)
    #expect(response.fields["Location"] == "/auth/login?next=/private/page%3Fa%3D1%26b%3D2")
  }

  @Test func acceptTellsWhereFetchMetadataIsMissing() throws {
    let harness = try Harness()
    #expect(harness.challenge([:], with: ["HTTP_ACCEPT": "text/html,application/xhtml+xml"]).status == 302)
    #expect(harness.challenge([:], with: ["HTTP_ACCEPT": "*/*"]).status == 401)
    #expect(harness.challenge([:], with: ["HTTP_ACCEPT": "text/html", "HTTP_SEC_FETCH_MODE": "cors"]).status == 401)
  }

  @Test func programsGetJSONWithTheLoginAddress() throws {
    let response = try Harness().challenge([:])
    #expect(response.status == 401)
    #expect(response.json["login_url"] == "https://site.example/auth/login")
    #expect(response.fields["Location"] == nil)
  }

  @Test func whereThereAreNoPagesNobodyIsSentToOne() throws {
    let response = try Harness { $0.delivery = .bodyOnly }.challenge([:], with: page)
    #expect(response.status == 401)
    #expect(response.json["login_url"] == "https://site.example/api/auth/login")
    #expect(response.fields["Location"] == nil)
  }

  @Test func formOfASignedOutPersonIsNotLost() throws {
    let response = try Harness().challenge([:], method: "POST", with: page)
    #expect(response.status == 401)
    #expect(response.text.contains("https://site.example/auth/login"))
  }

  @Test func arrivalFromAnotherSiteIsLoadedOnceMore() throws {
    let harness = try Harness()
    let arrival: Harness.Extra = ["HTTP_SEC_FETCH_MODE": "navigate", "HTTP_SEC_FETCH_SITE": "cross-site"]
    let response = harness.challenge([:], with: arrival)
    #expect(response.status == 401)
    #expect(response.text.contains("http-equiv=\"refresh\""))
    #expect(response.text.contains("/private/page?a=1&amp;b=2"))
    #expect(harness.challenge(["access_token_cookie": "stale"], with: arrival).status == 302)
  }

  @Test func neverAnythingButARefusalWhoeverIsAllowedAfterAll() throws {
    let harness = try Harness()
    let response = harness.challenge(harness.register(), with: page)
    #expect(response.status == 403)
    #expect(response.fields["X-Auth-Error"] == "server")
    #expect(response.fields["Location"] == nil)
  }

  @Test func signedInAndNotAllowedIsNeverSentToTheLoginPage() throws {
    let harness = try Harness()
    let cookies = harness.register()
    let shown = harness.challenge(cookies, "role=admin", with: page)
    #expect(shown.status == 403)
    #expect(shown.text.contains("alice@example.com"))
    let told = harness.challenge(cookies, "role=admin")
    #expect(told.status == 403)
    #expect(told.json["login_url"] != nil)
  }

  @Test func whoIsToGiveASecondFactorIsLedToWhereTheyDo() throws {
    let harness = try Harness { $0.secondFactors.isEnabled = true }
    let cookies = harness.register()
    let shown = harness.challenge(cookies, "mfa", with: page)
    #expect(shown.status == 302)
    #expect(shown.fields["Location"] == "/auth/mfa?next=/private/page%3Fa%3D1%26b%3D2")
    #expect(shown.fields["X-Auth-Error"] == "step-up")
    let told = harness.challenge(cookies, "mfa")
    #expect(told.status == 401)
    #expect(told.json["error_code"] == "STEP_UP_REQUIRED" && told.json["step_up"] == "mfa")
    #expect(told.json["step_up_url"] == "https://site.example/auth/mfa")
    let form = harness.challenge(cookies, "mfa", method: "POST", with: page)
    #expect(form.status == 401 && form.text.contains("https://site.example/auth/mfa"))
    harness.clock.advance(by: .seconds(10))
    try harness.refreshRevocations()
    let both = harness.challenge(cookies, "mfa age<=5")
    #expect(both.json["step_up"] == "age")
    #expect(both.json["step_up_url"] == "https://site.example/auth/login?step_up=1")
  }

  @Test func whereThereIsNoSecondFactorNobodyIsSentRoundInCircles() throws {
    let harness = try Harness { $0.passkeys.areEnabled = false }
    #expect(harness.challenge(harness.register(), "mfa", with: page).status == 403)
    let bodies = try Harness {
      $0.secondFactors.isEnabled = true
      $0.delivery = .bodyOnly
    }
    let token = bodies.send(
      "POST", "/api/auth/register", json: #"{"email": "alice@example.com", "password": "correct horse"}"#)
    let told = bodies.challenge(
      [:], "mfa", with: ["HTTP_AUTHORIZATION": "Bearer \(token.json["access_token"]?.string ?? "")"])
    #expect(told.json["step_up_url"] == "https://site.example/api/auth/mfa/step-up")
  }

  @Test func stepUpAsksForThePasswordAgainAndThenIsDone() throws {
    let harness = try Harness()
    let cookies = harness.register()
    harness.clock.advance(by: .seconds(600))
    try harness.refreshRevocations()
    let response = harness.challenge(cookies, "age<=300", with: page)
    #expect(response.status == 302)
    #expect(response.fields["Location"]?.hasSuffix("&step_up=1") == true)
    let form = harness.send("GET", "/auth/login", query: "step_up=1&next=/private/page", cookies: cookies)
    #expect(form.text.contains("alice@example.com"))
    let proven = harness.send(
      "POST", "/auth/login",
      form: "email=alice%40example.com&password=correct+horse&next=%2Fprivate%2Fpage%3Fa%3D1%26b%3D2&step_up=1",
      cookies: cookies)
    #expect(proven.status == 303)
    #expect(proven.fields["Location"] == "/private/page?a=1&b=2")
    #expect(harness.verify(proven.cookies, "age<=300").status == 204)
  }

  @Test func protectedSiteOfAnotherOriginIsComeBackTo() throws {
    let harness = try Harness()
    let response = harness.challenge(
      [:], with: ["HTTP_SEC_FETCH_MODE": "navigate", "AUTH_SITE": "https://app.example"])
    #expect(
      response.fields["Location"]
        == "https://site.example/auth/login?next=https%3A//app.example/private/page%3Fa%3D1%26b%3D2")
  }

  /// Threat 10.
  @Test(arguments: ["//evil.example/x", "/\\evil.example", "https://evil.example/", "\\\\evil", "/a\r\nX: y"])
  func addressThatABrowserReadsAsAnotherSiteIsNotComeBackTo(address: String) throws {
    let harness = try Harness()
    let response = harness.send(
      "GET", "/api/auth/challenge", cookies: [:],
      with: ["AUTH_REQUIRE": "signed-in", "REQUEST_URI": address, "HTTP_SEC_FETCH_MODE": "navigate"])
    #expect(response.status == 302)
    #expect(response.fields["Location"] == "/auth/login")
  }

  @Test func authorizerIsAnsweredForWhateverAddress() throws {
    let harness = try Harness()
    let cookies = harness.register()
    let asked: Harness.Extra = ["AUTH_REQUIRE": "signed-in", "REQUEST_URI": "/private/x"]
    let allowed = harness.send("GET", "", cookies: cookies, role: .authorizer, with: asked)
    #expect(allowed.status == 200)
    #expect(allowed.fields["Variable-REMOTE_USER"] == "alice@example.com")
    #expect(allowed.fields["Variable-AUTH_USER_ID"] == "1")
    let refused = harness.send("GET", "", role: .authorizer, with: asked)
    #expect(refused.status == 401)
    #expect(refused.fields.values(of: "Variable-REMOTE_USER").isEmpty)
    let unclear = harness.send("GET", "", cookies: cookies, role: .authorizer, with: ["REQUEST_URI": "/private/x"])
    #expect(unclear.status == 403)
  }
}
