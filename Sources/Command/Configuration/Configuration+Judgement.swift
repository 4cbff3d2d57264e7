import Cryptography
import FastCGI
import Postern

extension Configuration {
  /// What no single value shows: each check names the keys that do not go together, and what would.
  mutating func judge() {
    judgeAddresses()
    judgeCookies()
    judgeTokens()
    judgeKeys()
    judgeSecrets()
    judgeServer()
    judgeRegistration()
    judgeMail()
    if settings.isDevelopment { warnings.append("POSTERN_DEV is on: for development only, never where people sign in") }
  }

  private mutating func judgeAddresses() {
    if settings.publicURL.isEmpty, isSound("POSTERN_PUBLIC_URL") {
      mistakes.append(
        "POSTERN_PUBLIC_URL is missing: the site's origin as people type it, such as https://www.example.com; it "
          + "belongs into the environment, or into .env here or /etc/postern/postern.env")
    }
    let prefixes = [
      ("AUTHSVC_URL_PREFIX", settings.apiPrefix), ("AUTHSVC_RBAC_URL_PREFIX", settings.rbacPrefix),
      ("AUTHSVC_ADMIN_URL_PREFIX", settings.adminPrefix), ("AUTHSVC_AUDIT_URL_PREFIX", settings.auditPrefix),
      ("POSTERN_PAGES_PREFIX", settings.pagesPrefix),
    ]
    for (index, (key, prefix)) in prefixes.enumerated() {
      for (other, taken) in prefixes[..<index] where prefix == taken {
        mistakes.append("\(other) and \(key) are both \(prefix): each needs a place of its own")
      }
    }
    // What lies under the pages is a page: its forms rely on the origin, and no double submit is asked of them.
    let pages = settings.pagesPrefix + "/"
    if let (key, prefix) = prefixes.first(where: { $0.1.utf8.starts(with: pages.utf8) }) {
      mistakes.append(
        "\(key) is \(prefix), inside POSTERN_PAGES_PREFIX (\(settings.pagesPrefix)): the API would be pages")
    }
    let destination = settings.postLoginRedirect
    if isSound("AUTHSVC_ALLOWED_REDIRECT_ORIGINS"),
      ReturnAddress(destination, origins: settings.allowedRedirectOrigins + [settings.publicURL]) == nil
    {
      mistakes.append(
        "POST_LOGIN_REDIRECT_URL leads to \(destination), which is neither POSTERN_PUBLIC_URL nor in "
          + "AUTHSVC_ALLOWED_REDIRECT_ORIGINS")
    }
  }

  private mutating func judgeCookies() {
    let cookies = settings.cookies
    let isPlain = settings.publicURL.hasPrefix("http://")
    if cookies.isSecure, isPlain {
      if ["localhost", "127.0.0.1", "[::1]"].contains(Origin(of: settings.publicURL)?.host) {
        warnings.append(
          "JWT_COOKIE_SECURE is True and POSTERN_PUBLIC_URL plain http: browsers keep such cookies for this machine "
            + "itself (Safari does not)")
      } else {
        mistakes.append(
          "JWT_COOKIE_SECURE is True and POSTERN_PUBLIC_URL is \(settings.publicURL): browsers drop such cookies "
            + "there; serve the site over https")
      }
    }
    if !cookies.isSecure, settings.publicURL.hasPrefix("https://") {
      warnings.append("JWT_COOKIE_SECURE is False: the cookies also travel over plain http, for everybody to read")
    }
    if !cookies.isHTTPOnly { warnings.append("JWT_COOKIE_HTTPONLY is False: any script on the site reads the tokens") }
    if cookies.sameSite == "None" {
      if !settings.doubleSubmit {
        mistakes.append("JWT_COOKIE_SAMESITE is None: that needs JWT_COOKIE_CSRF_PROTECT=True")
      }
      if !cookies.isSecure {
        mistakes.append("JWT_COOKIE_SAMESITE is None: browsers take that with JWT_COOKIE_SECURE=True only")
      }
    }
    if cookies.hostPrefix {
      // RFC 6265bis, section 4.1.3.2: what a browser demands of such a cookie.
      if cookies.domain != nil { mistakes.append("POSTERN_COOKIE_HOST_PREFIX does not go with JWT_COOKIE_DOMAIN") }
      if !cookies.isSecure { mistakes.append("POSTERN_COOKIE_HOST_PREFIX needs JWT_COOKIE_SECURE=True") }
      for (key, path) in [
        ("JWT_ACCESS_COOKIE_PATH", cookies.accessPath), ("JWT_REFRESH_COOKIE_PATH", cookies.refreshPath),
      ] where path != "/" {
        mistakes.append("POSTERN_COOKIE_HOST_PREFIX does not go with \(key)=\(path): it needs /")
      }
    }
    if cookies.accessName == cookies.refreshName {
      mistakes.append("JWT_ACCESS_COOKIE_NAME and JWT_REFRESH_COOKIE_NAME are both \(cookies.accessName)")
    }
    for (key, name) in [
      ("JWT_ACCESS_COOKIE_NAME", cookies.accessName), ("JWT_REFRESH_COOKIE_NAME", cookies.refreshName),
    ] where name.hasPrefix("__") {
      mistakes.append("\(key) is \(name): for the prefix __Host- there is POSTERN_COOKIE_HOST_PREFIX")
    }
  }

  private mutating func judgeTokens() {
    if isSound("JWT_TOKEN_LOCATION"), isSound("AUTHSVC_TOKEN_DELIVERY") {
      if settings.tokenLocations.isEmpty {
        mistakes.append("JWT_TOKEN_LOCATION names no place: cookies, headers or both")
      } else if settings.delivery == .cookiesOnly, !settings.tokenLocations.contains(.cookies) {
        mistakes.append(
          "AUTHSVC_TOKEN_DELIVERY is cookies_only, and JWT_TOKEN_LOCATION has no cookies: no token is read")
      } else if settings.delivery == .bodyOnly, !settings.tokenLocations.contains(.headers) {
        mistakes.append("AUTHSVC_TOKEN_DELIVERY is body_only, and JWT_TOKEN_LOCATION has no headers: no token is read")
      } else if settings.delivery == .dual, !settings.tokenLocations.contains(.cookies) {
        warnings.append("JWT_TOKEN_LOCATION has no cookies: whoever signs in on a page is signed in nowhere")
      }
    }
    for name in ["ISSUER", "AUDIENCE"] {
      let (encode, decode) = ("JWT_ENCODE_\(name)", "JWT_DECODE_\(name)")
      if let written = given[encode]?.text, let read = given[decode]?.text, written != read {
        mistakes.append("\(encode) and \(decode) differ: Postern would refuse its own tokens")
      }
    }
    if settings.refreshLifetime < settings.accessLifetime {
      warnings.append("JWT_REFRESH_TOKEN_EXPIRES is less than JWT_ACCESS_TOKEN_EXPIRES")
    }
  }

  private mutating func judgeKeys() {
    do throws(Failure) {
      if let key = try ConfiguredKeys.privateKey(settings) {
        if settings.algorithm == .hs256 {
          warnings.append("JWT_PRIVATE_KEY is not used: JWT_ALGORITHM is HS256, which signs with JWT_SECRET_KEY")
        } else if key.algorithm != settings.algorithm, isSound("JWT_ALGORITHM") {
          mistakes.append(
            "JWT_PRIVATE_KEY is a key for \(key.algorithm.rawValue), and JWT_ALGORITHM is \(settings.algorithm.rawValue)"
          )
        }
      }
    } catch { mistakes += error.sentences }
    do throws(Failure) { _ = try ConfiguredKeys.publicKeys(settings) } catch { mistakes += error.sentences }
  }

  private mutating func judgeSecrets() {
    if !settings.secretKey.isEmpty, settings.secretKey == settings.jwtSecretKey {
      mistakes.append(
        "SECRET_KEY and JWT_SECRET_KEY are the same: whoever may check tokens could make everything else")
    }
    if settings.isDevelopment { return }
    for (key, secret) in [("SECRET_KEY", settings.secretKey), ("JWT_SECRET_KEY", settings.jwtSecretKey)]
    where !secret.isEmpty {
      if let weakness = Configuration.weakness(of: secret) {
        mistakes.append(
          "\(key) (\(from(key))) \(weakness); take the output of `openssl rand -hex 32`, or leave the key out, and "
            + "one is made")
      }
    }
    if settings.argon2.memory < 7_168, isSound("POSTERN_ARGON2_MEMORY") {
      mistakes.append("POSTERN_ARGON2_MEMORY is \(settings.argon2.memory): less than 7168 KiB is for POSTERN_DEV=True")
    }
  }

  /// Why such a secret could be guessed; `nil` when nothing speaks for it.
  static func weakness(of secret: [UInt8]) -> String? {
    let text = String(decoding: secret, as: UTF8.self).lowercased()
    let placeholders = ["your-", "your_", "change-", "change_", "changeme", "secret-key", "secret_key", "placeholder"]
    if placeholders.contains(where: text.contains) || text == "secret" { return "is a placeholder" }
    if secret.count < 32 { return "has \(secret.count) bytes: at least 32 are needed" }
    if Set(secret).count < 8 { return "repeats itself" }
    return nil
  }

  private mutating func judgeServer() {
    for address in settings.listen where settings.allowedPeers.isEmpty && isSound("POSTERN_ALLOWED_PEERS") {
      if let listener = ListeningAddress(address), !listener.isLocal {
        mistakes.append(
          "POSTERN_LISTEN is \(address), beyond this machine: name the web servers in POSTERN_ALLOWED_PEERS, since "
            + "whoever speaks FastCGI to Postern is believed")
      }
    }
    let argon2 = settings.argon2
    if argon2.memory < 8 * argon2.lanes {
      // RFC 9106, section 3.1.
      mistakes.append("POSTERN_ARGON2_MEMORY must be at least 8 times POSTERN_ARGON2_LANES")
    }
  }

  private mutating func judgeRegistration() {
    let names = Configuration.provenAddressKeys
    let truths = names.compactMap { given[$0] }.compactMap { try? Form.truth.read($0.text) }
    if Set(truths).count > 1 { mistakes.append("\(names.joined(separator: " and ")) differ: leave one of them out") }
    let isChosen = given["POSTERN_REGISTRATION"] != nil
    if settings.requiresProvenAddress, !isChosen { settings.registration = .verified }
    if let key = names.first(where: { given[$0] != nil }), names.allSatisfy(isSound), isSound("POSTERN_REGISTRATION") {
      switch (settings.registration, settings.requiresProvenAddress) {
      case (.open, true):
        mistakes.append(
          "POSTERN_REGISTRATION is open, which signs people in at once, and \(key) is True: leave one of them out")
      case (.verified, false):
        mistakes.append("POSTERN_REGISTRATION is verified, and \(key) is False: leave one of them out")
      case (.open, false), (.verified, true), (.closed, _): break
      }
    }
    if settings.registration == .open, isSound("POSTERN_REGISTRATION") {
      warnings.append(
        "POSTERN_REGISTRATION is open: anybody can make an account, so `signed-in` in AUTH_REQUIRE protects nothing")
    }
    if settings.confirmation == .link {
      warnings.append(
        "POSTERN_CONFIRM is link: a stranger who registers somebody's address first, with a password of their own, has "
          + "it proven as soon as that person, or a program that looks through their mail, follows the link")
    }
  }
}
