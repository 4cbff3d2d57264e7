import HTTP
import Postern
import PosternTesting
import Testing

@testable import API

@Suite struct SignInTests {
  @Test func registrationSetsCookiesAndPutsNoTokenIntoTheBody() throws {
    let harness = try Harness()
    let response = harness.send(
      "POST", "/api/auth/register",
      json: #"{"email": "Alice@Example.com", "password": "correct horse", "first_name": "Al"}"#)
    #expect(response.status == 201)
    #expect(Set(response.cookies.keys) == ["access_token_cookie", "refresh_token_cookie", "postern_browser"])
    #expect(response.json["user"]?["email"] == "alice@example.com")
    #expect(response.json["user"]?["role"] == .null)
    #expect(response.json["message"] == "User registered successfully.")
    #expect(response.json["access_token"] == nil)
    let field = try #require(response.fields["Set-Cookie"])
    #expect(field.hasSuffix("; Secure; HttpOnly; Path=/; SameSite=Strict"))
  }

  @Test(arguments: [
    (Settings.Delivery.cookiesOnly, true, false), (.bodyOnly, false, true), (.dual, true, true),
  ])
  func deliveryAloneDecidesWhereTokensGo(delivery: Settings.Delivery, cookies: Bool, body: Bool) throws {
    for agent in ["curl/7.88.1", "Mozilla/5.0 Chrome/120"] {
      let harness = try Harness { $0.delivery = delivery }
      harness.register()
      let response = harness.send(
        "POST", "/api/auth/login", json: #"{"email": "alice@example.com", "password": "correct horse"}"#,
        with: ["HTTP_USER_AGENT": agent])
      #expect(response.status == 200)
      #expect(!response.cookies.isEmpty == cookies)
      #expect((response.json["access_token"] != nil) == body)
      #expect((response.json["refresh_token"] != nil) == body)
    }
  }

  /// Threat 23.
  @Test func fieldsThatAreNotTheClientsAreIgnored() throws {
    let harness = try Harness()
    harness.storage.setRole("admin", permissions: ["rbac.admin"])
    let response = harness.send(
      "POST", "/api/auth/register",
      json: """
        {"email": "m@example.com", "password": "correct horse", "role_id": 1, "role": "admin", "roleId": 1, "id": 777,
         "is_active": false, "is_verified": true, "provider": "google", "mfa_enabled": true, "epoch": 9}
        """)
    let account = try #require(try harness.storage.accounts.find(EmailAddress("m@example.com")!))
    #expect(response.status == 201)
    #expect(account.id.value == 1 && account.role == nil && account.isActive && !account.isVerified)
    #expect(account.provider == "local" && !account.hasSecondFactor && account.epoch == 0)
  }

  @Test(arguments: [
    (#"{"email": "c@example.com"}"#, 400, "Email and password are required"),
    (#"{}"#, 400, "Email and password are required"),
    (#"{"email": "not an email", "password": "x"}"#, 400, "Invalid email format"),
    (#"{"email": "a@example.com", "password": "short"}"#, 400, "Password must be at least 8 characters"),
    (#"{"email": "a@example.com", "password": "password123"}"#, 400, "most common"),
    (#"{"email": "a@example.com", "password": 12345678}"#, 400, "password must be a text"),
    (#"{"email": {"a": 1}, "password": "abcdefgh"}"#, 400, "email must be a text"),
    (#"{"email": "a@example.com", "email": "b@example.com", "password": "correct horse"}"#, 400, "email stands twice"),
    (#"[{"email": "a@example.com", "password": "correct horse"}]"#, 400, "must be a JSON object"),
    ("null", 400, "must be a JSON object"), (#"{"email":"#, 400, "not JSON"), ("", 400, "empty"),
  ])
  func badRegistrationsNameWhatIsWrong(body: String, status: Int, sentence: String) throws {
    let response = try Harness().send("POST", "/api/auth/register", json: body)
    #expect(response.status == status)
    #expect(response.json["error"]?.string?.contains(sentence) == true, "\(response.text)")
    #expect(response.cookies.isEmpty)
  }

  @Test func takenAddressIsRefusedInAnyCase() throws {
    let harness = try Harness()
    harness.register()
    let response = harness.send(
      "POST", "/api/auth/signup", json: #"{"email": "ALICE@example.com", "password": "correct horse"}"#)
    #expect(response.status == 400)
    #expect(response.json["error"] == "Email is already registered")
  }

  @Test func closedRegistrationIsRefusedAndItsPageVanishes() throws {
    let harness = try Harness { $0.registration = .closed }
    let response = harness.send(
      "POST", "/api/auth/register", json: #"{"email": "a@example.com", "password": "correct horse"}"#)
    #expect(response.status == 403)
    #expect(response.json["error_code"] == "REGISTRATION_CLOSED")
    #expect(harness.send("GET", "/auth/register").status == 403)
    #expect(!harness.send("GET", "/auth/login").text.contains("/auth/register"))
  }

  @Test func everyFailedLoginSaysTheSameOnOneSchedule() throws {
    let harness = try Harness()
    harness.register()
    harness.register("off@example.com")
    _ = try harness.storage.accounts.setActive(
      harness.storage.accounts.find(EmailAddress("off@example.com")!)!.id, false)
    let tries = [
      harness.login(password: "wrong"), harness.login("nobody@example.com"), harness.login("off@example.com"),
      harness.login("not an address"),
      harness.login("alice@example.com", password: String(repeating: "x", count: 5000)),
    ]
    for response in tries {
      #expect(response.status == 401)
      #expect(response.json["error"] == "Invalid email or password")
      #expect(
        response.text.replacing(#/[0-9a-f]{16}/#, with: "") == tries[0].text.replacing(#/[0-9a-f]{16}/#, with: ""))
      #expect(response.notBefore == harness.clock.monotonic())
      #expect(response.cookies.isEmpty)
    }
  }

  @Test func attemptsAreLimitedPerAccountAndAddress() throws {
    let harness = try Harness()
    harness.register()
    harness.register("bob@example.com")
    for _ in 0..<5 { #expect(harness.login(password: "wrong").status == 401) }
    let refused = harness.login()
    #expect(refused.status == 429)
    #expect(refused.json["retry_after_minutes"] == 1)
    #expect(refused.json["error"] == "Too many login attempts. Try again in 1 minutes.")
    #expect(refused.fields["Retry-After"] == "60")
    #expect(harness.login("bob@example.com").status == 200)
    harness.clock.advance(by: .seconds(60))
    #expect(harness.login().status == 200)
  }

  /// Threat 24.
  @Test func sessionFromBeforeTheLoginIsWorthlessAfterIt() throws {
    let harness = try Harness()
    let before = harness.register()
    let response = harness.send(
      "POST", "/api/auth/login", json: #"{"email": "alice@example.com", "password": "correct horse"}"#,
      cookies: before)
    #expect(response.status == 200)
    #expect(harness.verify(before).status == 401)
    #expect(harness.verify(response.cookies).status == 204)
  }

  @Test(arguments: [true, false]) func loginEndsTheOthersWhereOneSessionIsAllowed(isSingle: Bool) throws {
    let harness = try Harness { $0.singleSessionPerUser = isSingle }
    let phone = harness.register()
    let laptop = harness.login().cookies
    #expect(harness.verify(phone).status == (isSingle ? 401 : 204))
    #expect(harness.verify(laptop).status == 204)
    let refreshed = harness.send("POST", "/api/auth/token/refresh", cookies: phone)
    #expect(refreshed.status == (isSingle ? 401 : 200))
  }

  @Test func openRegistrationsPasswordIsNeverLogged() throws {
    let harness = try Harness()
    let cookies = harness.register(password: "a very secret passphrase")
    _ = harness.login(password: "a very secret guess")
    #expect(!harness.log.contains("secret"))
    for token in cookies.values { #expect(!harness.log.contains(token)) }
  }
}
