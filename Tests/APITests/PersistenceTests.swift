import HTTP
import Postern
import PosternTesting
import Testing

@testable import API

/// "Keep me signed in": whether cookies end with the browser's session.
@Suite struct PersistenceTests {
  /// Of the cookies that a session has; the one that knows the browser again outlives all.
  private func ages(_ response: Response) -> [String?] {
    response.fields.values(of: "Set-Cookie").filter { !$0.hasPrefix("postern_browser=") }.map { field in
      field.split(separator: "; ").first { $0.hasPrefix("Max-Age=") }.map { String($0.dropFirst(8)) }
    }
  }

  private func login(_ harness: Harness, _ more: String = "", cookies: [String: String] = [:]) -> Response {
    harness.send(
      "POST", "/api/auth/login", json: #"{"email": "alice@example.com", "password": "correct horse"\#(more)}"#,
      cookies: cookies)
  }

  @Test(arguments: [true, false]) func theSettingDecidesWhereNobodyChooses(endWithBrowser: Bool) throws {
    let harness = try Harness { $0.cookies.endWithBrowser = endWithBrowser }
    harness.register()
    let standard = endWithBrowser ? [nil, nil] : ["900", "2592000"]
    #expect(ages(login(harness)) == standard)
    #expect(ages(login(harness, #", "remember": null"#)) == standard)
    #expect(ages(login(harness, #", "remember": true"#)) == ["900", "2592000"])
    #expect(ages(login(harness, #", "remember": false"#)) == [nil, nil])
  }

  @Test func theChoiceHoldsForTheWholeSession() throws {
    let harness = try Harness()
    harness.register()
    let cookies = login(harness, #", "remember": true"#).cookies
    harness.clock.advance(by: .seconds(901))
    try harness.refreshRevocations()
    let relayed = harness.verify(cookies, "signed-in", with: ["AUTH_RELAY": "1"]).fields["X-Auth-Set-Cookie"] ?? ""
    #expect(relayed.contains("; Max-Age=900;"))
    let refreshed = harness.send("POST", "/api/auth/token/refresh", cookies: cookies)
    #expect(ages(refreshed) == ["900", "2592000"])
    let again = login(harness, cookies: refreshed.cookies)
    #expect(ages(again) == ["900", "2592000"], "a new proof of the same person changes nothing about it")
  }

  @Test func theLoginPageTakesTheTickAndAStepUpKeepsTheChoice() throws {
    let harness = try Harness()
    harness.register()
    func submit(_ more: String, _ cookies: [String: String] = [:]) -> Response {
      harness.send(
        "POST", "/auth/login", form: "email=alice%40example.com&password=correct+horse\(more)", cookies: cookies)
    }
    let kept = submit("&remember=1")
    #expect(ages(kept) == ["900", "2592000"])
    #expect(ages(submit("&step_up=1", kept.cookies)) == ["900", "2592000"])
    #expect(ages(submit("", kept.cookies)) == [nil, nil])
  }

  @Test func rememberMustBeTrueOrFalse() throws {
    let harness = try Harness()
    harness.register()
    let response = login(harness, #", "remember": "yes""#)
    #expect(response.status == 400)
    #expect(response.json["fields"]?["remember"] == "remember must be true or false")
  }

  @Test func doubleSubmitCookiesLiveAsLongAsTheSession() throws {
    let harness = try Harness {
      $0.doubleSubmit = true
      $0.cookies.endWithBrowser = false
      $0.cookies.accessCSRFName = "csrf_a"
      $0.cookies.accessCSRFHeader = "X-Double"
    }
    harness.register()
    let response = login(harness)
    #expect(response.cookies["csrf_a"] != nil)
    #expect(ages(response) == ["900", "2592000", "2592000", "2592000"])
    let names = ["HTTP_X_DOUBLE", "HTTP_X_CSRF_TOKEN"]
    let statuses = names.map { name in
      harness.send("POST", "/api/auth/logout", cookies: response.cookies, with: [name: response.cookies["csrf_a"]!])
        .status
    }
    #expect(statuses == [200, 401])
  }

  @Test func withoutCookiesASignInEndsAtAPageThatSaysSo() throws {
    let harness = try Harness()
    let cookies = harness.register()
    func goOn(_ cookies: [String: String], _ query: String) -> Response {
      harness.send("GET", "/auth/continue", query: query, cookies: cookies)
    }
    let blocked = goOn([:], "next=/private/")
    #expect(blocked.status == 200)
    #expect(blocked.text.contains("Cookies are needed"))
    #expect(blocked.text.contains("/auth/login?next=/private/"))
    #expect(goOn(cookies, "next=/private/%3Fa=1").fields["Location"] == "/private/?a=1")
    #expect(goOn(cookies, "next=//evil.example/").fields["Location"] == "/")
    #expect(goOn(cookies, "").fields["Location"] == "/")
  }
}
