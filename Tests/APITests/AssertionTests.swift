import Cryptography
import HTTP
import Postern
import PosternTesting
import Testing

@testable import API

/// The signed assertion, and the keys that it is checked with.
@Suite struct AssertionTests {
  private let harness: Harness
  private let cookies: [String: String]
  private let audience: Harness.Extra = ["AUTH_ASSERTION": "https://app.example"]

  init() throws {
    harness = try Harness()
    cookies = harness.register()
  }

  private func parts(_ assertion: String) throws -> (header: JSON, claims: JSON, isSigned: Bool) {
    let parts = assertion.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    try #require(parts.count == 3)
    let bytes = parts.map { Base64.url.decode($0) ?? [] }
    let key = try #require(harness.assertions.publicKey)
    let isSigned = bytes[2].withUnsafeBufferPointer { signature in
      Array("\(parts[0]).\(parts[1])".utf8).withUnsafeBufferPointer { key.isSignature(signature, of: $0) }
    }
    return (try JSON(parsing: bytes[0]), try JSON(parsing: bytes[1]), isSigned)
  }

  @Test func onlyALocationThatAsksGetsOne() {
    let response = harness.verify(cookies)
    #expect(response.status == 204)
    #expect(response.fields["X-Auth-Assertion"] == nil)
    #expect(harness.assertions.publicKey == nil)
    for extra in [["AUTH_ASSERTION": ""], ["HTTP_AUTH_ASSERTION": "https://evil.example"]] as [Harness.Extra] {
      #expect(harness.verify(cookies, with: extra).fields["X-Auth-Assertion"] == nil)
    }
  }

  @Test func itSaysWhoIsThereForAMinute() throws {
    let response = harness.verify(cookies, with: audience)
    #expect(response.status == 204)
    let (header, claims, isSigned) = try parts(try #require(response.fields["X-Auth-Assertion"]))
    #expect(isSigned)
    #expect(header["typ"]?.string == "postern-assertion+jwt")
    #expect(header["alg"]?.string == "ES256")
    #expect(header["kid"]?.string == harness.assertions.publicKey?.id)
    #expect(claims["iss"]?.string == "https://site.example")
    #expect(claims["aud"]?.string == "https://app.example")
    #expect(claims["sub"]?.string == response.fields["X-Auth-User-Id"])
    #expect(claims["email"]?.string == "alice@example.com")
    #expect(claims["email_verified"]?.bool == false)
    #expect(claims["session_id"]?.string == response.fields["X-Auth-Session"])
    #expect(claims["permissions"]?.array == [])
    #expect(claims["amr"]?.array == ["pwd"])
    let now = harness.clock.now().seconds
    #expect(claims["iat"]?.integer == now)
    #expect(claims["exp"]?.integer == now + 60)
    #expect(claims["auth_time"]?.integer == now)
  }

  /// The key is made by a worker when it is first needed; from then on, the reactor alone signs.
  @Test func theReactorSignsOnceThereIsAKey() {
    let extra = Harness.Extra(
      pairs: [
        ("AUTH_REQUIRE", "signed-in"), ("HTTP_COOKIE", cookies.map { "\($0)=\($1)" }.joined(separator: "; ")),
      ] + audience.pairs)
    #expect(!harness.isInline("GET", "/api/auth/verify", with: extra))
    _ = harness.verify(cookies, with: audience)
    #expect(harness.isInline("GET", "/api/auth/verify", with: extra))
  }

  @Test func whoMayNotPassGetsNone() {
    for (cookies, requirement, status) in [
      ([:], "signed-in", 401), (cookies, "role=admin", 403), (cookies, "nonsense", 403), (cookies, "mfa", 401),
    ] as [([String: String], String, Int)] {
      let response = harness.verify(cookies, requirement, with: audience)
      #expect(response.status == status)
      #expect(response.fields["X-Auth-Assertion"] == nil)
    }
  }

  @Test func aTwofoldOrEndlessAudienceRefusesEveryone() {
    let twice = Harness.Extra(pairs: audience.pairs + [("AUTH_ASSERTION", "https://evil.example")])
    #expect(harness.verify(cookies, with: twice).status == 403)
    let long: Harness.Extra = ["AUTH_ASSERTION": String(repeating: "a", count: 256)]
    #expect(harness.verify(cookies, with: long).status == 503)
  }

  @Test func anAuthorizerGetsItAsAVariable() throws {
    let extra = Harness.Extra(
      pairs: [("AUTH_REQUIRE", "signed-in"), ("REQUEST_URI", "/private/")] + audience.pairs)
    let response = harness.send("GET", "", cookies: cookies, role: .authorizer, with: extra)
    #expect(response.status == 200)
    let assertion = try #require(response.fields["Variable-AUTH_ASSERTION_JWT"])
    #expect(try parts(assertion).isSigned)
    #expect(response.fields["X-Auth-Assertion"] == nil)
  }

  /// With a fresh cookie besides, and more permissions than fit: both lists stay out, whole.
  @Test func theAnswerStaysBelowEightKilobytes() throws {
    for count in [10, 60, 100, 130, 160, 200, 400] {
      let permissions = (0..<count).map { "permission.number.\($0)" }
      harness.storage.setRole("busy\(count)", permissions: permissions)
      let account = try harness.storage.accounts.create(
        NewAccount(
          email: #require(EmailAddress("busy\(count)@example.com")),
          passwordHash: Argon2idHasher(settings: harness.settings.argon2, random: SystemRandom()).hash("correct horse"),
          profile: Profile(), roleName: "busy\(count)", isVerified: true))
      var cookies = harness.login(account.email.text).cookies
      cookies["access_token_cookie"] = nil
      let extra = Harness.Extra(pairs: audience.pairs + [("AUTH_RELAY", "1")])
      let response = harness.verify(cookies, with: extra)
      #expect(response.status == 204)
      #expect(response.fields.lines.count < 8_192)
      #expect(response.fields["X-Auth-Set-Cookie"] != nil)
      let claims = try parts(try #require(response.fields["X-Auth-Assertion"])).claims
      #expect(claims["role"]?.string == "busy\(count)")
      if count == 10 { #expect(claims["permissions"]?.array?.count == 10) }
      if count == 130 { #expect(claims["permissions"] == nil) }
    }
  }

  @Test func itSignsNobodyIn() throws {
    let assertion = try #require(harness.verify(cookies, with: audience).fields["X-Auth-Assertion"])
    #expect(harness.verify(["access_token_cookie": assertion]).status == 401)
    #expect(harness.verify(["refresh_token_cookie": assertion]).status == 401)
    #expect(harness.verify([:], with: ["HTTP_AUTHORIZATION": "Bearer \(assertion)"]).status == 401)
    let refresh = harness.send(
      "POST", "/api/auth/token/refresh", with: ["HTTP_AUTHORIZATION": "Bearer \(assertion)"])
    #expect(refresh.status == 422)
  }

  @Test func thePublicKeysAreForEverybody() throws {
    let empty = harness.send("GET", "/api/auth/.well-known/jwks.json")
    #expect(empty.status == 200)
    #expect(empty.text == #"{"keys":[]}"#)
    _ = harness.verify(cookies, with: audience)
    let response = harness.send(
      "GET", "/api/auth/.well-known/jwks.json", with: ["HTTP_ORIGIN": "https://elsewhere.example"])
    let keys = try #require(response.json["keys"]?.array)
    #expect(keys.map { $0["kid"]?.string } == [harness.assertions.publicKey?.id])
    #expect(keys[0]["use"]?.string == "sig")
    #expect(keys[0]["d"] == nil)
    #expect(response.fields["Content-Type"] == "application/json")
    #expect(response.fields["Cache-Control"] == "public, max-age=300")
    #expect(response.fields.values(of: "Access-Control-Allow-Origin") == ["*"])
    #expect(response.fields["Access-Control-Allow-Credentials"] == nil)
    #expect(harness.send("POST", "/api/auth/.well-known/jwks.json").status == 405)
  }

  /// The one document that needs no credentials stays open where others are for listed origins.
  @Test func listedOriginsGetTheSameDocument() throws {
    let harness = try Harness { $0.corsOrigins = ["https://front.example"] }
    for origin in ["https://front.example", "https://elsewhere.example"] {
      let response = harness.send("GET", "/api/auth/.well-known/jwks.json", with: ["HTTP_ORIGIN": origin])
      #expect(response.fields.values(of: "Access-Control-Allow-Origin") == ["*"])
      #expect(response.fields["Access-Control-Allow-Credentials"] == nil)
    }
  }
}
