/// Every setting, as a value: what each means, its unit, its default. The keys that set them, and how their texts are
/// read, are in `Command/Configuration`; `postern config show` prints what is in force.
package struct Settings: Sendable {
  // MARK: Addresses

  /// Origin of the site as people type it, such as `https://www.example.com`: links, redirects and the CSRF rule are
  /// made from it, never from a `Host` field. Required.
  package var publicURL = ""
  package var apiPrefix = "/api/auth"
  package var rbacPrefix = "/api/rbac"
  package var adminPrefix = "/api/admin"
  package var auditPrefix = "/api/audit"
  package var pagesPrefix = "/auth"
  /// Where a person goes after a login that named no `next`: a path on this site, or an allowed origin.
  package var postLoginRedirect = "/"
  /// Origins besides `publicURL` and `AUTH_SITE` to which `next` and `redirect_*` may lead.
  package var allowedRedirectOrigins: [String] = []
  /// Origins whose scripts may call the API with credentials. Never `*`.
  package var corsOrigins: [String] = []
  /// The name that pages show; empty: the host of `publicURL`.
  package var siteName = ""

  // MARK: Tokens and cookies

  package enum Delivery: String, Sendable, CaseIterable {
    case cookiesOnly = "cookies_only"
    case bodyOnly = "body_only"
    case dual
  }
  package var delivery = Delivery.cookiesOnly
  package enum TokenLocation: String, Sendable, CaseIterable { case cookies, headers }
  /// Where tokens are looked for; cookies go before headers whatever the order here.
  package var tokenLocations: [TokenLocation] = [.cookies, .headers]
  package var headerName = "Authorization"
  package var headerType = "Bearer"
  package var accessLifetime = Duration.seconds(900)
  package var refreshLifetime = Duration.seconds(2_592_000)
  /// What tokens are signed with.
  package var algorithm = TokenAlgorithm.hs256
  /// The private key that signs, where it is not made here: in PEM, or the absolute path of a file.
  package var privateKey: String?
  /// Further public keys whose tokens are taken, in the same forms.
  package var publicKeys: String?
  package var issuer: String?
  package var audience: String?
  /// How far another host's clock may be off when `exp` and `nbf` are judged.
  package var leeway = Duration.zero
  package var cookies = CookieSettings()
  /// Double submit on top of the Origin rule: `JWT_COOKIE_CSRF_PROTECT`.
  package var doubleSubmit = false

  // MARK: Sessions

  /// Longest life of a session; `nil`: as long as its refresh tokens follow one another.
  package var sessionTimeout: Duration?
  /// Longest time without a request; `nil`: the life of a refresh token.
  package var sessionInactivity: Duration?
  package var singleSessionPerUser = false
  /// For how long after a rotation the refresh token before it still yields the new generation.
  package var refreshGrace = Duration.seconds(30)

  // MARK: Signing in

  package enum Registration: String, Sendable, CaseIterable {
    case open, verified, closed

    /// Whether people may make accounts for themselves.
    package var isForAnybody: Bool { self != .closed }
  }
  package var registration = Registration.open
  /// Nobody is signed in before their address is proven. Under `verified` registration that holds anyway.
  package var requiresProvenAddress = false
  package enum Confirmation: String, Sendable, CaseIterable { case session, link }
  /// What proves an address: the mailed link with session or password of the account, or the link alone.
  package var confirmation = Confirmation.session
  /// Wrong passwords per account and network before whoever comes from there has to wait (`LoginAttempts`).
  package var maxLoginAttempts = 5
  /// The longest wait, and after how long without a failure all is forgotten.
  package var loginAttemptWindow = Duration.seconds(1800)
  package var argon2 = Argon2Settings()
  package var limits = LimitSettings()
  package var secondFactors = SecondFactorSettings()
  package var passkeys = PasskeySettings()

  // MARK: Mail

  package var mail = MailSettings()

  // MARK: Server

  /// Addresses to listen on: `unix:/path` or `127.0.0.1:9000`.
  package var listen: [String] = []
  package var socketMode: UInt32 = 0o660
  package var socketGroup: String?
  /// Peers that may connect over TCP beyond loopback, as addresses.
  package var allowedPeers: [String] = []
  package var reactors = 0
  package var workers = 0
  /// Passwords hashed at once; each takes `argon2.memory`.
  package var hashers = 0
  /// Requests that may wait for a worker, per lane.
  package var queueLength = 256

  // MARK: Storage, secrets and log

  package var dataDirectory = ""
  /// The folder of pictures; as it is written `nil` for `pictures` in `dataDirectory`, absolute once the settings are
  /// read.
  package var picturesDirectory: String?
  /// Path of the SQLite file; relative to `dataDirectory` as it is written, absolute once the settings are read.
  package var databasePath = "postern.db"
  package var secretKey: [UInt8] = []
  package var jwtSecretKey: [UInt8] = []
  /// Whether the configuration has set `jwtSecretKey`, and only it can change it.
  package var isJWTSecretKeyGiven = false
  package enum LogFormat: String, Sendable, CaseIterable { case text, json }
  package var logFormat = LogFormat.text
  /// The least that is logged.
  package var logLevel = LogLevel.info
  /// Takes short secrets and the placeholders of documentation: for development only.
  package var isDevelopment = false

  package init() {}
}

extension Settings {
  /// Whether such an account may have sessions and API tokens that are good.
  package func admits(_ account: Account) -> Bool {
    account.isActive && (account.isVerified || !needsProvenAddress)
  }

  package var needsProvenAddress: Bool { registration == .verified || requiresProvenAddress }
}

package struct CookieSettings: Sendable {
  package var accessName = "access_token_cookie"
  package var refreshName = "refresh_token_cookie"
  package var accessPath = "/"
  package var refreshPath = "/"
  package var domain: String?
  package var isSecure = true
  package var isHTTPOnly = true
  /// `Strict`, `Lax` or `None`.
  package var sameSite = "Strict"
  /// Prefixes both names with `__Host-`, which no sibling host can toss (RFC 6265bis, section 4.1.3.2).
  package var hostPrefix = false
  /// Cookies end with the browser's session, unless the person has chosen otherwise; else they carry the token's life
  /// as `Max-Age`.
  package var endWithBrowser = true
  /// Under double submit: the cookies that scripts read, and the fields in which they repeat them.
  package var accessCSRFName = "csrf_access_token"
  package var refreshCSRFName = "csrf_refresh_token"
  package var accessCSRFHeader = "X-CSRF-TOKEN"
  package var refreshCSRFHeader = "X-CSRF-TOKEN"

  package init() {}
}

package struct SecondFactorSettings: Sendable, Equatable {
  /// Whether accounts that have one are asked for it, and people may add one.
  package var isEnabled = false
  /// Whether people may choose that codes are mailed to them.
  package var allowsEmail = true
  /// For how long a browser may be trusted; zero: none is.
  package var trustedBrowserLifetime = Duration.seconds(30 * 86_400)

  package init() {}
}

package struct PasskeySettings: Sendable, Equatable {
  /// Whether people may sign in with passkeys, and add some.
  package var areEnabled = true
  /// Whether an authenticator has to see who it is, by a PIN or a finger, before it signs somebody in (WebAuthn,
  /// section 5.8.6).
  package enum UserVerification: String, Sendable, CaseIterable { case required, preferred, discouraged }
  package var userVerification = UserVerification.required

  package init() {}
}

/// Argon2id's cost (RFC 9106, section 4; the default is the OWASP's first choice for a server).
package struct Argon2Settings: Sendable, Equatable {
  /// KiB.
  package var memory: UInt32 = 19_456
  package var passes: UInt32 = 2
  package var lanes: UInt32 = 1

  package init() {}
}
