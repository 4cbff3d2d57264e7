import HTTP
import Postern
import PosternTesting
import Testing

@testable import API

@Suite struct OwnSessionTests {
  private let sessions = "/api/audit/sessions"

  private func name(of cookies: [String: String], _ harness: Harness) throws -> String {
    try #require(harness.verify(cookies).fields["X-Auth-Session"])
  }

  @Test func ownSessionsAreListedAndTheCurrentOneIsMarked() throws {
    let harness = try Harness()
    harness.register("bob@example.com")
    let phone = harness.register()
    let laptop = harness.send(
      "POST", "/api/auth/login", json: #"{"email": "alice@example.com", "password": "correct horse"}"#,
      with: ["HTTP_USER_AGENT": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"]
    ).cookies
    let list = harness.send("GET", "\(sessions)/me", cookies: laptop)
    #expect(list.status == 200)
    #expect(list.json["count"] == 2)
    let rows = try #require(list.json["sessions"]?.array)
    #expect(
      Set(rows.compactMap { $0["session_id"]?.string }) == [
        try name(of: phone, harness), try name(of: laptop, harness),
      ])
    let current = try #require(rows.first { $0["is_current"] == true })
    #expect(rows.count { $0["is_current"] == true } == 1)
    #expect(current["session_id"]?.string == (try name(of: laptop, harness)))
    #expect(current["device_name"] == "Firefox on Windows")
    #expect(current["ip_address"] == "203.0.113.5")
    guard case .object(let members) = current else { throw RequestFailure.unforeseen }
    #expect(
      Set(members.map(\.name)) == [
        "city", "country", "created_at", "device_name", "id", "ip_address", "is_active", "is_current", "last_activity",
        "session_id",
      ])
  }

  @Test func endedSessionIsRefusedAtOnceAndTheOthersLiveOn() throws {
    let harness = try Harness()
    let phone = harness.register()
    let laptop = harness.login().cookies
    let answer = harness.send("DELETE", "\(sessions)/\(try name(of: phone, harness))", cookies: laptop)
    #expect(answer.status == 200)
    #expect(answer.json["message"] == "Session revoked")
    #expect(answer.cookies.isEmpty)
    #expect(harness.verify(phone).fields["X-Auth-Error"] == "revoked")
    #expect(harness.send("POST", "/api/auth/token/refresh", cookies: phone).status == 401)
    #expect(harness.verify(laptop).status == 204)
  }

  @Test func ownCurrentSessionEndsWithItsCookies() throws {
    let harness = try Harness()
    let cookies = harness.register()
    let answer = harness.send("DELETE", "\(sessions)/\(try name(of: cookies, harness))", cookies: cookies)
    #expect(answer.cookies == ["access_token_cookie": "", "refresh_token_cookie": ""])
    #expect(harness.verify(cookies).status == 401)
  }

  @Test func sessionsOfOthersAndUnknownOnesAreNotEnded() throws {
    let harness = try Harness()
    let alice = harness.register()
    let bob = harness.register("bob@example.com")
    let answer = harness.send("DELETE", "\(sessions)/\(try name(of: alice, harness))", cookies: bob)
    #expect(answer.status == 403)
    #expect(answer.json["error"] == "Access denied")
    #expect(harness.verify(alice).status == 204)
    for unknown in ["nope", "00000000-0000-4000-8000-000000000000", "%00", "me/x"] {
      #expect(harness.send("DELETE", "\(sessions)/\(unknown)", cookies: bob).status == 404, "\(unknown)")
    }
    #expect(harness.send("DELETE", "\(sessions)/\(try name(of: alice, harness))").status == 401)
  }

  @Test func allOthersEndAndTheCurrentOneGoesOn() throws {
    let harness = try Harness()
    let bob = harness.register("bob@example.com")
    let others = [harness.register(), harness.login().cookies]
    let current = harness.login().cookies
    let answer = harness.send("POST", "\(sessions)/revoke-all", cookies: current)
    #expect(answer.status == 200)
    #expect(answer.json["message"] == "Revoked 2 sessions")
    #expect(answer.json["sessions_revoked"] == 2)
    for ended in others { #expect(harness.verify(ended).status == 401) }
    #expect(harness.verify(current).status == 204)
    #expect(harness.send("POST", "/api/auth/token/refresh", cookies: current).status == 200)
    #expect(harness.verify(bob).status == 204)
  }

  @Test func pageShowsTheSessionsAndItsButtonsEndThem() throws {
    let harness = try Harness()
    let phone = harness.register()
    let tablet = harness.login().cookies
    let laptop = harness.login().cookies
    let bob = harness.register("bob@example.com")
    let there = try name(of: phone, harness)
    let page = harness.send("GET", "/auth/account/sessions", cookies: laptop).text
    #expect(page.contains("Where you are signed in"))
    #expect(page.contains("value=\"\(there)\""))
    #expect(!page.contains("value=\"\(try name(of: laptop, harness))\""))
    let notBobs = harness.send("POST", "/auth/account/sessions/end", form: "session=\(there)", cookies: bob)
    #expect(notBobs.status == 403)
    #expect(harness.verify(phone).status == 204)
    for _ in 0..<2 {
      let answer = harness.send("POST", "/auth/account/sessions/end", form: "session=\(there)", cookies: laptop)
      #expect(answer.status == 303)
      #expect(answer.fields["Location"] == "/auth/account/sessions")
    }
    #expect(harness.verify(phone).status == 401)
    #expect(harness.verify(tablet).status == 204)
    #expect(harness.send("POST", "/auth/account/sessions/end-others", form: "", cookies: laptop).status == 303)
    #expect(harness.verify(tablet).status == 401)
    #expect(harness.verify(laptop).status == 204)
    let nobody = harness.send("POST", "/auth/account/sessions/end-others", form: "")
    #expect(nobody.fields["Location"] == "/auth/login?next=/auth/account")
  }

  @Test func otherMethodsAreNamed() throws {
    let harness = try Harness()
    #expect(harness.send("GET", "\(sessions)/nope").fields["Allow"] == "DELETE, OPTIONS")
    #expect(harness.send("GET", "\(sessions)/revoke-all").fields["Allow"] == "OPTIONS, POST")
    #expect(harness.send("GET", "\(sessions)/").status == 404)
    #expect(harness.send("GET", "/api/audit/nothing").json["error_code"] == "NOT_FOUND")
  }
}
