import Postern
import Testing

@testable import Command

@Suite struct SettingTests {
  @Test(arguments: Setting.all)
  func everySettingHasOneLineOfHelp(_ setting: Setting) {
    #expect(setting.help.hasSuffix("."))
    #expect(!setting.help.contains("\n"))
    #expect(!setting.accepts.isEmpty)
  }

  @Test func defaultIsWordsOnlyWhereItDependsOnTheMachineOrTheSite() {
    #expect(
      Setting.all.filter { !$0.isStandardAValue }.map(\.key).sorted() == [
        "JWT_SECRET_KEY", "MAIL_DEFAULT_SENDER", "POSTERN_DATA_DIR", "POSTERN_ENV_FILE", "POSTERN_LISTEN",
        "POSTERN_PICTURES_DIR", "POSTERN_PUBLIC_URL", "POSTERN_SITE_NAME", "SECRET_KEY",
      ])
  }

  @Test func keysAreUnique() {
    #expect(Set(Setting.all.map(\.key)).count == Setting.all.count)
  }

  @Test(arguments: Setting.all.filter(\.isStandardAValue))
  func defaultIsAcceptedAndChangesNothing(_ setting: Setting) throws {
    var settings = Settings()
    try setting.apply(setting.standard, &settings)
    #expect(setting.written(settings) == setting.written(Settings()))
    #expect(setting.isStandard(setting.standard))
  }

  /// What the programs that Postern replaces read, and flask-jwt-extended's own.
  @Test(
    arguments: """
      SECRET_KEY JWT_SECRET_KEY SQLALCHEMY_DATABASE_URI AUTHSVC_URL_PREFIX AUTHSVC_RBAC_URL_PREFIX
      AUTHSVC_ADMIN_URL_PREFIX AUTHSVC_AUDIT_URL_PREFIX AUTHSVC_TABLE_PREFIX AUTHSVC_TOKEN_DELIVERY AUTHSVC_ENABLE_OAUTH
      AUTHSVC_ENABLE_MFA AUTHSVC_ENABLE_RBAC AUTHSVC_ENABLE_ADMIN AUTHSVC_ENABLE_AUDIT AUTHSVC_RBAC_ADMIN_ROLE
      AUTHSVC_RBAC_ADMIN_PERMISSION AUTHSVC_CACHE_PERMISSIONS AUTHSVC_PERMISSION_CACHE_TTL AUTHSVC_CACHE_USER_DATA
      AUTHSVC_CACHE_TIMEOUT AUTHSVC_SESSION_TIMEOUT_MINUTES AUTHSVC_SESSION_INACTIVITY_TIMEOUT
      AUTHSVC_SINGLE_SESSION_PER_USER AUTHSVC_REFRESH_REUSE_GRACE_SECONDS AUTHSVC_PURGE_REVOKED_AFTER_DAYS
      AUTHSVC_MAX_LOGIN_ATTEMPTS AUTHSVC_LOGIN_ATTEMPT_WINDOW AUTHSVC_ALLOWED_REDIRECT_URLS
      AUTHSVC_ALLOWED_REDIRECT_ORIGINS AUTHSVC_CORS_ORIGINS AUTHSVC_FORCE_HTTPS POST_LOGIN_REDIRECT_URL
      REQUIRE_EMAIL_VERIFICATION AUTHSVC_REQUIRE_VERIFIED JWT_TOKEN_LOCATION JWT_HEADER_NAME JWT_HEADER_TYPE
      JWT_ACCESS_TOKEN_EXPIRES JWT_REFRESH_TOKEN_EXPIRES JWT_COOKIE_SECURE JWT_COOKIE_HTTPONLY JWT_COOKIE_SAMESITE
      JWT_COOKIE_CSRF_PROTECT JWT_BLACKLIST_ENABLED GOOGLE_CLIENT_ID GOOGLE_CLIENT_SECRET GOOGLE_REDIRECT_URI
      MICROSOFT_CLIENT_ID MICROSOFT_CLIENT_SECRET MICROSOFT_REDIRECT_URI MAIL_SERVER MAIL_PORT MAIL_USE_TLS
      MAIL_USERNAME MAIL_PASSWORD CACHE_TYPE CACHE_REDIS_URL CACHE_DEFAULT_TIMEOUT RATELIMIT_ENABLED RATELIMIT_DEFAULT
      JWT_ALGORITHM JWT_ENCODE_ISSUER JWT_DECODE_ISSUER JWT_ENCODE_AUDIENCE JWT_DECODE_AUDIENCE JWT_DECODE_LEEWAY
      JWT_ACCESS_COOKIE_NAME JWT_REFRESH_COOKIE_NAME JWT_ACCESS_COOKIE_PATH JWT_REFRESH_COOKIE_PATH JWT_COOKIE_DOMAIN
      JWT_SESSION_COOKIE JWT_CSRF_IN_COOKIES JWT_ACCESS_CSRF_COOKIE_NAME JWT_REFRESH_CSRF_COOKIE_NAME
      JWT_ACCESS_CSRF_HEADER_NAME JWT_REFRESH_CSRF_HEADER_NAME JWT_CSRF_METHODS JWT_PRIVATE_KEY JWT_PUBLIC_KEY
      """.split(whereSeparator: \.isWhitespace).map(String.init))
  func keyOfTheProgramsBeforeIsKnown(_ key: String) {
    #expect(Setting.named(key)?.key == key)
  }

  @Test func patternStandsForANameOfTheSite() {
    #expect(Setting.named("OIDC_KEYCLOAK_CLIENT_ID")?.key == "OIDC_*_CLIENT_ID")
    #expect(Setting.named("OIDC__CLIENT_ID") == nil)
    #expect(Setting.named("OIDC_KEYCLOAK_CLIENT")?.key == nil)
  }

  @Test(arguments: [
    ("POSTERN_REGISTRTION", "POSTERN_REGISTRATION"), ("JWT_COOKIE_SAME_SITE", "JWT_COOKIE_SAMESITE"),
    ("AUTHSVC_TOKEN_DELIVREY", "AUTHSVC_TOKEN_DELIVERY"), ("POSTERN_ARGON_MEMORY", "POSTERN_ARGON2_MEMORY"),
  ])
  func unknownKeyHasANearestOne(key: String, nearest: String) {
    #expect(Setting.nearest(to: key) == nearest)
  }

  @Test(arguments: [("", "", 0), ("a", "", 1), ("abc", "abc", 0), ("abc", "acb", 1), ("kitten", "sitting", 3)])
  func distanceCountsLetters(left: String, right: String, distance: Int) {
    #expect(Setting.distance(left, right) == distance)
    #expect(Setting.distance(right, left) == distance)
  }
}

extension Setting: CustomTestStringConvertible {
  public var testDescription: String { key }
}
