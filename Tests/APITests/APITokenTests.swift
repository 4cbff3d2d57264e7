import HTTP
import Postern
import PosternTesting
import Testing

@testable import API

/// Making, listing and ending API tokens, and what they may do at the API.
@Suite struct APITokenTests: APITokenStand {
  @Test func madeTokenIsShownOnceAndListedWithoutItsText() throws {
    let (harness, cookies) = try signedIn()
    let made = make(harness, cookies, #", "expires_in": 3600, "scopes": ["reports.read"]"#)
    #expect(made.status == 201)
    let text = try #require(made.json["token"]?.string)
    #expect(text.hasPrefix("pst_"))
    #expect(made.json["name"] == "git")
    #expect(made.json["scopes"] == ["reports.read"])
    #expect(made.json["expires_at"]?.string == (harness.clock.now() + .seconds(3600)).iso8601)
    #expect(made.json["message"]?.string?.isEmpty == false)
    let list = harness.send("GET", path, cookies: cookies)
    #expect(list.status == 200)
    #expect(list.json["count"] == 1)
    guard case .object(let members)? = list.json["tokens"]?.array?.first else { throw RequestFailure.unforeseen }
    #expect(
      Set(members.map(\.name)) == ["id", "name", "scopes", "created_at", "expires_at", "last_used_at"])
    #expect(!list.text.contains(text.dropFirst(4)))
    #expect(!harness.log.lines.contains { "\($0)".contains(text.dropFirst(4)) })
  }

  @Test(arguments: [
    ("expires_in", "0"), ("expires_in", "-5"), ("expires_in", #""3600""#), ("expires_in", "1.5"),
    ("expires_in", "true"),
    ("expires_in", "99999999999999999999"), ("expires_in", "[]"), ("scopes", #""reports.read""#), ("scopes", "[1]"),
    ("scopes", "[null]"), ("scopes", #"["rbac.admin"]"#), ("scopes", "{}"),
  ])
  func fieldThatCannotBeTakenIsNamed(field: String, value: String) throws {
    let (harness, cookies) = try signedIn()
    let answer = make(harness, cookies, #", "\#(field)": \#(value)"#)
    #expect(answer.status == 400)
    #expect(answer.json["fields"]?[field] != nil)
    #expect(harness.send("GET", path, cookies: cookies).json["count"] == 0)
  }

  @Test(arguments: ["{}", #"{"name": 5}"#, #"{"name": ""}"#, #"{"name": null}"#]) func nameIsNeeded(body: String) throws
  {
    let (harness, cookies) = try signedIn()
    let answer = harness.send("POST", path, json: body, cookies: cookies)
    #expect(answer.status == 400)
    #expect(answer.json["fields"]?["name"] != nil)
  }

  @Test func nullStandsForNothingSaid() throws {
    let (harness, cookies) = try signedIn()
    let made = make(harness, cookies, #", "expires_in": null, "scopes": null"#)
    #expect(made.json["scopes"] == .null)
    #expect(made.json["expires_at"]?.string == (harness.clock.now() + .seconds(90 * 86_400)).iso8601)
  }

  @Test func fiftyAreEnough() throws {
    let (harness, cookies) = try signedIn()
    for _ in 0..<50 { #expect(make(harness, cookies).status == 201) }
    let answer = make(harness, cookies)
    #expect(answer.status == 409)
    #expect(answer.json["error_code"] == "TOO_MANY_TOKENS")
  }

  @Test func tokenOfSomebodyElseIsNotFound() throws {
    let (harness, cookies) = try signedIn()
    let id = try #require(make(harness, cookies).json["id"]?.integer)
    let others = harness.register("mallory@example.com")
    for name in ["\(id)", "0\(id)", "-1", "+1", "x", "99999999999999999999", ""] {
      #expect(harness.send("DELETE", "\(path)/\(name)", cookies: others).status == 404, "\(name)")
    }
    #expect(harness.send("GET", path, cookies: others).json["count"] == 0)
    #expect(harness.send("DELETE", "\(path)/\(id)", cookies: cookies).status == 200)
    #expect(harness.send("DELETE", "\(path)/\(id)", cookies: cookies).status == 404)
  }

  @Test func otherSitesCannotMakeOne() throws {
    let (harness, cookies) = try signedIn()
    let answer = harness.send(
      "POST", path, json: #"{"name": "git"}"#, cookies: cookies, with: ["HTTP_ORIGIN": "https://evil.example"])
    #expect(answer.status == 403)
    let (strict, strictCookies) = try signedIn { $0.doubleSubmit = true }
    #expect(make(strict, strictCookies).json["msg"] == "Missing CSRF token")
    let csrf = try #require(strictCookies["csrf_access_token"])
    let made = strict.send(
      "POST", path, json: #"{"name": "git"}"#, cookies: strictCookies, with: ["HTTP_X_CSRF_TOKEN": csrf])
    #expect(made.status == 201)
  }

  // MARK: At the API

  @Test func tokenSaysWhoItIsAtTheAPI() throws {
    let (harness, cookies) = try signedIn()
    let text = try token(harness, cookies)
    let checked = harness.send("GET", "/api/auth/check-auth", with: bearer(text))
    #expect(checked.status == 200)
    #expect(checked.json == harness.send("GET", "/api/auth/check-auth", cookies: cookies).json)
    #expect(harness.send("GET", "/api/auth/protected", with: bearer(text)).json["msg"] == "Welcome, ed@example.com!")
    #expect(
      harness.send("GET", "/api/auth/user/@me", with: bearer(text)).json["user"]?["email"] == "ed@example.com")
    let scoped = try token(harness, cookies, #", "scopes": ["reports.read"]"#)
    #expect(harness.send("GET", "/api/auth/check-auth", with: bearer(scoped)).json["user"]?["role"] == .null)
  }

  @Test func basicIsNotTakenByTheAPI() throws {
    let (harness, cookies) = try signedIn()
    let text = try token(harness, cookies)
    let answer = harness.send("GET", "/api/auth/check-auth", with: basic(text))
    #expect(answer.status == 401)
    #expect(answer.json["msg"]?.string?.hasPrefix("Missing") == true)
  }

  /// Whatever row of the table demands a session, now or later.
  @Test(arguments: routes.filter { $0.place != .pages && [.signedIn, .refreshToken].contains($0.access) })
  func credentialsAreManagedWithASessionOnly(route: Route) throws {
    let (harness, cookies) = try signedIn()
    let text = try token(harness, cookies)
    let prefix = route.place.prefix(harness.settings)
    for field in [bearer(text), basic(text)] {
      let answer = harness.send(
        route.method.rawValue, prefix + route.path.replacing("*", with: "1"), json: #"{"name": "x"}"#, with: field)
      #expect(answer.status == 401 || answer.status == 403)
      #expect(answer.json["error_code"] == "SESSION_REQUIRED" || answer.json["msg"] != nil)
    }
    #expect(harness.send("GET", path, cookies: cookies).json["count"] == 1)
  }

  @Test func tokenSignsNobodyOut() throws {
    let (harness, cookies) = try signedIn()
    let text = try token(harness, cookies)
    #expect(harness.send("POST", "/api/auth/logout", with: bearer(text)).status == 403)
    #expect(harness.verify([:], with: bearer(text)).status == 204)
    #expect(harness.verify(cookies).status == 204)
  }

  @Test func pagesTakeNoToken() throws {
    let (harness, cookies) = try signedIn()
    let answer = harness.send("GET", "/auth/account", with: bearer(try token(harness, cookies)))
    #expect(answer.status == 302)
  }

  @Test func useIsNotedInMemoryAndWrittenLater() throws {
    let (harness, cookies) = try signedIn()
    let text = try token(harness, cookies)
    func lastUse() -> JSON? { harness.send("GET", path, cookies: cookies).json["tokens"]?.array?[0]["last_used_at"] }
    _ = harness.verify([:], with: bearer(text))
    #expect(lastUse() == .null)
    try harness.activity.write(to: harness.storage.sessions, harness.storage.apiTokens)
    #expect(lastUse() == .string(harness.clock.now().iso8601))
  }
}
