import HTTP
import Postern
import PosternTesting
import Testing

@testable import API

@Suite struct ProfileUpdateTests {
  private func update(_ harness: Harness, _ cookies: [String: String], _ json: String) -> Response {
    harness.send("POST", "/api/auth/update_user", json: json, cookies: cookies)
  }

  @Test func namedFieldsChangeAndTheOthersStay() throws {
    let harness = try Harness()
    let cookies = harness.register()
    let first = update(harness, cookies, #"{"first_name": " Alice ", "last_name": "Liddell", "bio": "x"}"#)
    #expect(first.status == 200)
    #expect(first.json["message"] == "User updated successfully")
    #expect(first.json["user"]?["first_name"] == "Alice")
    #expect(first.cookies.isEmpty)
    let second = harness.send(
      "PUT", "/api/auth/user/@me", json: #"{"city": "Oxford", "bio": null, "date_of_birth": "1852-05-04"}"#,
      cookies: cookies)
    #expect(second.status == 400, "1852 is too long ago")
    #expect(second.json["fields"]?["date_of_birth"] != nil)
    _ = harness.send(
      "PUT", "/api/auth/user/@me", json: #"{"city": "Oxford", "bio": null, "date_of_birth": "1952-05-04"}"#,
      cookies: cookies)
    let user = try #require(harness.send("GET", "/api/auth/user/@me", cookies: cookies).json["user"])
    #expect(user["first_name"] == "Alice")
    #expect(user["last_name"] == "Liddell")
    #expect(user["city"] == "Oxford")
    #expect(user["bio"] == .null)
    #expect(user["date_of_birth"] == "1952-05-04")
    let pass = harness.verify(cookies)
    #expect(pass.status == 204)
    #expect(pass.fields["X-Auth-Name"] == "Alice Liddell", "an older token does not say it, and it counts at once")
  }

  /// A front end that sends back all that it got, of an account that has given no name.
  @Test func wholeAccountIsTakenBack() throws {
    let harness = try Harness()
    let cookies = harness.register()
    let me = try #require(harness.send("GET", "/api/auth/user/@me", cookies: cookies).json["user"])
    let answer = update(harness, cookies, String(decoding: me.bytes, as: UTF8.self))
    #expect(answer.status == 200)
    #expect(answer.json["user"]?["first_name"] == .null)
  }

  @Test(arguments: [
    ("firstName", "first_name", "Al"), ("lastName", "last_name", "Ice"), ("phone", "phone_number", "+44 20 7946 0958"),
    ("phoneNumber", "phone_number", "+44 20 7946 0958"), ("dateOfBirth", "date_of_birth", "1952-05-04"),
    ("zipCode", "zip_code", "OX1"),
  ])
  func otherNamesOfAFieldAreReadAndCheckedLikeIt(alias: String, field: String, value: String) throws {
    let harness = try Harness()
    let cookies = harness.register()
    #expect(update(harness, cookies, #"{"\#(alias)": "\#(value)"}"#).json["user"]?[field]?.string == value)
    let wrong = update(harness, cookies, #"{"\#(alias)": "\#(String(repeating: "x", count: 101))"}"#)
    #expect(wrong.status == 400)
    #expect(wrong.json["fields"]?[field] != nil)
    let both = update(harness, cookies, #"{"\#(alias)": "\#(value)", "\#(field)": "\#(value)"}"#)
    #expect(both.status == 400)
    #expect(both.json["fields"]?[alias] != nil)
    #expect(update(harness, cookies, #"{"\#(alias)": 7}"#).json["fields"]?[alias] != nil)
  }

  @Test func whatIsNotAPersonsOwnToChangeIsPassedOver() throws {
    let harness = try Harness()
    let cookies = harness.register()
    let before = harness.send("GET", "/api/auth/user/@me", cookies: cookies).json["user"]
    harness.clock.advance(by: .seconds(5))
    try harness.refreshRevocations()
    let answer = update(
      harness, cookies,
      #"""
      {"role_id": 1, "role": "admin", "is_verified": true, "id": 5, "mfa_enabled": true, "is_active": false, "epoch": 9,
       "provider": "google", "password_hash": "x", "passwordHash": "x", "created_at": "x", "permissions": ["*"],
       "profile_picture_url": "https://evil.example/", "nonsense": {}, "email": " Alice@example.com "}
      """#)
    #expect(answer.status == 200)
    #expect(answer.json["user"] == before)
    #expect(update(harness, cookies, "{}").json["user"] == before)
    #expect(harness.login().status == 200)
  }

  @Test func everyProblemIsTold() throws {
    let harness = try Harness()
    let cookies = harness.register()
    let answer = update(
      harness, cookies,
      #"""
      {"email": "not valid", "phone_number": "abc", "bio": "\#(String(repeating: "b", count: 501))",
       "zip_code": "12345678901", "first_name": " ", "last_name": "Liddell", "date_of_birth": "2999-01-01"}
      """#)
    #expect(answer.status == 400)
    guard case .object(let fields)? = answer.json["fields"] else { throw RequestFailure.unforeseen }
    #expect(
      Set(fields.map(\.name)) == ["email", "phone_number", "bio", "zip_code", "first_name", "date_of_birth"])
    #expect(harness.send("GET", "/api/auth/user/@me", cookies: cookies).json["user"]?["last_name"] == .null)
  }

  @Test(arguments: ["email", "emailAddress"]) func anotherAddressTakesTheCurrentPasswordAndALink(name: String) throws {
    let harness = try Harness()
    let cookies = try harness.registerProven()
    harness.register("bob@example.com")
    let taken = update(harness, cookies, #"{"\#(name)": "bob@example.com"}"#)
    let free = update(harness, cookies, #"{"\#(name)": "carol@example.com"}"#)
    #expect([taken.status, free.status] == [400, 400])
    #expect(taken.json == free.json, "nobody learns which addresses have accounts")
    #expect(free.json["error"] == "Current password is required")
    #expect(update(harness, cookies, #"{"\#(name)": "not valid"}"#).json["error"] == "Invalid email format")
    let wrong = update(harness, cookies, #"{"\#(name)": "carol@example.com", "current_password": "zzz"}"#)
    #expect(wrong.json["error"] == "Current password is incorrect")
    #expect(harness.storage.mails.allSatisfy { $0.kind == .confirmAddress }, "of the registrations")
    let asked = update(
      harness, cookies,
      #"{"\#(name)": "carol@example.com", "bio": "x", "current_password": "correct horse"}"#)
    #expect(asked.json["pending_email"] == "carol@example.com")
    #expect(asked.json["user"]?["email"] == "alice@example.com")
    #expect(asked.json["user"]?["bio"] == "x")
    #expect(harness.storage.mails.map(\.kind).suffix(2) == [.addressChangeAsked, .confirmNewAddress])
    #expect(harness.login().status == 200)
  }

  @Test func aPasswordAndAnAddressChangeInOneRequest() throws {
    let harness = try Harness()
    let cookies = harness.register()
    let json = """
      {"email": "carol@example.com", "password": "battery staple", "current_password": "correct horse"}
      """
    let changed = update(harness, cookies, json)
    #expect(changed.json["pending_email"] == "carol@example.com")
    #expect(harness.login(password: "battery staple").status == 200)
    let account = try #require(try harness.storage.accounts.find(EmailAddress("alice@example.com")!))
    #expect(
      try harness.storage.links.latest(.confirmNewAddress, of: account.id)?.email?.text == "carol@example.com",
      "another password drops what was asked for before it, and not this")
  }

  @Test(arguments: ["password", "userPassword"]) func passwordTakesTheCurrentOne(name: String) throws {
    let harness = try Harness()
    let (phone, laptop) = (harness.register(), harness.login().cookies)
    let new = #""first_name": "Al", "\#(name)": "battery staple""#
    let none = update(harness, laptop, "{\(new)}")
    #expect(none.status == 400)
    #expect(none.json["error"] == "Current password is required")
    let wrong = update(harness, laptop, #"{\#(new), "current_password": "zzz"}"#)
    #expect(wrong.status == 400)
    #expect(wrong.json["error"] == "Current password is incorrect")
    let short = update(harness, laptop, #"{"\#(name)": "abc", "current_password": "correct horse"}"#)
    #expect(short.status == 400)
    #expect(short.json["fields"]?[name] != nil)
    #expect(harness.verify(phone).status == 204)
    #expect(harness.send("GET", "/api/auth/user/@me", cookies: laptop).json["user"]?["first_name"] == .null)
    let right = update(harness, laptop, #"{\#(new), "current_password": "correct horse"}"#)
    #expect(right.status == 200)
    #expect(right.json["message"] == "User updated successfully")
    #expect(right.json["user"]?["first_name"] == "Al")
    #expect(right.json["user"]?["address"] == .null)
    #expect(harness.verify(phone).status == 401)
    #expect(harness.verify(laptop).status == 401)
    #expect(harness.verify(right.cookies).status == 204)
    #expect(harness.login(password: "battery staple").status == 200)
  }

  @Test func bodiesThatAreNoObjectAreRefused() throws {
    let harness = try Harness()
    let cookies = harness.register()
    for body in ["null", "[]", "7", "{", #"{"first_name": "a", "first_name": "b"}"#, #"{"first_name": {}}"#] {
      #expect(update(harness, cookies, body).status == 400, "\(body)")
    }
    #expect(harness.send("POST", "/api/auth/update_user", form: "first_name=x", cookies: cookies).status == 415)
    #expect(
      harness.send("PUT", "/api/auth/update_user", json: "{}", cookies: cookies).fields["Allow"] == "OPTIONS, POST")
    #expect(harness.send("POST", "/api/auth/update_user", json: "{}").status == 401)
  }

  @Test func otherSitesChangeNothing() throws {
    let harness = try Harness()
    let cookies = harness.register()
    for (method, path) in [("POST", "update_user"), ("PUT", "user/@me"), ("POST", "password/update")] {
      let answer = harness.send(
        method, "/api/auth/\(path)", json: #"{"first_name": "x"}"#, cookies: cookies,
        with: ["HTTP_ORIGIN": "https://evil.example"])
      #expect(answer.json["error_code"] == "CROSS_SITE")
    }
  }
}

@Suite struct PasswordUpdateTests {
  private static let right = #"{"current_password": "correct horse", "new_password": "battery staple"}"#

  private func update(_ harness: Harness, _ cookies: [String: String], _ json: String = right) -> Response {
    harness.send("POST", "/api/auth/password/update", json: json, cookies: cookies)
  }

  @Test func allOtherSessionsEndAndTheCallerGetsNewTokens() throws {
    let harness = try Harness()
    let bob = harness.register("bob@example.com")
    let (phone, laptop) = (harness.register(), harness.login().cookies)
    let answer = update(harness, laptop)
    #expect(answer.status == 200)
    #expect(answer.json["message"] == "Password updated successfully")
    #expect(answer.json["user"]?["email"] == "alice@example.com")
    #expect(answer.json["access_token"] == nil)
    #expect(harness.verify(phone).fields["X-Auth-Error"] == "revoked")
    #expect(harness.verify(["access_token_cookie": laptop["access_token_cookie"]!]).status == 401)
    #expect(harness.send("POST", "/api/auth/token/refresh", cookies: laptop).status == 401)
    #expect(harness.send("POST", "/api/auth/token/refresh", cookies: phone).status == 401)
    #expect(harness.verify(answer.cookies).status == 204)
    #expect(harness.send("POST", "/api/auth/token/refresh", cookies: answer.cookies).status == 200)
    #expect(harness.verify(bob).status == 204)
    #expect(harness.login().status == 401)
    #expect(harness.login(password: "battery staple").status == 200)
  }

  @Test(arguments: [Settings.Delivery.bodyOnly, .dual]) func tokensComeWhereTheConfigurationPutsThem(
    delivery: Settings.Delivery
  ) throws {
    let harness = try Harness { $0.delivery = delivery }
    harness.register()
    let token = try #require(harness.login().json["access_token"]?.string)
    let answer = harness.send(
      "POST", "/api/auth/password/update", json: Self.right, with: ["HTTP_AUTHORIZATION": "Bearer \(token)"])
    #expect(answer.status == 200)
    #expect(answer.cookies.isEmpty == (delivery == .bodyOnly))
    let new = try #require(answer.json["access_token"]?.string)
    for (token, status) in [(token, 401), (new, 200)] {
      let check = harness.send("GET", "/api/auth/check-auth", with: ["HTTP_AUTHORIZATION": "Bearer \(token)"])
      #expect(check.status == status)
    }
  }

  @Test func wrongPasswordsAreAnsweredOnTheScheduleOfLoginsAndLimitedWithThem() throws {
    let harness = try Harness()
    var cookies = harness.register()
    // A browser that is not known counts with all others of its network.
    cookies["postern_browser"] = nil
    let wrong = #"{"current_password": "wrong", "new_password": "battery staple"}"#
    for _ in 0..<5 {
      let answer = update(harness, cookies, wrong)
      #expect(answer.status == 400)
      #expect(answer.json["error"] == "Current password is incorrect")
      #expect(answer.json["fields"]?["current_password"] == "Current password is incorrect")
      let since = try #require(answer.notBefore) - harness.clock.monotonic()
      #expect(since >= .zero && since <= .milliseconds(250))
    }
    #expect(update(harness, cookies).status == 429)
    #expect(harness.login().status == 429)
    #expect(harness.verify(cookies).status == 204)
  }

  @Test func missingFieldsAreNamed() throws {
    let harness = try Harness()
    let cookies = harness.register()
    for (body, field) in [
      (#"{"new_password": "battery staple"}"#, "current_password"), (#"{"current_password": "x"}"#, "new_password"),
      ("{}", "new_password"), (#"{"current_password": 7, "new_password": "battery staple"}"#, "current_password"),
      (#"{"current_password": "correct horse", "new_password": "short"}"#, "new_password"),
    ] {
      let answer = update(harness, cookies, body)
      #expect(answer.status == 400)
      #expect(answer.json["fields"]?[field] != nil, "\(body)")
    }
    #expect(harness.login().status == 200)
  }

  @Test func doubleSubmitIsDemanded() throws {
    let harness = try Harness { $0.doubleSubmit = true }
    let cookies = harness.register()
    #expect(update(harness, cookies).json["msg"] == "Missing CSRF token")
    let answer = harness.send(
      "POST", "/api/auth/password/update", json: Self.right, cookies: cookies,
      with: ["HTTP_X_CSRF_TOKEN": try #require(cookies["csrf_access_token"])])
    #expect(answer.status == 200)
    #expect(answer.cookies["csrf_access_token"] == cookies["csrf_access_token"], "one value for the whole session")
  }

  @Test func accountPageChangesThePassword() throws {
    let harness = try Harness()
    let (phone, laptop) = (harness.register(), harness.login().cookies)
    func submit(_ form: String, _ cookies: [String: String]) -> Response {
      harness.send("POST", "/auth/account/password", form: form, cookies: cookies)
    }
    let wrong = submit("current_password=wrong&new_password=battery+staple", laptop)
    #expect(wrong.status == 400)
    #expect(wrong.text.contains("Current password is incorrect"))
    #expect(wrong.notBefore != nil)
    let short = submit("current_password=correct+horse&new_password=short", laptop)
    #expect(short.status == 400)
    #expect(short.text.contains("Password must be at least 8 characters"))
    #expect(submit("", [:]).fields["Location"] == "/auth/login?next=/auth/account")
    #expect(harness.verify(phone).status == 204)
    let right = submit("current_password=correct+horse&new_password=battery+staple", laptop)
    #expect(right.status == 303)
    #expect(right.fields["Location"] == "/auth/account?done=password")
    #expect(harness.verify(phone).status == 401)
    #expect(harness.verify(right.cookies).status == 204)
    let page = harness.send("GET", "/auth/account", query: "done=password", cookies: right.cookies)
    #expect(page.text.contains("Your password has been changed."))
    #expect(!harness.send("GET", "/auth/account", cookies: right.cookies).text.contains("has been changed"))
  }

  /// The access token is renewed for such a page view, under the epoch that the change ends.
  @Test func accountPageAfterTheAccessTokenRanOutHandsOverTheNewTokensOnly() throws {
    let harness = try Harness()
    let cookies = harness.register()
    harness.clock.advance(by: .seconds(901))
    try harness.refreshRevocations()
    let answer = harness.send(
      "POST", "/auth/account/password", form: "current_password=correct+horse&new_password=battery+staple",
      cookies: cookies)
    #expect(answer.status == 303)
    #expect(Set(answer.cookies.keys) == ["access_token_cookie", "refresh_token_cookie", "postern_browser"])
    #expect(answer.fields.values(of: "Set-Cookie").count == 3)
    #expect(harness.verify(answer.cookies).status == 204)
  }
}
