import Cryptography
import HTTP
import Postern
import PosternTesting
import Testing

@testable import API

@Suite struct VerifyTests {
  @Test func signedInPersonPassesWithTheirIdentity() throws {
    let harness = try Harness()
    harness.storage.setRole("editor", permissions: ["reports.*", "pages.write"])
    _ = try harness.storage.accounts.create(
      NewAccount(email: EmailAddress("ed@example.com")!, passwordHash: nil, roleName: "editor"))
    let cookies = harness.register()
    let response = harness.verify(cookies)
    #expect(response.status == 204)
    #expect(response.bytes.isEmpty)
    #expect(response.fields["X-Auth-User"] == "alice@example.com")
    #expect(response.fields["X-Auth-User-Id"] == "2")
    #expect(response.fields["X-Auth-Role"] == "")
    #expect(response.fields["Cache-Control"] == "no-store")
    #expect(response.fields["X-Request-Id"]?.count == 16)
    #expect(response.fields["X-Auth-Set-Cookie"] == nil)
  }

  @Test func verifyIsAnsweredOnTheReactor() throws {
    let harness = try Harness()
    let cookie = "access_token_cookie=" + harness.register()["access_token_cookie"]!
    let asked: Harness.Extra = ["AUTH_REQUIRE": "signed-in", "HTTP_COOKIE": cookie]
    #expect(harness.isInline("GET", "/api/auth/verify", with: asked))
    harness.clock.advance(by: .milliseconds(1001))
    #expect(!harness.isInline("GET", "/api/auth/verify", with: asked))
  }

  /// A signature of a key pair costs twenty times what the rest of an answer does, and anybody can send one that is
  /// wrong: a worker checks it, for every kind of token and on every route, and memory knows it from then on.
  @Test(arguments: [TokenAlgorithm.es256, .edDSA, .rs256])
  func signatureOfAKeyPairIsCheckedByAWorker(algorithm: TokenAlgorithm) throws {
    let pair = SigningKey.pair(PrivateKey(for: algorithm))
    let (harness, other) = (try Harness(signingKey: pair), try Harness(signingKey: pair))
    let cookies = harness.register()
    _ = other.register()
    func isInline(_ path: String, _ cookie: String) -> Bool {
      other.isInline("GET", path, with: ["AUTH_REQUIRE": "signed-in", "HTTP_COOKIE": cookie])
    }
    let access = "access_token_cookie=" + cookies["access_token_cookie"]!
    let places = ["/api/auth/verify", "/api/auth/challenge", "/api/auth/check-auth", "/auth/login"]
    for path in places {
      #expect(!isInline(path, access))
      #expect(!isInline(path, "refresh_token_cookie=x; access_token_cookie=x; " + access))
    }
    #expect(other.verify(["access_token_cookie": cookies["access_token_cookie"]!]).status == 204)
    for path in places { #expect(isInline(path, access)) }

    let forged = String(access.dropLast(8)) + "AAAAAAAA"
    for _ in 0..<2 {
      #expect(!isInline("/api/auth/verify", forged))
      #expect(other.verify(["access_token_cookie": String(forged.dropFirst(20))]).fields["X-Auth-Error"] == "invalid")
    }
    // Nor can they fill the log.
    #expect(!other.log.lines.contains { $0.fields["path"] == "/api/auth/verify" })
    // What is no token of ours by its form alone needs no worker.
    #expect(isInline("/api/auth/verify", "access_token_cookie=x.y.z"))
  }

  /// Threat 21. A process whose settings let tokens live for minutes forgets the end of a session after an hour or two;
  /// one that is started later with longer lives must not take a token from before for good.
  @Test func whatMayHaveEndedBeforeThisMemoryBeganIsAskedOfTheStorage() throws {
    let harness = try Harness(knowsSince: .seconds(3600)) { $0.accessLifetime = .seconds(30 * 86_400) }
    harness.clock.advance(by: .seconds(-7200))
    let (ended, living) = (harness.register(), harness.register("bob@example.com"))
    harness.clock.advance(by: .seconds(7200))
    let young = harness.register("carol@example.com")
    try harness.refreshRevocations()
    let account = try #require(try harness.storage.accounts.find(EmailAddress("alice@example.com")!)).id
    let session = try #require(try harness.storage.sessions.list(of: account, limit: 1).first).id
    #expect(try harness.storage.sessions.revoke(session, .signedOut, client: nil))
    func access(_ cookies: [String: String]) -> [String: String] { cookies.filter { $0.key == "access_token_cookie" } }
    #expect(harness.verify(access(ended)).fields["X-Auth-Error"] == "revoked")
    #expect(harness.send("GET", "/api/auth/check-auth", cookies: access(ended)).status == 401)

    // One answer of the storage is enough: what ends from then on is known here.
    func isInline(_ cookies: [String: String]) -> Bool {
      let cookie = "access_token_cookie=" + cookies["access_token_cookie"]!
      return harness.isInline("GET", "/api/auth/verify", with: ["AUTH_REQUIRE": "signed-in", "HTTP_COOKIE": cookie])
    }
    #expect(isInline(young))
    #expect(!isInline(living))
    #expect(harness.verify(access(living)).status == 204)
    #expect(isInline(living))
  }

  /// Threat 33.
  @Test(arguments: [
    "", " ", "signed_in", "signed-in,verified", "role=", "role=a||b", "user=nobody", "age<900", "age<=x",
  ])
  func requirementThatCannotBeUnderstoodRefusesEveryone(requirement: String) throws {
    let harness = try Harness()
    let response = harness.verify(harness.register(), requirement)
    #expect(response.status == 403)
    #expect(response.fields["X-Auth-Error"] == "require")
    #expect(harness.log.lines(of: "everyone is refused").first?.fields["cure"]?.isEmpty == false)
  }

  @Test func eachPlaceThatRefusesEveryoneIsNamedInTheLogOnceInAWhile() throws {
    let harness = try Harness()
    func ask(_ demand: String, _ path: String) {
      _ = harness.send("GET", "/api/auth/verify", with: ["AUTH_REQUIRE": demand, "REQUEST_URI": path])
    }
    for _ in 0..<3 {
      ask("", "/one/?token=secret")
      ask("signd-in", "/two/")
    }
    let lines = harness.log.lines(of: "everyone is refused")
    #expect(lines.map { $0.fields["path"] } == ["/one/", "/two/"])
    #expect(lines[0].fields["cure"]?.contains("before the include") == true)
    for number in 0..<100 { ask("", "/\(number)/") }
    #expect(harness.log.lines(of: "everyone is refused").count == 10)
    harness.clock.advance(by: .seconds(11))
    ask("", "/one/")
    #expect(harness.log.lines(of: "everyone is refused").count == 11)
    #expect(!harness.log.contains("secret"))
  }

  /// Threat 33.
  @Test func missingOrDoubledRequirementRefusesEveryone() throws {
    let harness = try Harness()
    let cookies = harness.register()
    #expect(harness.send("GET", "/api/auth/verify", cookies: cookies).status == 403)
    #expect(harness.verify(cookies, "signed-in", with: ["AUTH_REQUIRE": "signed-in"]).status == 403)
    #expect(harness.verify(cookies, "signed-in", with: ["AUTH_RELAY": "1", "AUTH_RELAY": "1"]).status == 403)
  }

  @Test(arguments: [
    ([:], "missing"), (["access_token_cookie": "garbage"], "invalid"),
    (["access_token_cookie": "eyJhbGciOiJub25lIn0.e30."], "invalid"),
  ])
  func withoutATokenNobodyPasses(cookies: [String: String], word: String) throws {
    let response = try Harness().verify(cookies)
    #expect(response.status == 401)
    #expect(response.fields["X-Auth-Error"] == word)
    #expect(response.fields["X-Auth-User"] == nil)
    #expect(response.bytes.isEmpty)
  }

  @Test func requirementsAreJudged() throws {
    let harness = try Harness()
    let cookies = harness.register()
    func verdict(_ requirement: String) -> [String] {
      let response = harness.verify(cookies, requirement)
      return [String(response.status), response.fields["X-Auth-Error"] ?? ""]
    }
    #expect(verdict("role=admin") == ["403", "role"])
    #expect(verdict("permission=reports.read") == ["403", "permission"])
    #expect(verdict("verified") == ["403", "verified"])
    #expect(verdict("user=alice@example.com") == ["403", "user"])
    #expect(verdict("mfa") == ["401", "step-up"])
    #expect(verdict("signed-in age<=900") == ["204", ""])
    harness.clock.advance(by: .seconds(600))
    try harness.refreshRevocations()
    #expect(verdict("age<=300") == ["401", "step-up"])
    #expect(verdict("age<=300 role=admin") == ["403", "role"])
  }

  @Test func expiredAccessTokenIsRenewedByTheRefreshCookieWithoutRotation() throws {
    let harness = try Harness()
    let cookies = harness.register()
    harness.clock.advance(by: .seconds(901))
    try harness.refreshRevocations()
    #expect(
      harness.verify(["access_token_cookie": cookies["access_token_cookie"]!]).fields["X-Auth-Error"] == "expired")
    for _ in 0..<20 {
      let plain = harness.verify(cookies)
      #expect(plain.status == 204)
      #expect(plain.fields["X-Auth-Set-Cookie"] == nil)
    }
    let relayed = harness.verify(cookies, "signed-in", with: ["AUTH_RELAY": "1"])
    let fresh = try #require(relayed.fields["X-Auth-Set-Cookie"])
    #expect(fresh.hasPrefix("access_token_cookie=ey"))
    #expect(harness.send("POST", "/api/auth/token/refresh", cookies: cookies).status == 200)
  }

  /// What has ended is remembered for as long as a token may live by the settings in force.
  @Test func tokenFromATimeOfLongerLivesIsTakenAsExpired() throws {
    let long = try Harness { $0.accessLifetime = .seconds(86_400) }
    let cookies = long.register()
    let short = try Harness()
    short.register()
    let only = ["access_token_cookie": cookies["access_token_cookie"]!]
    #expect(short.verify(only).status == 204)
    short.clock.advance(by: .seconds(961))
    try short.refreshRevocations()
    #expect(short.verify(only).fields["X-Auth-Error"] == "expired")
  }

  @Test func renewalNeverRenewsTheProof() throws {
    let harness = try Harness()
    let cookies = harness.register()
    harness.clock.advance(by: .seconds(1000))
    try harness.refreshRevocations()
    #expect(harness.verify(cookies, "age<=900").fields["X-Auth-Error"] == "step-up")
    let refreshed = harness.send("POST", "/api/auth/token/refresh", cookies: cookies).cookies
    #expect(harness.verify(refreshed, "age<=900").fields["X-Auth-Error"] == "step-up")
  }

  /// Threat 22.
  @Test func invalidCookieOfTheSameNameChangesNothingAndTwoValidOnesSignNobodyIn() throws {
    let harness = try Harness()
    let alice = harness.register()["access_token_cookie"]!
    let mallory = harness.register("mallory@example.com")["access_token_cookie"]!
    func verify(_ header: String) -> Response {
      harness.send(
        "GET", "/api/auth/verify", cookies: [:], with: ["HTTP_COOKIE": header, "AUTH_REQUIRE": "signed-in"])
    }
    #expect(verify("access_token_cookie=rubbish; access_token_cookie=\(alice)").status == 204)
    #expect(verify("access_token_cookie=\(alice); access_token_cookie=\(alice)").status == 204)
    let both = verify("access_token_cookie=\(mallory); access_token_cookie=\(alice)")
    #expect(both.status == 401)
    #expect(both.fields["X-Auth-Error"] == "ambiguous")
  }

  /// Threat 22.
  @Test func tossedCookieOfASessionThatHasEndedChangesNothing() throws {
    let harness = try Harness()
    let alice = harness.register()
    let mallory = harness.register("mallory@example.com")
    let others = [harness.register("carol@example.com"), harness.register("dave@example.com")]
    for cookies in [mallory, others[0]] {
      #expect(harness.send("POST", "/api/auth/logout", cookies: cookies).status == 200)
    }
    func verify(_ people: [[String: String]], _ name: String = "access_token_cookie") -> [String] {
      let header = people.map { "\(name)=\($0[name]!)" }.joined(separator: "; ")
      let response = harness.send(
        "GET", "/api/auth/verify", with: ["HTTP_COOKIE": header, "AUTH_REQUIRE": "signed-in"])
      return [response.fields["X-Auth-User"] ?? "", response.fields["X-Auth-Error"] ?? ""]
    }
    for order in [[mallory, alice], [alice, mallory], [mallory, others[0], alice], [mallory, alice, others[0]]] {
      #expect(verify(order) == ["alice@example.com", ""])
      #expect(verify(order, "refresh_token_cookie") == ["alice@example.com", ""])
    }
    for order in [[mallory, alice, others[1]], [alice, mallory, others[1]], [alice, others[1], mallory]] {
      #expect(verify(order) == ["", "ambiguous"])
      #expect(verify(order, "refresh_token_cookie") == ["", "ambiguous"])
    }
    #expect(verify([mallory, others[0]]) == ["", "revoked"])
  }

  /// Threat 22. What is left beside it: the refresh cookie of one's own session.
  @Test func accessTokenOfASessionThatHasEndedHidesNoRefreshCookie() throws {
    let harness = try Harness()
    let alice = harness.register()
    let mallory = harness.register("mallory@example.com")
    #expect(harness.send("POST", "/api/auth/logout", cookies: mallory).status == 200)
    let mixed = [
      "access_token_cookie": mallory["access_token_cookie"]!, "refresh_token_cookie": alice["refresh_token_cookie"]!,
    ]
    #expect(harness.verify(mixed).fields["X-Auth-User"] == "alice@example.com")
    #expect(harness.send("GET", "/auth/account", cookies: mixed).status == 200)
    #expect(harness.verify(mallory).fields["X-Auth-Error"] == "revoked")
    let ended = mallory.map { "\($0)=\($1)" }.joined(separator: "; ")
    #expect(
      harness.isInline("GET", "/api/auth/verify", with: ["HTTP_COOKIE": ended, "AUTH_REQUIRE": "signed-in"]),
      "that both have ended is known without the storage")
  }

  /// Threats 22 and 24. "Sign in again" is what somebody with ambiguous cookies is told, so that has to help.
  @Test(arguments: [true, false]) func signingInAgainMakesAmbiguousCookiesGood(byPage: Bool) throws {
    let harness = try Harness()
    let alice = harness.register()
    let mallory = harness.register("mallory@example.com")
    let names = ["access_token_cookie", "refresh_token_cookie"]
    func header(_ jars: [[String: String]]) -> Harness.Extra {
      let pairs = names.flatMap { name in jars.map { "\(name)=\($0[name]!)" } }
      return ["HTTP_COOKIE": pairs.joined(separator: "; "), "AUTH_REQUIRE": "signed-in"]
    }
    #expect(harness.send("GET", "/api/auth/verify", with: header([alice, mallory])).status == 401)
    let again =
      byPage
      ? harness.send(
        "POST", "/auth/login", form: "email=alice%40example.com&password=correct+horse",
        with: header([alice, mallory]))
      : harness.send(
        "POST", "/api/auth/login", json: #"{"email": "alice@example.com", "password": "correct horse"}"#,
        with: header([alice, mallory]))
    let response = harness.send("GET", "/api/auth/verify", with: header([again.cookies, mallory]))
    #expect(response.fields["X-Auth-User"] == "alice@example.com")
    #expect(harness.send("POST", "/api/auth/token/refresh", with: header([again.cookies, mallory])).status == 200)
    #expect(harness.verify(mallory).status == 401)
  }

  @Test func staleKnowledgeAsksTheStorageAndASilentStorageAnswers503() throws {
    let harness = try Harness()
    let cookies = harness.register()
    harness.clock.advance(by: .seconds(2))
    #expect(harness.verify(cookies).status == 204)
    _ = try harness.storage.accounts.setActive(AccountID(1), false)
    #expect(harness.verify(cookies).status == 401)
    harness.storage.fail(with: .unavailable("gone"))
    let response = harness.verify(cookies)
    #expect(response.status == 503)
    #expect(response.cookies.isEmpty)
    #expect(response.fields["X-Auth-User"] == nil)
  }

  @Test func anotherRoleCountsAtOnceAndEndsNothing() throws {
    let harness = try Harness()
    let cookies = harness.register()
    #expect(harness.verify(cookies, "role=admin").status == 403)
    _ = try harness.storage.accounts.setRole(AccountID(1), "admin")
    try harness.refreshRevocations()
    let admin = harness.verify(cookies, "role=admin permission=rbac.admin")
    #expect(admin.status == 204)
    #expect(admin.fields["X-Auth-Role"] == "admin")
    #expect(admin.fields["X-Auth-Permissions"] == "rbac.admin")
    #expect(harness.send("GET", "/api/auth/check-auth", cookies: cookies).json["user"]?["role"] == 1)
    #expect(
      !harness.isInline(
        "GET", "/api/auth/verify",
        with: [
          "HTTP_COOKIE": "access_token_cookie=\(cookies["access_token_cookie"]!)", "AUTH_REQUIRE": "role=admin",
        ]), "the token does not say what the role is now")
    let fresh = harness.send("POST", "/api/auth/token/refresh", cookies: cookies).cookies
    #expect(
      harness.isInline(
        "GET", "/api/auth/verify",
        with: ["HTTP_COOKIE": "access_token_cookie=\(fresh["access_token_cookie"]!)", "AUTH_REQUIRE": "role=admin"]))
    _ = try harness.storage.accounts.setRole(AccountID(1), nil)
    try harness.refreshRevocations()
    for jar in [cookies, fresh] {
      #expect(harness.verify(jar, "role=admin").fields["X-Auth-Error"] == "role")
      #expect(harness.verify(jar).status == 204)
    }
  }

  @Test func disabledAccountIsRefusedAsSoonAsTheLogIsRead() throws {
    let harness = try Harness()
    let cookies = harness.register()
    #expect(harness.verify(cookies).status == 204)
    _ = try harness.storage.accounts.setActive(AccountID(1), false)
    try harness.refreshRevocations()
    #expect(harness.verify(cookies).status == 401)
    _ = try harness.storage.accounts.setActive(AccountID(1), true)
    try harness.refreshRevocations()
    #expect(harness.verify(cookies).status == 401)
  }

  @Test(arguments: ["GET", "HEAD", "POST", "PUT", "DELETE", "PROPFIND", "X-ODD"])
  func verifyTakesEveryMethodAndNeverHasABody(method: String) throws {
    let harness = try Harness()
    let response = harness.send(
      method, "/api/auth/verify", cookies: harness.register(),
      with: ["AUTH_REQUIRE": "signed-in", "HTTP_ORIGIN": "https://evil.example", "HTTP_SEC_FETCH_SITE": "cross-site"])
    #expect(response.status == 204)
    #expect(response.bytes.isEmpty)
  }

  /// lighttpd splits the address, nginx does not.
  @Test func pathIsScriptNameAndPathInfo() throws {
    let harness = try Harness()
    let cookies = harness.register()
    #expect(
      harness.send(
        "GET", "/api/auth", cookies: cookies, with: ["PATH_INFO": "/verify", "AUTH_REQUIRE": "signed-in"]
      ).status == 204)
    #expect(harness.send("GET", "/api/auth", cookies: cookies, with: ["PATH_INFO": "/check-auth"]).status == 200)
  }

  @Test func permissionsThatDoNotFitAreLookedUp() throws {
    let harness = try Harness()
    let many = (0..<400).map { "area\($0).read" }
    harness.storage.setRole("many", permissions: many)
    harness.register()
    harness.storage.update(AccountID(1)) { $0.role = Role(id: 1, name: "many", permissions: many) }
    let cookies = harness.login().cookies
    for cookie in cookies.values { #expect(cookie.utf8.count < 4_000) }
    let response = harness.verify(cookies, "permission=area399.read")
    #expect(response.status == 204)
    #expect(response.fields["X-Auth-Permissions-Omitted"] == "1")
    #expect(response.fields.lines.count < 3_500)
    #expect(harness.verify(cookies, "permission=other").status == 403)
  }

  @Test func nameWithLineEndsStaysInItsField() throws {
    let harness = try Harness()
    harness.register()
    harness.storage.update(AccountID(1)) { $0.profile.firstName = "A\r\nX-Auth-Role: admin\r\n" }
    let response = harness.verify(harness.login().cookies)
    #expect(response.fields["X-Auth-Role"] == "")
    #expect(response.fields.values(of: "X-Auth-Role").count == 1)
  }
}
