import Cryptography
import HTTP
import Postern
import PosternTesting
import Testing

@testable import API

@Suite struct AddressTests {
  private func change(_ harness: Harness, _ cookies: [String: String], _ json: String) -> Response {
    harness.send("POST", "/api/auth/change-email", json: json, cookies: cookies)
  }

  private func account(_ harness: Harness, _ email: String = "alice@example.com") throws -> Account {
    try #require(try harness.storage.accounts.find(EmailAddress(email)!))
  }

  /// Changes Alice's address behind the API, and returns what the mail to the old one brings.
  private func move(_ harness: Harness, from old: String = "alice@example.com", to new: String) throws -> String {
    try harness.storage.update(account(harness, old).id) { $0.isVerified = true }
    let account = try account(harness, old)
    let changes = harness.services.addressChanges
    try changes.ask(
      changes.prepare(account, new: new, password: "correct horse", provenAt: 0, client: .someone))
    let link = try #require(try harness.storage.links.latest(.confirmNewAddress, of: account.id)?.id)
    _ = try changes.confirm(link, with: .password("correct horse"), client: .someone)
    return try harness.mailedLink(.undoAddressChange)
  }

  @Test func whatIsWrongIsToldAsItAlwaysWas() throws {
    let harness = try Harness()
    harness.register("bob@example.com")
    let cookies = harness.register()
    func error(_ json: String) -> JSON? {
      let answer = change(harness, cookies, json)
      #expect(answer.status == 400)
      return answer.json["error"]
    }
    #expect(error(#"{"new_email": "w2@example.com"}"#) == "Password is required to change your email")
    #expect(error(#"{"new_email": "w2@example.com", "password": "zzz"}"#) == "Password is incorrect")
    #expect(error(#"{"new_email": "w2", "password": "correct horse"}"#) == "Invalid email format")
    #expect(error("{}") == "New email is required")
    #expect(error(#"{"new_email": ""}"#) == "New email is required")
    #expect(
      error(#"{"new_email": "Alice@example.com", "password": "correct horse"}"#)
        == "New email must be different from your current email")
    #expect(error(#"{"new_email": "bob@example.com", "password": "correct horse"}"#) == "Email is already in use")
    let twice = #"{"new_email": "a@example.com", "newEmail": "b@example.com", "password": "correct horse"}"#
    #expect(change(harness, cookies, twice).json["error_code"] == "INVALID_FIELDS")
    #expect(harness.storage.mails.allSatisfy { $0.kind == .confirmAddress }, "of the registrations")
    let wrong = change(harness, cookies, #"{"new_email": "w2@example.com", "password": "zzz"}"#)
    #expect(wrong.notBefore != nil, "on the schedule of failed logins")
    #expect(wrong.json["fields"]?["password"] == "Password is incorrect")
  }

  /// Threat 17: neither the copy of what is stored, nor the time, tells who has asked for the address whether it has an
  /// account.
  @Test func whereNobodyMayKnowWhoHasAnAccountNothingTells() throws {
    let harness = try Harness { $0.registration = .verified }
    for name in ["alice", "taken"] {
      harness.register("\(name)@example.com")
      harness.storage.update(try account(harness, "\(name)@example.com").id) { $0.isVerified = true }
    }
    let cookies = harness.login().cookies
    func copy(_ path: String, _ json: String) -> [JSON?] {
      let answer = harness.send("POST", path, json: json, cookies: cookies)
      #expect(answer.status == 200)
      #expect(answer.notBefore != nil, "on a schedule")
      let document = harness.send("GET", "/api/auth/user/@me/export", cookies: cookies).json
      func kinds(_ part: String, _ name: String) -> JSON {
        .array(Set((document[part]?.array ?? []).map { $0[name]?.string ?? "" }).sorted().map(JSON.string))
      }
      return [kinds("mails", "kind"), kinds("links", "purpose"), document["audit_logs"]?.array?.first?["action"]]
    }
    let free = copy("/api/auth/change-email", #"{"new_email": "free@example.com", "password": "correct horse"}"#)
    for (path, fields) in [("change-email", ("new_email", "password")), ("update_user", ("email", "current_password"))]
    {
      let taken = copy(
        "/api/auth/\(path)", #"{"\#(fields.0)": "taken@example.com", "\#(fields.1)": "correct horse"}"#)
      #expect(taken == free)
    }
  }

  @Test(arguments: ["new_email", "newEmail"]) func itIsAskedForAndNothingHasChanged(name: String) throws {
    let harness = try Harness()
    let cookies = harness.register()
    let answer = change(harness, cookies, #"{"\#(name)": "W2@Example.com", "password": "correct horse"}"#)
    #expect(answer.status == 200)
    #expect(answer.json["pending_email"] == "w2@example.com")
    #expect(answer.json["user"]?["email"] == "alice@example.com")
    #expect(answer.json["message"]?.string != nil && answer.json["msg"]?.string != nil)
    #expect(answer.cookies.isEmpty)
    #expect(harness.verify(cookies).status == 204)
    #expect(harness.login("w2@example.com").status == 401)
  }

  @Test func theSessionThatFollowsTheLinkGoesOnUnderTheNewAddress() throws {
    let harness = try Harness()
    let (here, there) = (harness.register(), harness.login().cookies)
    harness.register("bob@example.com")
    _ = change(harness, here, #"{"new_email": "new@example.com", "password": "correct horse"}"#)
    let path = try "/api/auth/confirm/" + harness.mailedLink(.confirmNewAddress)
    #expect(harness.send("GET", path).json["error_code"] == "SIGN_IN_TO_CONFIRM")
    #expect(harness.send("GET", path, cookies: harness.login("bob@example.com").cookies).status == 401)
    #expect(harness.send("HEAD", path, cookies: here).status == 200)
    #expect(harness.login("new@example.com").status == 401, "looking changes nothing")
    let answer = harness.send("GET", path, cookies: here)
    #expect(answer.status == 200)
    #expect(answer.json["success"] == true)
    #expect(answer.json["user"]?["email"] == "new@example.com")
    #expect(answer.json["user"]?["is_verified"] == true)
    #expect(harness.verify(answer.cookies).fields["X-Auth-User"] == "new@example.com")
    for old in [here, there] { #expect(harness.verify(old).fields["X-Auth-Error"] == "revoked") }
    let again = harness.send("GET", path, cookies: answer.cookies)
    #expect(again.json["message"] == "Email changed already.")
    #expect(again.cookies.isEmpty)
    #expect(harness.verify(answer.cookies).status == 204)
  }

  @Test func thePasswordConfirmsWithoutASession() throws {
    let harness = try Harness()
    let cookies = harness.register()
    _ = change(harness, cookies, #"{"new_email": "new@example.com", "password": "correct horse"}"#)
    let path = try "/api/auth/confirm/" + harness.mailedLink(.confirmNewAddress)
    let wrong = harness.send("POST", path, json: #"{"password": "zzz"}"#)
    #expect(wrong.status == 401)
    #expect(wrong.json["success"] == false)
    #expect(wrong.notBefore != nil)
    let answer = harness.send("POST", path, json: #"{"password": "correct horse"}"#)
    #expect(answer.json["message"] == "Email changed successfully.")
    #expect(harness.verify(answer.cookies).status == 204)
    #expect(harness.verify(cookies).status == 401)
  }

  @Test func whereTheLinkAloneProvesItSignsNobodyIn() throws {
    let harness = try Harness { $0.confirmation = .link }
    let cookies = harness.register()
    let bob = harness.register("bob@example.com")
    _ = change(harness, cookies, #"{"new_email": "new@example.com", "password": "correct horse"}"#)
    let answer = try harness.send("GET", "/api/auth/confirm/" + harness.mailedLink(.confirmNewAddress), cookies: bob)
    #expect(answer.json["message"] == "Email changed successfully.")
    #expect(answer.cookies.isEmpty)
    #expect(harness.verify(cookies).status == 401)
    #expect(harness.verify(bob).fields["X-Auth-User"] == "bob@example.com")
  }

  @Test func whoeverConfirmsLaterThanSomebodyElseIsTold() throws {
    let harness = try Harness()
    let cookies = harness.register()
    _ = change(harness, cookies, #"{"new_email": "new@example.com", "password": "correct horse"}"#)
    harness.register("new@example.com")
    let answer = try harness.send(
      "GET", "/api/auth/confirm/" + harness.mailedLink(.confirmNewAddress), cookies: cookies)
    #expect(answer.status == 400)
    #expect(answer.json["error"] == "Email is already in use")
    #expect(harness.verify(cookies).status == 204)
  }

  @Test func theUndoLinkBringsTheAddressBackAndLeadsToAPassword() throws {
    let harness = try Harness { $0.pagesPrefix = "/people" }
    harness.register()
    let undo = try move(harness, to: "thief@example.com")
    let thief = harness.login("thief@example.com").cookies
    #expect(harness.verify(thief).status == 204)
    let answer = harness.send("POST", "/api/auth/undo-email-change/\(undo)")
    #expect(answer.status == 200)
    let address = try #require(answer.json["reset_url"]?.string)
    #expect(address.hasPrefix("https://site.example/people/reset/"))
    let text = Array(address.utf8.suffix(43))[...]
    let reset = try #require(LinkSeal(secretKey: harness.settings.secretKey).id(of: text, for: .resetPassword))
    #expect(try harness.storage.links.find(reset)?.email?.text == "alice@example.com")
    #expect(harness.verify(thief).fields["X-Auth-Error"] == "revoked")
    #expect(harness.login("thief@example.com").status == 401)
    #expect(harness.login().status == 401, "the thief knew that password")
    #expect(try account(harness).isVerified)
    let again = harness.send("POST", "/api/auth/undo-email-change/\(undo)")
    #expect(again.status == 400)
    #expect(again.json["error_code"] == "INVALID_TOKEN")
    #expect(harness.send("GET", "/api/auth/undo-email-change/\(undo)").status == 405, "a mail scanner follows links")
    #expect(harness.send("POST", "/api/auth/undo-email-change/").status == 404)
    #expect(harness.send("POST", "/api/auth/undo-email-change/\(undo)/x").status == 404)
  }

  @Test func afterTheUndoThePasswordIsSetWhereTheSiteWantsIt() throws {
    let harness = try Harness { $0.mail.resetURL = "https://app.example.com/new-password?token=" }
    harness.register()
    let undo = try move(harness, to: "thief@example.com")
    let answer = harness.send("POST", "/api/auth/undo-email-change/\(undo)")
    let address = try #require(answer.json["reset_url"]?.string)
    #expect(address.hasPrefix("https://app.example.com/new-password?token="))
    #expect(address.utf8.count == "https://app.example.com/new-password?token=".utf8.count + 43)
  }

  @Test func aFreedAddressIsNobodysForSevenDays() throws {
    let harness = try Harness()
    harness.register()
    _ = try move(harness, to: "new@example.com")
    let body = #"{"email": "alice@example.com", "password": "battery staple"}"#
    let taken = harness.send("POST", "/api/auth/register", json: body)
    #expect(taken.status == 400)
    #expect(taken.json["error_code"] == "EMAIL_TAKEN")
    let bob = harness.register("bob@example.com")
    let change = change(harness, bob, #"{"new_email": "alice@example.com", "password": "correct horse"}"#)
    #expect(change.json["error"] == "Email is already in use")
    harness.clock.advance(by: .seconds(7 * 86_400))
    #expect(harness.send("POST", "/api/auth/register", json: body).status == 201)
  }

  @Test func tokensOfTheOldAddressAreDeadAndNobodyInheritsThem() throws {
    let harness = try Harness()
    let old = harness.register()
    let undo = try move(harness, to: "new@example.com")
    #expect(harness.verify(old).status == 401)
    #expect(harness.send("GET", "/api/auth/user/@me", cookies: old).status == 401)
    #expect(harness.send("POST", "/api/auth/token/refresh", cookies: old).status == 401)
    harness.clock.advance(by: .seconds(7 * 86_400))
    let another = harness.register()
    #expect(harness.verify(another).status == 204)
    #expect(harness.send("POST", "/api/auth/token/refresh", cookies: old).status == 401)
    #expect(harness.send("POST", "/api/auth/undo-email-change/\(undo)").status == 400)
    #expect(harness.verify(another).status == 204)
  }

  @Test func anAPITokenChangesNoAddress() throws {
    let harness = try Harness()
    let cookies = harness.register()
    let token = try #require(
      harness.send("POST", "/api/auth/tokens", json: #"{"name": "git"}"#, cookies: cookies).json["token"]?.string)
    for (method, path) in [
      ("POST", "/api/auth/change-email"), ("POST", "/api/auth/delete-account"), ("GET", "/api/auth/user/@me/export"),
      ("GET", "/api/audit/activity-logs/me"),
    ] {
      let answer = harness.send(
        method, path, json: #"{"new_email": "x@example.com", "password": "correct horse"}"#,
        with: ["HTTP_AUTHORIZATION": "Bearer \(token)"])
      #expect(answer.json["error_code"] == "SESSION_REQUIRED", "\(path)")
    }
    #expect(harness.verify(cookies).status == 204)
  }
}

extension Client {
  fileprivate static let someone = Client(address: "203.0.113.5", userAgent: "")
}
