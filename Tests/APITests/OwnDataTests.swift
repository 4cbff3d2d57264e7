import HTTP
import Postern
import PosternTesting
import Testing

@testable import API

@Suite struct OwnDataTests {
  private func delete(_ harness: Harness, _ cookies: [String: String], _ json: String) -> Response {
    harness.send("POST", "/api/auth/delete-account", json: json, cookies: cookies)
  }

  @Test func anAccountGoesWithItsPassword() throws {
    let harness = try Harness()
    let (phone, laptop) = (harness.register(), harness.login().cookies)
    let token = try #require(
      harness.send("POST", "/api/auth/tokens", json: #"{"name": "git"}"#, cookies: phone).json["token"]?.string)
    let none = delete(harness, laptop, "{}")
    #expect(none.status == 400)
    #expect(none.json["error"] == "Password is required to delete your account")
    let wrong = delete(harness, laptop, #"{"password": "zzz"}"#)
    #expect(wrong.status == 400)
    #expect(wrong.json["error"] == "Password is incorrect")
    #expect(wrong.notBefore != nil)
    let done = delete(harness, laptop, #"{"password": "correct horse"}"#)
    #expect(done.status == 200)
    #expect(done.json == ["message": "Account deleted successfully"])
    #expect(done.cookies == ["access_token_cookie": "", "refresh_token_cookie": ""])
    for cookies in [phone, laptop] {
      #expect(harness.verify(cookies).fields["X-Auth-Error"] == "revoked")
      #expect(harness.send("GET", "/api/auth/check-auth", cookies: cookies).status == 401)
      #expect(harness.send("POST", "/api/auth/token/refresh", cookies: cookies).status == 401)
    }
    let bearer: Harness.Extra = ["HTTP_AUTHORIZATION": "Bearer \(token)"]
    #expect(harness.send("GET", "/api/auth/user/@me", with: bearer).status == 401)
    #expect(harness.login().status == 401)
    let another = harness.register(password: "battery staple")
    let export = harness.send("GET", "/api/auth/user/@me/export", cookies: another).json
    #expect(export["sessions"]?.array?.count == 1)
    #expect(export["audit_logs"]?.array?.allSatisfy { $0["action"] != "user.hard_deleted" } == true)
    #expect(export["api_tokens"] == [])
    #expect(harness.verify(phone).status == 401)
  }

  @Test func anAccountWithoutAPasswordIsAskedToSignInAgain() throws {
    let harness = try Harness()
    let cookies = harness.register()
    let id = try #require(try harness.storage.accounts.find(EmailAddress("alice@example.com")!)).id
    harness.storage.update(id) { $0.passwordHash = nil }
    harness.clock.advance(by: .seconds(901))
    let fresh = harness.send("POST", "/api/auth/token/refresh", cookies: cookies).cookies
    for path in ["delete-account", "change-email"] {
      let old = harness.send("POST", "/api/auth/\(path)", json: #"{"new_email": "x@example.com"}"#, cookies: fresh)
      #expect(old.status == 403, "a refresh proves nothing")
      #expect(old.json["error_code"] == "REAUTHENTICATION_REQUIRED")
    }
    let account = try #require(try harness.storage.accounts.find(id))
    #expect(account.passwordHash == nil)
  }

  @Test func theExportIsAFileOfEverything() throws {
    let harness = try Harness()
    let cookies = try harness.registerProven()
    _ = harness.send(
      "POST", "/api/auth/update_user", json: #"{"first_name": "Zoë \"東\"", "bio": "a\nb"}"#, cookies: cookies)
    _ = harness.send("POST", "/api/auth/tokens", json: #"{"name": "git", "scopes": []}"#, cookies: cookies)
    _ = harness.send(
      "POST", "/api/auth/change-email", json: #"{"new_email": "new@example.com", "password": "correct horse"}"#,
      cookies: cookies)
    let answer = harness.send("GET", "/api/auth/user/@me/export", cookies: cookies)
    #expect(answer.status == 200)
    #expect(answer.fields["Content-Type"] == "application/json")
    #expect(answer.fields["Content-Disposition"] == "attachment; filename=\"account-1.json\"")
    let document = answer.json
    #expect(document["account"]?["first_name"] == "Zoë \"東\"")
    #expect(document["has_password"] == true)
    let session = try #require(document["sessions"]?.array?.first)
    #expect(session["ip_address"] == "203.0.113.5")
    #expect(session["methods"] == ["pwd"])
    #expect(document["api_tokens"]?.array?.first?["name"] == "git")
    #expect(document["links"]?.array?.contains { $0["email"] == "new@example.com" } == true)
    let kinds = document["mails"]?.array?.compactMap { $0["kind"]?.string } ?? []
    #expect(Set(kinds) == ["confirm-address", "address-change-asked"], "a mail to another address is not about one")
    let actions = document["audit_logs"]?.array?.compactMap { $0["action"]?.string } ?? []
    #expect(actions.contains("user.email_change_requested") && actions.contains("api_token.created"))
    let hash = try #require(try harness.storage.accounts.find(AccountID(1))?.passwordHash)
    #expect(!answer.text.contains(hash))
    #expect(harness.send("GET", "/api/auth/user/@me/export").status == 401)
    #expect(harness.send("HEAD", "/api/auth/user/@me/export", cookies: cookies).status == 200)
  }

  @Test func anAddressThatIsOnlyHeldForAnAccountIsNotInAnothersExport() throws {
    let harness = try Harness()
    let (alice, bob) = (harness.register(), harness.register("bob@example.com"))
    _ = harness.send(
      "POST", "/api/auth/change-email", json: #"{"new_email": "secret@example.com", "password": "correct horse"}"#,
      cookies: alice)
    #expect(!harness.send("GET", "/api/auth/user/@me/export", cookies: bob).text.contains("secret"))
  }

  @Test(arguments: ["activity-logs", "activity-logs/me"]) func activityIsTheAuditLogInSentences(path: String) throws {
    let harness = try Harness()
    let cookies = harness.register()
    _ = harness.send("POST", "/api/auth/update_user", json: #"{"bio": "x"}"#, cookies: cookies)
    let answer = harness.send("GET", "/api/audit/\(path)", cookies: cookies)
    #expect(answer.status == 200)
    let activities = try #require(answer.json["activities"]?.array)
    #expect(answer.json["count"]?.integer == Int64(activities.count))
    #expect(activities.prefix(2).map { $0["activity"] } == ["Changed the profile", "Signed in"])
    let newest = activities[0]
    #expect(newest["user_id"] == 1)
    #expect(newest["ip_address"] == "203.0.113.5")
    #expect(newest["created_at"] == newest["timestamp"])
    let logs = harness.send("GET", "/api/audit/audit-logs/me", cookies: cookies).json["logs"]?.array
    #expect(logs?.map { $0["id"] } == activities.map { $0["id"] })
    let page = harness.send("GET", "/api/audit/\(path)", query: "limit=1&offset=1", cookies: cookies)
    #expect(page.json["activities"]?.array?.map { $0["activity"] } == ["Signed in"])
    #expect(harness.send("GET", "/api/audit/\(path)", query: "limit=x", cookies: cookies).status == 400)
    #expect(harness.send("GET", "/api/audit/\(path)").status == 401)
  }
}
