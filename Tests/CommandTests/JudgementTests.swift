import Postern
import Testing

@testable import Command

/// Settings that do not go together stop the start; those that go together do not.
@Suite struct JudgementTests {
  private static let secret = "0123456789abcdef0123456789abcdef"
  private static let verified = [
    "POSTERN_REGISTRATION": "verified", "MAIL_SERVER": "localhost", "MAIL_DEFAULT_SENDER": "login@example.com",
  ]

  @Test(arguments: [
    (["JWT_COOKIE_SAMESITE": "None"], "JWT_COOKIE_CSRF_PROTECT"),
    (["JWT_COOKIE_SAMESITE": "None", "JWT_COOKIE_CSRF_PROTECT": "True", "JWT_COOKIE_SECURE": "False"], "SAMESITE"),
    (["POSTERN_PUBLIC_URL": "http://www.example.com"], "JWT_COOKIE_SECURE"),
    (["POSTERN_COOKIE_HOST_PREFIX": "True", "JWT_COOKIE_DOMAIN": "example.com"], "JWT_COOKIE_DOMAIN"),
    (["POSTERN_COOKIE_HOST_PREFIX": "True", "JWT_REFRESH_COOKIE_PATH": "/api"], "JWT_REFRESH_COOKIE_PATH"),
    (["POSTERN_COOKIE_HOST_PREFIX": "True", "JWT_COOKIE_SECURE": "False"], "JWT_COOKIE_SECURE"),
    (["JWT_ACCESS_COOKIE_NAME": "x", "JWT_REFRESH_COOKIE_NAME": "x"], "JWT_REFRESH_COOKIE_NAME"),
    (["JWT_ACCESS_COOKIE_NAME": "__Host-x"], "POSTERN_COOKIE_HOST_PREFIX"),
    (["POSTERN_PAGES_PREFIX": "/api/auth"], "both /api/auth"),
    (["POSTERN_PAGES_PREFIX": "/api"], "inside POSTERN_PAGES_PREFIX"),
    (["AUTHSVC_URL_PREFIX": "/auth/api"], "AUTHSVC_URL_PREFIX is /auth/api"),
    (["POST_LOGIN_REDIRECT_URL": "https://evil.example/"], "AUTHSVC_ALLOWED_REDIRECT_ORIGINS"),
    (["JWT_TOKEN_LOCATION": "headers"], "no token is read"),
    (["JWT_TOKEN_LOCATION": "cookies", "AUTHSVC_TOKEN_DELIVERY": "body_only"], "no token is read"),
    (["JWT_TOKEN_LOCATION": "[]"], "names no place"),
    (["JWT_ENCODE_ISSUER": "a", "JWT_DECODE_ISSUER": "b"], "JWT_DECODE_ISSUER"),
    (["SECRET_KEY": secret, "JWT_SECRET_KEY": secret], "are the same"),
    (["POSTERN_DEV": "True", "SECRET_KEY": "x", "JWT_SECRET_KEY": "x"], "are the same"),
    (["SECRET_KEY": "your-secret-key"], "is a placeholder"),
    (["JWT_SECRET_KEY": "your-jwt-secret-key"], "is a placeholder"),
    (["JWT_SECRET_KEY": "change-me"], "is a placeholder"),
    (["JWT_SECRET_KEY": "please-change-me-before-you-go-to-production"], "is a placeholder"),
    (["SECRET_KEY": "0123456789abcdef0123456789abcde"], "31 bytes"),
    (["SECRET_KEY": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"], "repeats itself"),
    (["POSTERN_ARGON2_MEMORY": "1024"], "7168"),
    (["POSTERN_LISTEN": "0.0.0.0:9000"], "POSTERN_ALLOWED_PEERS"),
    (["POSTERN_LISTEN": "unix:/a.sock,[2001:db8::1]:9000"], "POSTERN_ALLOWED_PEERS"),
    (["POSTERN_REGISTRATION": "open", "REQUIRE_EMAIL_VERIFICATION": "True"], "leave one of them out"),
    (["POSTERN_REGISTRATION": "open", "AUTHSVC_REQUIRE_VERIFIED": "True"], "AUTHSVC_REQUIRE_VERIFIED is True"),
    (["POSTERN_REGISTRATION": "verified", "REQUIRE_EMAIL_VERIFICATION": "False"], "leave one of them out"),
    (["REQUIRE_EMAIL_VERIFICATION": "True", "AUTHSVC_REQUIRE_VERIFIED": "False"], "differ"),
    (["REQUIRE_EMAIL_VERIFICATION": "False", "AUTHSVC_REQUIRE_VERIFIED": "True"], "differ"),
  ])
  func whatDoesNotGoTogetherIsAMistake(_ settings: [String: String], _ words: String) throws {
    let mistakes = try configuration(sound(with: settings)).mistakes
    #expect(mistakes.count == 1)
    #expect(mistakes.first?.contains(words) == true)
  }

  @Test(arguments: [
    ["JWT_COOKIE_SAMESITE": "None", "JWT_COOKIE_CSRF_PROTECT": "True"],
    ["POSTERN_COOKIE_HOST_PREFIX": "True"],
    ["POSTERN_PAGES_PREFIX": "/api/auth/pages"], ["POSTERN_PAGES_PREFIX": "/ap"],
    ["POSTERN_LISTEN": "127.0.0.1:9000,[::1]:9000"],
    ["POSTERN_LISTEN": "0.0.0.0:9000", "POSTERN_ALLOWED_PEERS": "10.0.0.1"],
    ["POST_LOGIN_REDIRECT_URL": "https://www.example.com/home"],
    ["POST_LOGIN_REDIRECT_URL": "https://x.example/", "AUTHSVC_ALLOWED_REDIRECT_ORIGINS": "https://x.example"],
    ["JWT_ENCODE_ISSUER": "a", "JWT_DECODE_ISSUER": "a"],
    ["SECRET_KEY": secret, "JWT_SECRET_KEY": "x" + secret],
    verified, ["POSTERN_CONFIRM": "session"], verified.merging(["REQUIRE_EMAIL_VERIFICATION": "True"]) { $1 },
    ["REQUIRE_EMAIL_VERIFICATION": "True", "AUTHSVC_REQUIRE_VERIFIED": "True"],
    ["POSTERN_REGISTRATION": "closed", "REQUIRE_EMAIL_VERIFICATION": "False"],
  ])
  func whatGoesTogetherIsSound(_ settings: [String: String]) throws {
    let result = try configuration(sound(with: settings))
    #expect(result.mistakes == [])
    #expect(result.warnings == [])
  }

  @Test(arguments: [
    (["POSTERN_PUBLIC_URL": "http://localhost:8080"], "plain http"),
    (["POSTERN_PUBLIC_URL": "http://127.0.0.1"], "plain http"),
    (["JWT_COOKIE_SECURE": "False"], "JWT_COOKIE_SECURE"),
    (["JWT_COOKIE_HTTPONLY": "False"], "JWT_COOKIE_HTTPONLY"),
    (["POSTERN_REGISTRATION": "open"], "protects nothing"),
    (["POSTERN_REGISTRATION": "verified"], "MAIL_SERVER is not set"),
    (verified.merging(["POSTERN_CONFIRM": "link"]) { $1 }, "POSTERN_CONFIRM is link"),
    (["JWT_TOKEN_LOCATION": "['headers']", "AUTHSVC_TOKEN_DELIVERY": "'body_only'"], "POSTERN_CONFIRM_URL"),
    (["JWT_REFRESH_TOKEN_EXPIRES": "60"], "JWT_REFRESH_TOKEN_EXPIRES"),
    (["AUTHSVC_TOKEN_DELIVERY": "dual", "JWT_TOKEN_LOCATION": "headers"], "JWT_TOKEN_LOCATION"),
    (["POSTERN_DEV": "True", "SECRET_KEY": "short", "POSTERN_ARGON2_MEMORY": "8"], "POSTERN_DEV"),
  ])
  func whatIsUnwiseIsWarnedOf(_ settings: [String: String], _ words: String) throws {
    let result = try configuration(sound(with: settings))
    #expect(result.mistakes == [])
    #expect(result.warnings.count == 1)
    #expect(result.warnings.first?.contains(words) == true)
  }

  /// No session before the address is proven: where nothing is said of registration, it follows.
  @Test(arguments: Configuration.provenAddressKeys) func provenAddressesAreAskedForFromTheStart(key: String) throws {
    let alone = try configuration(
      Self.verified.filter { $0.key != "POSTERN_REGISTRATION" }.merging(
        ["POSTERN_PUBLIC_URL": "https://www.example.com", key: "True"]) { $1 })
    #expect(alone.settings.registration == .verified)
    #expect(alone.mistakes == [])
    #expect(alone.warnings == [])
    #expect(alone.table().contains(#/POSTERN_REGISTRATION=verified +# environment/#))
    let closed = try configuration(sound(with: ["POSTERN_REGISTRATION": "closed", key: "True"]))
    #expect(closed.settings.registration == .closed)
    #expect(closed.settings.needsProvenAddress)
    #expect(closed.mistakes == [])
    #expect(try !configuration(sound(with: ["POSTERN_REGISTRATION": "closed"])).settings.needsProvenAddress)
  }

  @Test func valueThatCannotBeReadMakesNoFurtherMistake() throws {
    #expect(try configuration(["POSTERN_PUBLIC_URL": "?", "POSTERN_REGISTRATION": "closed"]).mistakes.count == 1)
  }
}
