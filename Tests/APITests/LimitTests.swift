import Cryptography
import HTTP
import Postern
import PosternTesting
import Testing

@testable import API

/// What a client sees of the limits.
@Suite struct LimitTests {
  private func harness(_ change: (inout LimitSettings) -> Void) throws -> Harness {
    try Harness {
      $0.limits.isEnabled = true
      change(&$0.limits)
    }
  }

  private func standing(_ response: Response) -> [String?] {
    ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After"].map { response.fields[$0] }
  }

  @Test func beyondTheLimitTheAnswerIs429WithTheTimeToWait() throws {
    let harness = try harness { $0.standard = Rate.list("2 per minute")! }
    let check = { harness.send("GET", "/api/auth/check-auth") }
    #expect(standing(check()) == ["2", "1", "60", nil], "also where the answer is an error")
    harness.clock.advance(by: .seconds(10))
    #expect(standing(check()) == ["2", "0", "50", nil])
    let refused = check()
    #expect(refused.status == 429)
    #expect(standing(refused) == ["2", "0", "50", "50"])
    #expect(
      refused.json == [
        "error": "Too many requests; try again in 50 seconds", "error_code": "RATE_LIMITED", "status": 429,
      ])
    let page = harness.send("GET", "/auth/login")
    #expect(page.status == 429, "pages and API count together")
    #expect(page.fields["Content-Type"]?.hasPrefix("text/html") == true)
    #expect(page.text.contains("try again in 50 seconds"))
    #expect(harness.send("GET", "/auth/login", with: ["REMOTE_ADDR": "203.0.113.6"]).status == 200)
    #expect(harness.log.lines(of: "rate limit exceeded").count == 1, "a log that grows with refusals fills the disk")
    harness.clock.advance(by: .seconds(50))
    #expect(check().status == 401)
  }

  @Test func whatWebServersAndProbesAskIsNeverLimited() throws {
    let harness = try harness {
      $0.standard = Rate.list("1 per hour")!
      $0.writes = Rate.list("1 per hour")!
    }
    let cookies = harness.register()
    for _ in 0..<20 {
      #expect(standing(harness.verify(cookies)) == [nil, nil, nil, nil])
      #expect(harness.verify(cookies).status == 204)
      #expect(harness.challenge([:]).status == 401)
      for path in ["/api/auth/healthz", "/api/auth/readyz", "/api/auth/.well-known/jwks.json", "/auth/style.css"] {
        let answer = harness.send("GET", path)
        #expect(answer.status != 429)
        #expect(standing(answer) == [nil, nil, nil, nil])
      }
    }
    #expect(harness.send("GET", "/api/auth/check-auth", cookies: cookies).status == 429)
  }

  /// Every row that is not asked by machines is limited, so that none is forgotten.
  @Test func onlyTheseRoutesAreNot() {
    let free = Set(routes.filter { $0.limit == .none && $0.place != .pages }.map(\.path))
    #expect(free == ["/verify", "/challenge", "/.well-known/jwks.json", "/healthz", "/readyz", "/pictures/*"])
    #expect(routes.filter { $0.limit == .none && $0.place == .pages }.allSatisfy { $0.path.contains(".") })
    for route in routes where route.method != .get && route.method != .any && route.access != .judgesItself {
      #expect(route.limit != .standard || route.access == .refreshToken, "\(route.method) \(route.path)")
    }
  }

  @Test(arguments: ["/api/auth/login", "/auth/login"]) func loginsHaveALimitOfTheirOwn(path: String) throws {
    let harness = try harness { $0.login = Rate.list("3 per hour")! }
    let form = path.hasPrefix("/auth")
    func login() -> Response {
      harness.send(
        "POST", path, json: form ? nil : #"{"email": "a@example.com", "password": "wrong horse"}"#,
        form: form ? "email=a%40example.com&password=wrong+horse" : nil)
    }
    for remaining in ["2", "1", "0"] {
      let answer = login()
      #expect(answer.status == 401)
      #expect(standing(answer) == ["3", remaining, "3600", nil])
    }
    #expect(login().status == 429)
    #expect(login().fields["Retry-After"] == "3600")
    #expect(harness.send("GET", "/auth/login").status == 200)
  }

  @Test func registrationsAreLimitedPerNetwork() throws {
    let harness = try harness { $0.register = Rate.list("2 per hour")! }
    let statuses = ["a", "b", "c"].map { name in
      harness.send(
        "POST", "/api/auth/register", json: #"{"email": "\#(name)@example.com", "password": "correct horse"}"#
      ).status
    }
    #expect(statuses == [201, 201, 429])
  }

  @Test func anIPv6SubscriberIsOneNetworkAndAMappedAddressIsItsIPv4() throws {
    let harness = try harness { $0.standard = Rate.list("1 per hour")! }
    func status(_ address: String) -> Int {
      harness.send("GET", "/auth/login", with: ["REMOTE_ADDR": address]).status
    }
    #expect(status("2001:db8:1:2::1") == 200)
    #expect(status("2001:db8:1:2:ffff::9") == 429)
    #expect(status("2001:db8:1:3::1") == 200)
    #expect(status("192.0.2.7") == 200)
    #expect(status("::ffff:192.0.2.7") == 429)
  }

  @Test func noHeaderFieldMovesAClientToAnotherNetwork() throws {
    let harness = try harness { $0.standard = Rate.list("1 per hour")! }
    #expect(harness.send("GET", "/auth/login").status == 200)
    for field in ["HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_TRUE_CLIENT_IP"] {
      #expect(harness.send("GET", "/auth/login", with: [field: "for=198.51.100.9"]).status == 429)
    }
  }

  /// One session must not fill the disk with what is written down about it.
  @Test func whatAnAccountWritesIsLimitedWhereverItIs() throws {
    let harness = try harness { $0.writes = Rate.list("3 per minute")! }
    let cookies = harness.register()
    func update(_ number: Int) -> Response {
      harness.send(
        "PUT", "/api/auth/user/@me", json: #"{"first_name": "A\#(number)"}"#, cookies: cookies,
        with: ["REMOTE_ADDR": "198.51.100.\(number)", "HTTP_SEC_FETCH_SITE": "same-origin"])
    }
    let answers = (0..<5).map(update)
    #expect(answers.map(\.status) == [200, 200, 200, 429, 429])
    #expect(standing(answers[2]) == ["3", "0", "60", nil])
    #expect(standing(answers[3]) == ["3", "0", "60", "60"])
    #expect(harness.send("GET", "/api/auth/user/@me", cookies: cookies).status == 200, "reading goes on")
    harness.clock.advance(by: .seconds(60))
    #expect(update(9).status == 200)
  }

  /// A stranger cannot flood a mailbox, from however many networks, and learns nothing by trying.
  @Test func aMailboxGetsSoManyMailsAndTheAnswerTellsNothing() throws {
    let harness = try harness { $0.mailPerAddress = Rate.list("2 per hour")! }
    harness.register("alice@example.com")
    harness.register("bob@example.com")
    let before = harness.storage.mails.count
    let answers = ["alice", "nobody"].flatMap { name in
      (0..<5).map { number in
        harness.send(
          "POST", "/api/auth/request-password-reset", json: #"{"email": "\#(name)@example.com"}"#,
          with: ["REMOTE_ADDR": "198.51.100.\(number)"])
      }
    }
    #expect(answers.allSatisfy { $0.status == 200 && $0.json == answers[0].json && $0.notBefore != nil })
    #expect(harness.storage.mails.count == before + 2)
    _ = harness.send("POST", "/api/auth/request-password-reset", json: #"{"email": "bob@example.com"}"#)
    #expect(harness.storage.mails.count == before + 3, "another mailbox is not full")
  }

  /// A page whose token the reactor cannot judge is judged by a worker, and is one request all the same.
  @Test func whatGoesOnOnAWorkerIsCountedOnce() throws {
    let harness = try Harness(signingKey: .pair(PrivateKey(for: .es256))) {
      $0.limits.isEnabled = true
      $0.limits.standard = Rate.list("10 per hour")!
    }
    let cookies = harness.register()
    #expect(
      !harness.isInline(
        "GET", "/api/auth/check-auth", with: ["HTTP_COOKIE": "access_token_cookie=\(cookies["access_token_cookie"]!)"]))
    let answers = (0..<3).map { _ in harness.send("GET", "/api/auth/check-auth", cookies: cookies) }
    #expect(answers.map(\.status) == [200, 200, 200])
    #expect(answers.map { $0.fields["RateLimit-Remaining"] } == ["8", "7", "6"])
  }

  @Test func nothingIsLimitedWhereThatIsSwitchedOff() throws {
    let harness = try harness {
      $0.standard = Rate.list("1 per hour")!
      $0.isEnabled = false
    }
    for _ in 0..<5 { #expect(standing(harness.send("GET", "/auth/login")) == [nil, nil, nil, nil]) }
  }
}

/// By what a browser that signed in before is known again.
@Suite struct KnownBrowserTests {
  private func field(_ response: Response) throws -> String {
    try #require(response.fields.values(of: "Set-Cookie").first { $0.contains("postern_browser=") })
  }

  @Test func signingInGivesABrowserItsCookie() throws {
    let harness = try Harness { $0.cookies.endWithBrowser = true }
    harness.register()
    let rest = try field(harness.login()).drop { $0 != ";" }
    #expect(rest == "; Max-Age=31536000; Secure; HttpOnly; Path=/; SameSite=Strict")
    let prefixed = try Harness { $0.cookies.hostPrefix = true }
    prefixed.register()
    #expect(try field(prefixed.login()).hasPrefix("__Host-postern_browser="))
    let programs = try Harness { $0.delivery = .bodyOnly }
    programs.register()
    #expect(programs.login().cookies.isEmpty)
  }

  @Test func itIsGivenWithTokensOfASignInOnly() throws {
    let harness = try Harness()
    let cookies = harness.register()
    #expect(harness.send("POST", "/api/auth/token/refresh", cookies: cookies).cookies["postern_browser"] == nil)
    #expect(harness.login(password: "wrong").cookies.isEmpty)
  }

  /// Threat 32: it is no token of any kind.
  @Test func itSignsNobodyIn() throws {
    let harness = try Harness()
    let mark = try #require(harness.register()["postern_browser"])
    for name in ["postern_browser", "access_token_cookie", "refresh_token_cookie"] {
      #expect(harness.verify([name: mark]).status == 401)
      #expect(harness.send("POST", "/api/auth/token/refresh", cookies: [name: mark]).status != 200)
    }
    #expect(harness.verify([:], "signed-in", with: ["HTTP_AUTHORIZATION": "Bearer \(mark)"]).status == 401)
  }

  @Test func whoHammersAnAccountLocksOnlyStrangersOut() throws {
    let harness = try Harness()
    let mine = harness.register().filter { $0.key == "postern_browser" }
    func login(_ password: String, from address: String, cookies: [String: String] = [:]) -> Int {
      harness.send(
        "POST", "/api/auth/login", json: #"{"email": "alice@example.com", "password": "\#(password)"}"#,
        cookies: cookies, with: ["REMOTE_ADDR": address]
      ).status
    }
    let statuses = (0..<80).map { login("wrong", from: "10.0.\($0).1") }
    #expect(statuses.count { $0 == 401 } == 50 && statuses.count { $0 == 429 } == 30)
    #expect(login("correct horse", from: "203.0.113.5", cookies: mine) == 200)
    #expect(login("correct horse", from: "203.0.113.5") == 429)
    #expect(login("correct horse", from: "203.0.113.5", cookies: ["postern_browser": "x"]) == 429)
    harness.clock.advance(by: .seconds(60))
    #expect(login("correct horse", from: "203.0.113.5") == 200)
  }

  @Test func whoIsLockedOutGetsInByTheResetMail() throws {
    let harness = try Harness()
    harness.register()
    func login(_ password: String, from address: String) -> Int {
      harness.send(
        "POST", "/api/auth/login", json: #"{"email": "alice@example.com", "password": "\#(password)"}"#,
        with: ["REMOTE_ADDR": address]
      ).status
    }
    for number in 0..<60 { _ = login("wrong", from: "10.0.\(number).1") }
    for _ in 0..<5 { _ = login("wrong", from: "203.0.113.5") }
    #expect(login("correct horse", from: "203.0.113.5") == 429)
    let asked = harness.send("POST", "/api/auth/request-password-reset", json: #"{"email": "alice@example.com"}"#)
    #expect(asked.status == 200)
    let reset = harness.send(
      "POST", "/api/auth/reset-password/\(try harness.mailedLink(.resetPassword))",
      json: #"{"password": "battery staple"}"#)
    #expect(reset.status == 200)
    #expect(login("battery staple", from: "203.0.113.5") == 200)
    #expect(login("battery staple", from: "203.0.113.6") == 200)
  }

  @Test func anotherPasswordDropsItAndGivesANewOne() throws {
    let harness = try Harness()
    let old = harness.register()
    let answer = harness.send(
      "POST", "/api/auth/password/update",
      json: #"{"current_password": "correct horse", "new_password": "battery staple"}"#, cookies: old)
    #expect(answer.status == 200)
    func login(_ password: String, _ cookies: [String: String], from number: Int = 1) -> Int {
      let mark = cookies.filter { $0.key == "postern_browser" }
      return harness.send(
        "POST", "/api/auth/login", json: #"{"email": "alice@example.com", "password": "\#(password)"}"#,
        cookies: mark, with: ["REMOTE_ADDR": "10.0.\(number).1"]
      ).status
    }
    for number in 0..<50 { #expect(login("wrong", old, from: number) == 401) }
    #expect(login("battery staple", old, from: 60) == 429, "known no more")
    #expect(login("battery staple", answer.cookies, from: 60) == 200)
  }
}
