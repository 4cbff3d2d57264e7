import Cryptography
import HTTP
import Postern
import PosternTesting
import Testing

@testable import API

/// Whom a web server lets in with an API token.
@Suite struct APITokenVerifyTests: APITokenStand {
  @Test func tokenPassesAsBearerAndAsThePasswordOfAnybody() throws {
    let (harness, cookies) = try signedIn()
    let made = make(harness, cookies)
    let text = try #require(made.json["token"]?.string)
    let id = try #require(made.json["id"]?.integer)
    for field in [bearer(text), basic(text), basic(text, user: ""), basic(text, user: "ed@example.com")] {
      let answer = harness.verify([:], "signed-in verified role=editor permission=reports.read", with: field)
      #expect(answer.status == 204)
      #expect(answer.fields["X-Auth-User"] == "ed@example.com")
      #expect(answer.fields["X-Auth-Role"] == "editor")
      #expect(answer.fields["X-Auth-Permissions"] == "pages.write reports.*")
      #expect(answer.fields["X-Auth-Session"] == "api-token-\(id)")
      #expect(answer.fields["X-Auth-Set-Cookie"] == nil)
    }
    #expect(harness.verify([:], "user=ed@example.com", with: bearer(text)).status == 204)
    #expect(harness.verify([:], "user=alice@example.com", with: bearer(text)).status == 403)
  }

  @Test func assertionSaysNothingOfAPerson() throws {
    let (harness, cookies) = try signedIn()
    let made = make(harness, cookies, #", "scopes": ["reports.read"]"#)
    let text = try #require(made.json["token"]?.string)
    let id = try #require(made.json["id"]?.integer)
    let extra = Harness.Extra(pairs: bearer(text).pairs + [("AUTH_ASSERTION", "https://app.example")])
    let assertion = try #require(harness.verify([:], with: extra).fields["X-Auth-Assertion"])
    let payload = try #require(Base64.url.decode(String(assertion.split(separator: ".")[1])))
    let claims = try JSON(parsing: payload)
    #expect(claims["email"] == "ed@example.com")
    #expect(claims["session_id"]?.string == "api-token-\(id)")
    #expect(claims["permissions"] == ["reports.read"])
    #expect(claims["role"] == .null)
    #expect(claims["amr"] == [])
    #expect(claims["auth_time"] == nil)
  }

  @Test func authorizerTakesItToo() throws {
    let (harness, cookies) = try signedIn()
    let text = try token(harness, cookies)
    let answer = harness.send(
      "GET", "", role: .authorizer,
      with: Harness.Extra(pairs: [("AUTH_REQUIRE", "signed-in"), ("REQUEST_URI", "/x")] + basic(text).pairs))
    #expect(answer.status == 200)
    #expect(answer.fields["Variable-REMOTE_USER"] == "ed@example.com")
  }

  @Test func memoryAnswersAfterTheFirstTime() throws {
    let (harness, cookies) = try signedIn()
    let asked = Harness.Extra(pairs: [("AUTH_REQUIRE", "signed-in")] + bearer(try token(harness, cookies)).pairs)
    #expect(!harness.isInline("GET", "/api/auth/verify", with: asked))
    #expect(harness.send("GET", "/api/auth/verify", with: asked).status == 204)
    #expect(harness.isInline("GET", "/api/auth/verify", with: asked))
    harness.storage.fail(with: .unavailable("gone"))
    #expect(harness.send("GET", "/api/auth/verify", with: asked).status == 204)
    harness.clock.advance(by: .milliseconds(1001))
    #expect(harness.send("GET", "/api/auth/verify", with: asked).status == 503, "revocations are not fresh")
    harness.storage.fail(with: nil)
    harness.clock.advance(by: .seconds(60))
    try harness.refreshRevocations()
    #expect(!harness.isInline("GET", "/api/auth/verify", with: asked), "the storage is asked now and then")
  }

  @Test(arguments: ["mfa", "age<=900", "age<=4294967295", "signed-in mfa"]) func noTokenStandsForAPersonAtTheKeys(
    requirement: String
  ) throws {
    let (harness, cookies) = try signedIn()
    let text = try token(harness, cookies)
    let answer = harness.verify([:], requirement, with: bearer(text))
    #expect(answer.status == 401)
    #expect(answer.fields["X-Auth-Error"] == "step-up")
    #expect(harness.challenge([:], requirement, with: bearer(text)).status >= 401)
  }

  @Test func scopesLeaveWhatTheySay() throws {
    let (harness, cookies) = try signedIn()
    let text = try token(harness, cookies, #", "scopes": ["reports.read"]"#)
    let answer = harness.verify([:], "permission=reports.read", with: bearer(text))
    #expect(answer.status == 204)
    #expect(answer.fields["X-Auth-Permissions"] == "reports.read")
    #expect(answer.fields["X-Auth-Role"] == "", "an application must not take the role for a right")
    #expect(harness.verify([:], "permission=reports.all", with: bearer(text)).fields["X-Auth-Error"] == "permission")
    #expect(harness.verify([:], "permission=pages.write", with: bearer(text)).status == 403)
    #expect(harness.verify([:], "role=editor", with: bearer(text)).fields["X-Auth-Error"] == "role")
    let bare = try token(harness, cookies, #", "scopes": []"#)
    #expect(harness.verify([:], "signed-in", with: bearer(bare)).status == 204)
    #expect(harness.verify([:], "permission=reports.read", with: bearer(bare)).status == 403)
  }

  @Test func cookieGoesBeforeTheHeader() throws {
    let (harness, cookies) = try signedIn()
    let text = try token(harness, cookies)
    let alice = harness.register()
    #expect(harness.verify(alice, with: bearer(text)).fields["X-Auth-User"] == "alice@example.com")
    let bad = harness.verify(["access_token_cookie": "nonsense"], with: bearer(text))
    #expect(bad.status == 401)
    #expect(bad.fields["X-Auth-Error"] == "invalid")
  }

  @Test func tokenComesInItsFieldWhereverJWTsCome() throws {
    let (harness, cookies) = try signedIn {
      $0.tokenLocations = [.cookies]
      $0.headerName = "X-Token"
      $0.headerType = "JWT"
    }
    #expect(harness.verify([:], with: bearer(try token(harness, cookies))).status == 204)
  }

  // MARK: Being refused

  @Test func endedTokenIsRefusedAtOnce() throws {
    let (harness, cookies) = try signedIn()
    let made = make(harness, cookies)
    let text = try #require(made.json["token"]?.string)
    #expect(harness.verify([:], with: bearer(text)).status == 204)
    let id = try #require(made.json["id"]?.integer)
    #expect(harness.send("DELETE", "\(path)/\(id)", cookies: cookies).json["message"] == "API token revoked")
    let answer = harness.verify([:], with: bearer(text))
    #expect(answer.status == 401)
    #expect(answer.fields["X-Auth-Error"] == "revoked")
    let api = harness.send("GET", "/api/auth/check-auth", with: bearer(text))
    #expect(api.status == 401)
    #expect(api.json["msg"] == "Token has been revoked")
  }

  @Test func expiredTokenIsRefusedFromMemoryAndFromTheStorage() throws {
    let (harness, cookies) = try signedIn()
    let texts = [
      try token(harness, cookies, #", "expires_in": 30"#), try token(harness, cookies, #", "expires_in": 30"#),
    ]
    #expect(harness.verify([:], with: bearer(texts[0])).status == 204)
    harness.clock.advance(by: .seconds(30))
    try harness.refreshRevocations()
    for text in texts {
      #expect(harness.verify([:], with: bearer(text)).fields["X-Auth-Error"] == "expired")
      #expect(harness.send("GET", "/api/auth/check-auth", with: bearer(text)).json["msg"] == "Token has expired")
    }
  }

  @Test(arguments: ["disabled", "password", "removed"]) func tokenEndsWithItsAccountInAnotherProcess(way: String) throws
  {
    let (harness, cookies) = try signedIn()
    let text = try token(harness, cookies)
    #expect(harness.verify([:], with: bearer(text)).status == 204)
    let account = try #require(try harness.storage.accounts.find(EmailAddress("ed@example.com")!)).id
    switch way {
    case "disabled": _ = try harness.storage.accounts.setActive(account, false)
    case "password": _ = try harness.storage.accounts.setPassword(account, hash: "new", except: nil)
    default: _ = try harness.storage.accounts.remove(account)
    }
    try harness.refreshRevocations()
    #expect(harness.verify([:], with: bearer(text)).fields["X-Auth-Error"] == "revoked")
  }

  @Test func roleOfTheOwnerCounts() throws {
    let (harness, cookies) = try signedIn()
    let text = try token(harness, cookies, #", "scopes": ["reports.read", "pages.write"]"#)
    #expect(harness.verify([:], "permission=pages.write", with: bearer(text)).status == 204)
    let account = try #require(try harness.storage.accounts.find(EmailAddress("ed@example.com")!)).id
    harness.storage.setRole("reader", permissions: ["reports.read"])
    _ = try harness.storage.accounts.setRole(account, "reader")
    try harness.refreshRevocations()
    #expect(harness.verify([:], "permission=pages.write", with: bearer(text)).status == 403)
    #expect(harness.verify([:], "permission=reports.read", with: bearer(text)).status == 204)
    _ = try harness.storage.accounts.setRole(account, nil)
    try harness.refreshRevocations()
    #expect(harness.verify([:], "permission=reports.read", with: bearer(text)).status == 403)
  }

  @Test(arguments: ["Pst_", "pst-", "psp_", "ghp_", "", "pst_pst_"]) func threat32AlteredPrefixSignsNobodyIn(
    prefix: String
  ) throws {
    let (harness, cookies) = try signedIn()
    let altered = prefix + (try token(harness, cookies)).dropFirst(4)
    for field in [bearer(altered), basic(altered)] {
      let answer = harness.verify([:], with: field)
      #expect(answer.status == 401)
      #expect(answer.fields["X-Auth-User"] == nil)
    }
  }

  @Test func threat32TokenIsNoCookie() throws {
    let (harness, cookies) = try signedIn()
    let text = try token(harness, cookies)
    for name in ["access_token_cookie", "refresh_token_cookie"] {
      #expect(harness.verify([name: text]).status == 401)
      #expect(harness.send("POST", "/api/auth/token/refresh", cookies: [name: text]).status >= 401)
    }
  }

  @Test func wrongChecksumAsksNoStorage() throws {
    let (harness, cookies) = try signedIn()
    let text = try token(harness, cookies)
    let altered = text.dropLast() + (text.last == "a" ? "b" : "a")
    let asked = Harness.Extra(pairs: [("AUTH_REQUIRE", "signed-in")] + bearer(String(altered)).pairs)
    #expect(harness.isInline("GET", "/api/auth/verify", with: asked))
    #expect(harness.send("GET", "/api/auth/verify", with: asked).fields["X-Auth-Error"] == "invalid")
    let api = harness.send("GET", "/api/auth/check-auth", with: bearer(String(altered)))
    #expect(api.status == 422)
    #expect(api.json["msg"] == "Invalid token")
  }

  @Test func unknownTokenIsRefused() throws {
    let (harness, _) = try signedIn()
    let other = APITokenText.make(random: SequenceRandom(seed: 99))
    #expect(harness.verify([:], with: bearer(other)).fields["X-Auth-Error"] == "revoked")
  }

  // MARK: Basic

  @Test func passwordOfAPersonIsNeverTaken() throws {
    let (harness, _) = try signedIn()
    for password in ["correct horse", "pst_correct horse", ""] {
      let answer = harness.verify(
        [:], with: Harness.Extra(pairs: basic(password, user: "ed@example.com").pairs + [("AUTH_BASIC", "1")]))
      #expect(answer.status == 401)
    }
  }

  @Test func programIsAskedForATokenAndABrowserIsNot() throws {
    let harness = try Harness()
    for asked in [Harness.Extra(pairs: []), bearer("pst_nonsense"), basic("nonsense")] {
      for answer in [
        harness.verify([:], with: Harness.Extra(pairs: asked.pairs + [("AUTH_BASIC", "1")])),
        harness.challenge([:], with: Harness.Extra(pairs: asked.pairs + [("AUTH_BASIC", "1")])),
      ] {
        #expect(answer.status == 401)
        #expect(answer.fields["WWW-Authenticate"] == #"Basic realm="site.example", charset="UTF-8""#)
      }
      #expect(harness.verify([:], with: asked).fields["WWW-Authenticate"] == nil)
      #expect(harness.challenge([:], with: asked).fields["WWW-Authenticate"] == nil)
    }
    for mode in ["navigate", "cors", "no-cors", "same-origin"] {
      let extra: Harness.Extra = ["AUTH_BASIC": "1", "HTTP_SEC_FETCH_MODE": mode]
      #expect(harness.verify([:], with: extra).fields["WWW-Authenticate"] == nil)
      #expect(harness.challenge([:], with: extra).fields["WWW-Authenticate"] == nil)
    }
    let authorizer = harness.send(
      "GET", "", role: .authorizer, with: ["AUTH_REQUIRE": "signed-in", "REQUEST_URI": "/x", "AUTH_BASIC": "1"])
    #expect(authorizer.status == 401)
    #expect(authorizer.fields["WWW-Authenticate"] != nil)
  }

  @Test func whoIsKnownIsNotAskedAgain() throws {
    let (harness, cookies) = try signedIn()
    let text = try token(harness, cookies)
    let extra = Harness.Extra(pairs: basic(text).pairs + [("AUTH_BASIC", "1")])
    for requirement in ["role=admin", "mfa"] {
      #expect(harness.verify([:], requirement, with: extra).fields["WWW-Authenticate"] == nil)
      #expect(harness.challenge([:], requirement, with: extra).fields["WWW-Authenticate"] == nil)
    }
  }
}
