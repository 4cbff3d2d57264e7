import HTTP
import Postern
import PosternTesting
import Testing

@testable import API

@Suite struct AuditTests {
  private func logs(_ harness: Harness, _ cookies: [String: String], query: String = "") throws -> [JSON] {
    let answer = harness.send("GET", "/api/audit/audit-logs/me", query: query, cookies: cookies)
    #expect(answer.status == 200)
    let logs = try #require(answer.json["logs"]?.array)
    #expect(answer.json["count"]?.integer == Int64(logs.count))
    return logs
  }

  private func actions(_ logs: [JSON]) -> [String] { logs.compactMap { $0["action"]?.string } }

  @Test func anEntryHasTheKeysThatFrontEndsKnow() throws {
    let harness = try Harness()
    let cookies = harness.register()
    let entry = try #require(try logs(harness, cookies).first)
    guard case .object(let members) = entry else { throw RequestFailure.unforeseen }
    #expect(
      Set(members.map(\.name)) == [
        "action", "actor_user_id", "error_message", "id", "ip_address", "metadata", "session_id", "success",
        "target_user_id", "tenant_id", "timestamp", "user_agent",
      ])
    #expect(entry["action"] == "user.login")
    #expect(entry["actor_user_id"] == harness.send("GET", "/api/auth/check-auth", cookies: cookies).json["user"]?["id"])
    #expect(entry["ip_address"] == "203.0.113.5")
    #expect(entry["metadata"]?["provider"] == "local")
    #expect(entry["metadata"]?["role"] == .null)
    #expect(entry["session_id"]?.string == harness.verify(cookies).fields["X-Auth-Session"])
    #expect(entry["success"] == true)
    #expect(entry["error_message"] == .null)
    #expect(entry["target_user_id"] == .null)
    #expect(entry["timestamp"]?.string == harness.clock.now().iso8601)
  }

  @Test func whoeverUsedAStolenTokenIsSeenByItsOwner() throws {
    let harness = try Harness()
    let first = harness.register()
    let name = try #require(harness.verify(first).fields["X-Auth-Session"])
    _ = harness.send("POST", "/api/auth/token/refresh", cookies: first)
    harness.clock.advance(by: .seconds(31))
    for _ in 0..<3 {
      let stolen = harness.send(
        "POST", "/api/auth/token/refresh", cookies: first,
        with: ["REMOTE_ADDR": "198.51.100.66", "HTTP_USER_AGENT": "thief/1.0"])
      #expect(stolen.json["error_code"] == "SESSION_INACTIVE")
    }
    try harness.refreshRevocations()
    let entries = try logs(harness, harness.login().cookies)
    #expect(
      actions(entries) == ["user.login", "session.refresh_reused", "user.login", "user.signup"],
      "one entry for one theft")
    let theft = entries[1]
    #expect(theft["ip_address"] == "198.51.100.66")
    #expect(theft["user_agent"] == "thief/1.0")
    #expect(theft["session_id"]?.string == name)
    #expect(theft["success"] == false)
    #expect(theft["error_message"]?.string != nil)
    #expect(theft["actor_user_id"] == .null, "nobody knows who it was")
    #expect(theft["target_user_id"] == entries[0]["actor_user_id"])
  }

  /// A web server's question shows the theft as well as a refresh.
  @Test func theftThatAWebServersQuestionShowsIsRecordedWithItsClient() throws {
    let harness = try Harness()
    let first = harness.register()
    _ = harness.send("POST", "/api/auth/token/refresh", cookies: first)
    harness.clock.advance(by: .seconds(31))
    try harness.refreshRevocations()
    let old = ["refresh_token_cookie": first["refresh_token_cookie"]!]
    #expect(harness.verify(old, with: ["REMOTE_ADDR": "198.51.100.66", "HTTP_USER_AGENT": "thief"]).status == 401)
    let theft = try #require(try logs(harness, harness.login().cookies).dropFirst().first)
    #expect(theft["action"] == "session.refresh_reused")
    #expect(theft["ip_address"] == "198.51.100.66")
  }

  @Test func whatEndsSessionsAndChangesTheAccountIsThere() throws {
    let harness = try Harness()
    let phone = harness.register()
    harness.register("bob@example.com")
    let laptop = harness.login().cookies
    let name = try #require(harness.verify(phone).fields["X-Auth-Session"])
    #expect(harness.send("DELETE", "/api/audit/sessions/\(name)", cookies: laptop).status == 200)
    let tablet = harness.login().cookies
    #expect(harness.send("POST", "/api/auth/logout", cookies: tablet).status == 200)
    harness.login()
    #expect(harness.send("POST", "/api/audit/sessions/revoke-all", cookies: laptop).json["sessions_revoked"] == 1)
    _ = harness.send("POST", "/api/auth/update_user", json: #"{"city": "x"}"#, cookies: laptop)
    _ = harness.send("POST", "/api/auth/update_user", json: "{}", cookies: laptop)
    for password in ["wrong", "correct horse"] {
      _ = harness.send("POST", "/api/auth/token/refresh", cookies: laptop)
      let changed = harness.send(
        "POST", "/api/auth/password/update",
        json: #"{"current_password": "\#(password)", "new_password": "battery staple"}"#, cookies: laptop)
      guard changed.status == 200 else { continue }
      #expect(
        actions(try logs(harness, changed.cookies)) == [
          "user.password_change", "user.profile_update", "session.revoked_all", "user.login", "user.logout",
          "user.login", "session.revoked", "user.login", "user.login", "user.signup",
        ], "refreshes, and what was refused, are no entries")
    }
  }

  @Test func nobodySeesWhatOthersDid() throws {
    let harness = try Harness()
    let alice = harness.register()
    let bob = harness.register("bob@example.com")
    harness.login()
    #expect(actions(try logs(harness, alice)).count == 3)
    #expect(actions(try logs(harness, bob)).count == 2)
    #expect(harness.send("GET", "/api/audit/audit-logs/me").status == 401)
  }

  @Test func theListComesInPages() throws {
    let harness = try Harness()
    let cookies = harness.register()
    for _ in 0..<60 { harness.login() }
    let all = try logs(harness, cookies, query: "limit=100").compactMap { $0["id"]?.integer }
    #expect(all.count == 62)
    #expect(all == all.sorted(by: >))
    func ids(_ query: String) throws -> [Int64] {
      try logs(harness, cookies, query: query).compactMap { $0["id"]?.integer }
    }
    #expect(try ids("") == Array(all.prefix(50)))
    #expect(try ids("limit=1") == Array(all.prefix(1)))
    #expect(try ids("limit=10&offset=55") == Array(all.suffix(7)))
    #expect(try ids("offset=62") == [])
  }

  @Test(arguments: [
    "limit=abc", "limit=", "limit=0", "limit=-1", "limit=101", "limit=1.5", "limit=99999999999999999999",
    "limit=1&limit=2",
    "limit=%31%00", "limit= 1", "offset=-1", "offset=x", "offset=1000001",
  ])
  func whatIsNoNumberIsNamed(query: String) throws {
    let harness = try Harness()
    let cookies = harness.register()
    let answer = harness.send("GET", "/api/audit/audit-logs/me", query: query, cookies: cookies)
    #expect(answer.status == 400)
    let name = String(query.prefix { $0 != "=" })
    let range = name == "limit" ? "1 to 100" : "0 to 1000000"
    #expect(answer.json["fields"]?[name]?.string == "\(name) must be a number from \(range)")
  }
}
