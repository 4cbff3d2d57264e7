import Cryptography
import Postern
import Testing

@Suite struct TokenVerificationTests {
  let codec = JWTCodec(key: TokenFixtures.key)

  /// RFC 7515, appendix A.1: the signature is right, so the claims that it lacks are what is wrong.
  @Test func theSignatureOfTheRFCIsRight() throws {
    let key = try #require(
      Base64.url.decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"))
    let message =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
      + ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    let tag = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    #expect(Base64.url.encode(HMACSHA256(key: key).tag(of: message.utf8)) == tag)
    #expect(JWTCodec(key: key).problem(with: "\(message).\(tag)") == .foreign)
    #expect(codec.problem(with: "\(message).\(tag)") == .signature)
  }

  /// Made by flask-jwt-extended 4.7.4 with PyJWT 2.15.1.
  @Test func anAccessTokenOfFlaskIsRead() throws {
    let claims = try codec.verify(
      "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
        + ".eyJmcmVzaCI6ZmFsc2UsImlhdCI6MTc5NTQ5OTg3MiwianRpIjoiZjY5NTkxNGQtY2IyYy00NWE4LWI4YWMtYmJlMGFiZmU1Y2U"
        + "zIiwidHlwZSI6ImFjY2VzcyIsInN1YiI6ImFsaWNlQGV4YW1wbGUuY29tIiwibmJmIjoxNzk1NDk5ODcyLCJjc3JmIjoiYjAxYTE"
        + "4MGUtNDdkYy00ZGFkLThhNTYtZGViNjA5MTliZWM5IiwiZXhwIjoxNzk1NTAwNzcyLCJpZCI6MSwicm9sZSI6Miwicm9sZV9uYW1"
        + "lIjoiZWRpdG9yIiwicGVybWlzc2lvbnMiOlsicmVwb3J0cy5yZWFkIiwicmVwb3J0cy53cml0ZSJdLCJmaXJzdF9uYW1lIjoiWm9"
        + "cdTAwZWIgXHVkODNkXHVkZTAwIFwiWlwiIiwibGFzdF9uYW1lIjpudWxsLCJlbWFpbCI6ImFsaWNlQGV4YW1wbGUuY29tIiwic2V"
        + "zc2lvbl9pZCI6IjQ1NWQwOGQ5LTI5M2YtNDhjNC05ODRmLWMyMTM2MWU5MzJmNCJ9.BBPZfQeg49NlZd9K-We2Dnh3_stkEJaZYV"
        + "DKDFFz4oY")
    #expect(
      claims
        == TokenClaims(
          kind: .access, identifier: "f695914d-cb2c-45a8-b8ac-bbe0abfe5ce3", subject: "alice@example.com",
          issuedAt: 1_795_499_872, notBefore: 1_795_499_872, expires: 1_795_500_772, account: AccountID(1),
          session: SessionID("455d08d9-293f-48c4-984f-c21361e932f4".utf8)!, roleID: 2, roleName: "editor",
          permissions: ["reports.read", "reports.write"], firstName: "Zoë 😀 \"Z\"", provenAt: 0, epoch: 0,
          csrf: "b01a180e-47dc-4dad-8a56-deb60919bec9"))
  }

  /// With double submit, an issuer and two audiences.
  @Test func aRefreshTokenOfFlaskIsRead() throws {
    let token =
      "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
      + ".eyJmcmVzaCI6ZmFsc2UsImlhdCI6MTc5NTQ5OTg3MiwianRpIjoiYjAyODkzMjgtMjI5YS00MDk3LTgzZTAtMjBhMzE4Mjk1NjN"
      + "hIiwidHlwZSI6InJlZnJlc2giLCJzdWIiOiJhbGljZUBleGFtcGxlLmNvbSIsIm5iZiI6MTc5NTQ5OTg3MiwiY3NyZiI6Ijk2Y2F"
      + "kZWZlLWQ1NzctNGU5Ni1hNjM5LWNjNDg0N2IyZTU3ZiIsImF1ZCI6WyJzaG9wIiwid2lraSJdLCJpc3MiOiJodHRwczovL2F1dGg"
      + "uZXhhbXBsZSIsImV4cCI6MTc5ODA5MTg3MiwiaWQiOjEsInJvbGUiOjIsInJvbGVfbmFtZSI6ImVkaXRvciIsInBlcm1pc3Npb25"
      + "zIjpbInJlcG9ydHMucmVhZCIsInJlcG9ydHMud3JpdGUiXSwiZmlyc3RfbmFtZSI6IlpvXHUwMGViIFx1ZDgzZFx1ZGUwMCBcIlp"
      + "cIiIsImxhc3RfbmFtZSI6bnVsbCwiZW1haWwiOiJhbGljZUBleGFtcGxlLmNvbSIsInNlc3Npb25faWQiOiI0NTVkMDhkOS0yOTN"
      + "mLTQ4YzQtOTg0Zi1jMjEzNjFlOTMyZjQifQ.M_xF8un5fiUN8Tzx9lkeLUk9cZVY1aBbmdB8oIQ_Fp4"
    let shop = JWTCodec(key: TokenFixtures.key, issuer: "https://auth.example", audience: "wiki")
    let claims = try shop.verify(token)
    #expect(claims.kind == .refresh)
    #expect(claims.csrf == "96cadefe-d577-4e96-a639-cc4847b2e57f")
    #expect(claims.generation == nil)
    let bank = JWTCodec(key: TokenFixtures.key, issuer: "https://auth.example", audience: "bank")
    #expect(bank.problem(with: token) == .audience)
    #expect(JWTCodec(key: TokenFixtures.key, issuer: "https://evil.example").problem(with: token) == .issuer)
  }

  /// The second was written with spaces, and with `typ` before `alg`. Both hold a fraction in `exp` and an unknown
  /// claim with known names inside.
  @Test(arguments: [
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
      + ".eyJmcmVzaCI6ZmFsc2UsImlhdCI6MTc5NTQ5MDIyMCwianRpIjoiZmRiZjczNDctMWY2Yy00MjZmLTk3OTctNTM1ZmZiN2MzMjA"
      + "xIiwidHlwZSI6ImFjY2VzcyIsInN1YiI6ImFsaWNlQGV4YW1wbGUuY29tIiwibmJmIjoxNzk1NDkwMjIwLCJleHAiOjE3OTU0OTE"
      + "xMjAuNzUsImlkIjoxLCJzZXNzaW9uX2lkIjoiNDU1ZDA4ZDktMjkzZi00OGM0LTk4NGYtYzIxMzYxZTkzMmY0IiwiZXh0cmEiOns"
      + "iaWQiOls3LHsic3ViIjoieCJ9XX19.UYTBLgnvrmJEe-VA5jBUVQ3hVt-w_GJxVQjwgQZQTfo",
    "eyJ0eXAiOiAiSldUIiwgImFsZyI6ICJIUzI1NiJ9"
      + ".eyJmcmVzaCI6IGZhbHNlLCAiaWF0IjogMTc5NTQ5MDIyMCwgImp0aSI6ICJmZGJmNzM0Ny0xZjZjLTQyNmYtOTc5Ny01MzVmZmI"
      + "3YzMyMDEiLCAidHlwZSI6ICJhY2Nlc3MiLCAic3ViIjogImFsaWNlQGV4YW1wbGUuY29tIiwgIm5iZiI6IDE3OTU0OTAyMjAsICJ"
      + "leHAiOiAxNzk1NDkxMTIwLjc1LCAiaWQiOiAxLCAic2Vzc2lvbl9pZCI6ICI0NTVkMDhkOS0yOTNmLTQ4YzQtOTg0Zi1jMjEzNjF"
      + "lOTMyZjQiLCAiZXh0cmEiOiB7ImlkIjogWzcsIHsic3ViIjogIngifV19fQ._5X6O9LlWCfNdSdfCneqjm7qE0RyaSF-3XKbBRsQ"
      + "Fy0",
  ])
  func aTokenOfPyJWTIsReadWithItsDefaults(token: String) throws {
    let claims = try codec.verify(token)
    #expect(
      claims
        == TokenClaims(
          kind: .access, identifier: "fdbf7347-1f6c-426f-9797-535ffb7c3201", subject: "alice@example.com",
          issuedAt: 1_795_490_220, notBefore: 1_795_490_220, expires: 1_795_491_120, account: AccountID(1),
          session: SessionID("455d08d9-293f-48c4-984f-c21361e932f4".utf8)!, permissions: nil, isVerified: false,
          methods: [], provenAt: 0, epoch: 0))
  }

  @Test func theLeastTokenIsTaken() throws {
    #expect(try codec.verify(TokenFixtures.token()).account == AccountID(1))
  }

  @Test(arguments: ["iat", "jti", "type", "sub", "exp", "id", "session_id"])
  func aMissingClaimIsForeign(name: String) {
    #expect(codec.problem(with: TokenFixtures.token(payload: TokenFixtures.payload(name, nil))) == .foreign)
    #expect(codec.problem(with: TokenFixtures.token(payload: TokenFixtures.payload(name, "null"))) == .foreign)
  }

  @Test(arguments: [
    ("iat", "\"1\""), ("iat", "true"), ("jti", "1"), ("type", "\"Access\""), ("type", "\"id\""), ("type", "1"),
    ("type", "\"access\\u0000\""), ("sub", "1"), ("sub", "[\"a\"]"), ("nbf", "\"0\""), ("exp", "\"1795491120\""),
    ("exp", "1e30"), ("exp", "9223372036854775808"), ("exp", "[]"), ("exp", "{}"), ("exp", "+1"), ("exp", "01"),
    ("exp", "1."), ("exp", ".5"), ("exp", "0x7fffffff"), ("exp", "Infinity"), ("exp", "NaN"), ("exp", ""),
    ("id", "\"1\""), ("id", "1.0"), ("id", "1e0"), ("id", "true"), ("id", "9223372036854775808"), ("role", "\"1\""),
    ("role", "2.5"), ("role_name", "7"), ("permissions", "\"a\""), ("permissions", "[1]"), ("permissions", "[null]"),
    ("permissions", "{\"a\":1}"), ("permissions", "[\"a\",]"), ("permissions", "[,\"a\"]"),
    ("permissions", "[\"a\" \"b\"]"),
    ("first_name", "[]"), ("last_name", "false"), ("session_id", "1"), ("session_id", "\"455d08d9\""),
    ("session_id", "\"\\u003455d08d9-293f-48c4-984f-c21361e932f4\""), ("verified", "1"), ("verified", "\"true\""),
    ("amr", "\"pwd\""), ("amr", "null"), ("auth_time", "\"1\""), ("epoch", "\"0\""), ("epoch", "0.5"),
    ("generation", "\"7\""), ("csrf", "1"), ("csrf", "null"), ("iss", "1"), ("aud", "1"), ("aud", "[1]"),
    ("aud", "null"),
    ("email", "nonsense"), ("fresh", "tru"), ("other", "'a'"), ("other", "\"\\x\""), ("other", "\"\\ud800\""),
    ("other", "\"\\udc00\\ud800\""), ("other", "\"\\u12g4\""), ("other", "\"a\nb\""), ("other", "\"open"),
  ])
  func aWrongValueIsForeign(name: String, value: String) {
    #expect(codec.problem(with: TokenFixtures.token(payload: TokenFixtures.payload(name, value))) == .foreign)
  }

  @Test(arguments: [
    ("exp", "1795491120.999"), ("exp", "-1"), ("role", "null"), ("role", "-3"), ("role_name", "null"),
    ("permissions", "null"), ("permissions", "[ ]"), ("first_name", "null"), ("fresh", "true"),
    ("fresh", "1795490220.5"),
    ("email", "7"), ("email", "{\"id\":2}"),
    ("other", "[{\"sub\":[]},1e9,-0.5E-3,\"\\u00e9\\\"\\\\\\/\\b\\f\\n\\r\\t\"]"),
    ("generation", "7"), ("auth_time", "1.5"), ("iss", "\"anybody\""), ("i", "2"), ("idd", "2"), ("ID", "2"),
  ])
  func aValueThatMayBeIsTaken(name: String, value: String) throws {
    let claims = try codec.verify(TokenFixtures.token(payload: TokenFixtures.payload(name, value)))
    #expect(claims.account == AccountID(1))
    #expect(claims.subject == "alice@example.com")
  }

  @Test func aFractionIsRoundedDown() throws {
    func expires(_ value: String) throws -> Int64 {
      try codec.verify(TokenFixtures.token(payload: TokenFixtures.payload("exp", value))).expires
    }
    #expect(try expires("1795491120.999") == 1_795_491_120)
    #expect(try expires("-1.5") == -2)
    #expect(try expires("0.0") == 0)
    #expect(try expires("9223372036854775807") == .max)
  }

  @Test func escapesAreDecoded() throws {
    let payload = TokenFixtures.payload("first_name", #""\u005a\u006F\u00eb \ud83d\ude00 \"\\\/\b\f\n\r\t""#)
    #expect(try codec.verify(TokenFixtures.token(payload: payload)).firstName == "Zoë 😀 \"\\/\u{8}\u{C}\n\r\t")
  }

  @Test(arguments: [("[", "]"), (#"{"a":"#, "}")])
  func thirtyTwoLevelsAreTheMost(open: String, close: String) {
    func problem(levels: Int) -> TokenProblem? {
      // The payload itself is the first level.
      let value = String(repeating: open, count: levels - 1) + "7" + String(repeating: close, count: levels - 1)
      return codec.problem(with: TokenFixtures.token(payload: TokenFixtures.payload("other", value)))
    }
    #expect(problem(levels: 32) == nil)
    #expect(problem(levels: 33) == .foreign)
    #expect(problem(levels: 900) == .foreign)
  }

  @Test(arguments: [
    "", " ", "{}", "[]", "null", "\"text\"", "{", TokenFixtures.payload + "}", TokenFixtures.payload + "\0",
    "\u{FEFF}" + TokenFixtures.payload, String(TokenFixtures.payload.dropLast()),
    String(TokenFixtures.payload.dropLast()) + ",}", "[\(TokenFixtures.payload)]",
    TokenFixtures.payload.replacing("\"id\":1", with: "\"id\":1,\"id\":2"),
    TokenFixtures.payload.replacing("\"id\":1", with: "\"id\":1,\"\\u0069d\":2"),
    TokenFixtures.payload.replacing("\"id\":1", with: "\"id\" 1"),
    TokenFixtures.payload.replacing("\"id\":1", with: "id:1"),
    TokenFixtures.payload.replacing(",", with: ";"),
  ])
  func aBrokenPayloadIsForeign(payload: String) {
    #expect(codec.problem(with: TokenFixtures.token(payload: payload)) == .foreign)
  }

  /// In a claim, in the value of an unknown one, and in a name inside that.
  @Test(arguments: [("sub", "\"~\""), ("other", "\"~\""), ("other", "[{\"~\":1}]"), ("~", "1")])
  func bytesThatAreNoUTF8AreMalformed(name: String, value: String) {
    let payload = Array(TokenFixtures.payload(name, value).utf8).map { $0 == UInt8(ascii: "~") ? 0xFF : $0 }
    let message = "\(Base64.url.encode(TokenFixtures.header.utf8)).\(Base64.url.encode(payload))"
    let tag = Base64.url.encode(HMACSHA256(key: TokenFixtures.key).tag(of: message.utf8))
    #expect(codec.problem(with: "\(message).\(tag)") == .foreign)
    #expect(codec.problem(with: TokenFixtures.token(payload: TokenFixtures.payload(name, value))) == nil)
  }

  /// U+212A KELVIN SIGN is canonically equivalent to K.
  @Test func anIssuerThatOnlyLooksTheSameIsRefused() {
    let strict = JWTCodec(key: TokenFixtures.key, issuer: "K")
    #expect(strict.problem(with: TokenFixtures.token(payload: TokenFixtures.payload("iss", "\"K\""))) == nil)
    #expect(strict.problem(with: TokenFixtures.token(payload: TokenFixtures.payload("iss", "\"\u{212A}\""))) == .issuer)
    let wiki = JWTCodec(key: TokenFixtures.key, audience: "K")
    #expect(wiki.problem(with: TokenFixtures.token(payload: TokenFixtures.payload("aud", "\"\u{212A}\""))) == .audience)
  }

  static let audiences: [(value: String?, problem: TokenProblem?)] = [
    (#"["shop","wiki"]"#, nil), (#""wiki""#, nil), (#"["shop"]"#, .audience), ("[]", .audience), (nil, .audience),
    (#""wiki ""#, .audience),
  ]

  @Test(arguments: audiences)
  func aDemandedAudienceMustBeNamed(value: String?, problem: TokenProblem?) {
    let wiki = JWTCodec(key: TokenFixtures.key, audience: "wiki")
    #expect(wiki.problem(with: TokenFixtures.token(payload: TokenFixtures.payload("aud", value))) == problem)
  }
}
