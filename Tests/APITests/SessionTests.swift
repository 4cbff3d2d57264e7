import Cryptography
import HTTP
import Postern
import PosternTesting
import Testing

@testable import API

@Suite struct SessionTests {
  @Test func refreshRotatesAndTheOldTokenYieldsTheNewGenerationWithinTheGrace() throws {
    let harness = try Harness()
    let first = harness.register()
    let second = harness.send("POST", "/api/auth/token/refresh", cookies: first)
    #expect(second.status == 200)
    #expect(second.json["msg"] == "Token refreshed successfully")
    harness.clock.advance(by: .seconds(29))
    let again = harness.send("POST", "/api/auth/token/refresh", cookies: first)
    #expect(again.status == 200)
    #expect(harness.send("POST", "/api/auth/token/refresh", cookies: again.cookies).status == 200)
  }

  @Test func reusedRefreshTokenEndsTheSession() throws {
    let harness = try Harness()
    let first = harness.register()
    let second = harness.send("POST", "/api/auth/token/refresh", cookies: first).cookies
    harness.clock.advance(by: .seconds(31))
    let stolen = harness.send("POST", "/api/auth/token/refresh", cookies: first)
    #expect(stolen.status == 401)
    #expect(stolen.json["error_code"] == "SESSION_INACTIVE")
    #expect(stolen.cookies == ["access_token_cookie": "", "refresh_token_cookie": ""])
    #expect(harness.send("POST", "/api/auth/token/refresh", cookies: second).status == 401)
    try harness.refreshRevocations()
    #expect(harness.verify(second).status == 401)
  }

  @Test func logoutEndsAccessTokensAtOnce() throws {
    let harness = try Harness()
    let cookies = harness.register()
    #expect(harness.send("GET", "/api/auth/check-auth", cookies: cookies).status == 200)
    let response = harness.send("POST", "/api/auth/logout", cookies: cookies)
    #expect(response.status == 200)
    #expect(response.cookies == ["access_token_cookie": "", "refresh_token_cookie": ""])
    #expect(harness.verify(cookies).status == 401)
    let after = harness.send("GET", "/api/auth/check-auth", cookies: cookies)
    #expect(after.status == 401)
    #expect(after.json["msg"] == "Token has been revoked")
    #expect(harness.send("POST", "/api/auth/logout", cookies: cookies).json["msg"] == "Token has been revoked")
  }

  @Test func logoutWithAnExpiredTokenEndsTheSession() throws {
    let harness = try Harness()
    let cookies = harness.register()
    harness.clock.advance(by: .seconds(1000))
    try harness.refreshRevocations()
    #expect(harness.send("POST", "/api/auth/logout", cookies: cookies).status == 200)
    #expect(harness.send("POST", "/api/auth/token/refresh", cookies: cookies).status == 401)
  }

  @Test func logoutBesideATokenThatHasEndedEndsTheOtherSession() throws {
    let harness = try Harness()
    let ended = harness.register()
    #expect(harness.send("POST", "/api/auth/logout", cookies: ended).status == 200)
    let alive = harness.register("bob@example.com")
    let mixed = [
      "access_token_cookie": ended["access_token_cookie"]!, "refresh_token_cookie": alive["refresh_token_cookie"]!,
    ]
    #expect(harness.send("POST", "/api/auth/logout", cookies: mixed).json["msg"] == "Token has been revoked")
    #expect(harness.verify(alive).status == 401)
    #expect(harness.send("POST", "/api/auth/token/refresh", cookies: alive).status == 401)
  }

  @Test(arguments: ["/api/auth/logout", "/auth/logout"])
  func logoutForgetsTheCookiesAndEndsTheSessionsAlsoWhereTheStorageIsGone(path: String) throws {
    let harness = try Harness()
    let (alice, bob) = (harness.register(), harness.register("bob@example.com"))
    let mixed = [
      "access_token_cookie": alice["access_token_cookie"]!, "refresh_token_cookie": bob["refresh_token_cookie"]!,
    ]
    harness.storage.fail(with: .unavailable("gone"))
    let response = harness.send("POST", path, cookies: mixed)
    #expect(response.status == 503)
    #expect(response.cookies == ["access_token_cookie": "", "refresh_token_cookie": ""])
    for cookies in [alice, bob] {
      #expect(harness.verify(["access_token_cookie": cookies["access_token_cookie"]!]).status == 401)
    }
  }

  /// Another application that holds the key may sign what it likes; it makes no session by that.
  @Test func rightlySignedRefreshTokenForNoSessionIsRefusedLikeAnEndedOne() throws {
    let harness = try Harness()
    let key = HMACSHA256(key: harness.settings.jwtSecretKey)
    let header = Base64.url.encode(#"{"alg":"HS256","typ":"JWT"}"#.utf8)
    for payload in [#"{"sub":"alice@example.com","type":"refresh","exp":9999999999}"#, "{}", "not JSON"] {
      let message = "\(header).\(Base64.url.encode(payload.utf8))"
      let token = "\(message).\(Base64.url.encode(key.tag(of: message.utf8)))"
      let response = harness.send("POST", "/api/auth/token/refresh", cookies: ["refresh_token_cookie": token])
      #expect(response.status == 401)
      #expect(response.json["error_code"] == "SESSION_INACTIVE")
      #expect(harness.verify(["access_token_cookie": token]).status == 401)
    }
  }

  @Test func cookiesThatAreNotLookedAtSignNobodyIn() throws {
    let harness = try Harness {
      $0.delivery = .dual
      $0.tokenLocations = [.headers]
    }
    let cookies = harness.register()
    #expect(harness.verify(cookies).status == 401)
    #expect(harness.send("GET", "/auth/account", cookies: cookies).status == 302)
    #expect(harness.send("POST", "/api/auth/token/refresh", cookies: cookies).status == 401)
  }

  @Test func missingTokensAnswerAsFlaskJWTExtendedDoes() throws {
    let harness = try Harness()
    let cookies = harness.register()
    let access = cookies["access_token_cookie"]!
    let refresh = cookies["refresh_token_cookie"]!
    func checkAuth(_ extra: Harness.Extra = [:], cookies: [String: String] = [:]) -> (Int, String?) {
      let response = harness.send("GET", "/api/auth/check-auth", cookies: cookies, with: extra)
      return (response.status, response.json["msg"]?.string)
    }
    let missing = "Missing JWT in cookies or headers (Missing cookie \"access_token_cookie\"; "
    #expect(checkAuth() == (401, missing + "Missing Authorization Header)"))
    #expect(
      checkAuth(["HTTP_AUTHORIZATION": "Basic YTpi"])
        == (401, missing + "Missing 'Bearer' type in 'Authorization' header. Expected 'Authorization: Bearer <JWT>')"))
    #expect(
      checkAuth(["HTTP_AUTHORIZATION": "Bearer "])
        == (422, "Bad Authorization header. Expected 'Authorization: Bearer <JWT>'"))
    #expect(checkAuth(["HTTP_AUTHORIZATION": "Bearer \(access)"]).0 == 200)
    #expect(checkAuth(cookies: ["access_token_cookie": "garbage"]) == (422, "Not enough segments"))
    #expect(
      checkAuth(cookies: ["access_token_cookie": refresh]) == (422, "Only non-refresh tokens are allowed"))
    let wrong = harness.send("POST", "/api/auth/token/refresh", cookies: ["refresh_token_cookie": access])
    #expect(wrong.json["msg"] == "Only refresh tokens are allowed")
    harness.clock.advance(by: .seconds(901))
    #expect(
      checkAuth(["HTTP_AUTHORIZATION": "Bearer \(access)"], cookies: ["access_token_cookie": access])
        == (401, "Token has expired"))
  }

  @Test func userAtMeShowsWhatIsRecorded() throws {
    let harness = try Harness()
    let cookies = harness.register()
    let user = try #require(harness.send("GET", "/api/auth/user/@me", cookies: cookies).json["user"])
    guard case .object(let members) = user else { throw RequestFailure.unforeseen }
    let expected: Set = [
      "address", "bio", "city", "country", "created_at", "date_of_birth", "email", "first_name", "id", "is_active",
      "is_verified", "last_name", "mfa_enabled", "occupation", "phone_number", "profile_picture_url", "provider",
      "role_id", "state", "updated_at", "zip_code",
    ]
    #expect(expected.isSubset(of: members.map(\.name)))
  }

  @Test func doubleSubmitIsFlaskJWTExtendeds() throws {
    let harness = try Harness { $0.doubleSubmit = true }
    let cookies = harness.register()
    let csrf = try #require(cookies["csrf_access_token"])
    let refreshCSRF = try #require(cookies["csrf_refresh_token"])
    #expect(harness.send("GET", "/api/auth/check-auth", cookies: cookies).status == 200)
    #expect(harness.send("POST", "/api/auth/logout", cookies: cookies).json["msg"] == "Missing CSRF token")
    #expect(harness.verify(cookies).status == 204)
    let wrong = harness.send("POST", "/api/auth/token/refresh", cookies: cookies, with: ["HTTP_X_CSRF_TOKEN": csrf])
    #expect(wrong.json["msg"] == "CSRF double submit tokens do not match")
    #expect(
      harness.send("POST", "/api/auth/token/refresh", cookies: cookies, with: ["HTTP_X_CSRF_TOKEN": refreshCSRF]).status
        == 200)
    let out = harness.send("POST", "/api/auth/logout", cookies: cookies, with: ["HTTP_X_CSRF_TOKEN": csrf])
    #expect(out.status == 200)
    #expect(out.cookies.count == 4)
  }
}
