import HTTP
import Postern

/// The cookies that carry tokens, as the settings make them.
struct TokenCookies: Sendable {
  private let settings: Settings

  init(_ settings: Settings) { self.settings = settings }

  func name(of kind: TokenClaims.Kind) -> String {
    let name = kind == .access ? settings.cookies.accessName : settings.cookies.refreshName
    return settings.cookies.hostPrefix ? "__Host-\(name)" : name
  }

  /// The fields that hand tokens to a browser.
  func fields(for tokens: IssuedTokens) -> Fields {
    var fields = accessFields(for: tokens)
    fields.append("Set-Cookie", cookie(.refresh, tokens.refresh, life: tokens.refreshLife).field)
    if let csrf = tokens.refreshCSRF {
      fields.append("Set-Cookie", csrfCookie(.refresh, csrf, life: tokens.refreshLife).field)
    }
    return fields
  }

  /// The fields for the access token alone.
  func accessFields(for tokens: IssuedTokens) -> Fields {
    var fields = Fields()
    fields.append("Set-Cookie", accessCookie(tokens))
    if let csrf = tokens.accessCSRF {
      fields.append("Set-Cookie", csrfCookie(.access, csrf, life: tokens.accessLife).field)
    }
    return fields
  }

  /// The value of the `Set-Cookie` field for the access token.
  func accessCookie(_ tokens: IssuedTokens) -> String { cookie(.access, tokens.access, life: tokens.accessLife).field }

  /// The fields that make a browser forget all of them.
  var removal: Fields {
    var fields = Fields()
    for kind in [TokenClaims.Kind.access, .refresh] {
      fields.append("Set-Cookie", cookie(kind, "", life: 0).removal)
      if settings.doubleSubmit { fields.append("Set-Cookie", csrfCookie(kind, "", life: 0).removal) }
    }
    return fields
  }

  private func cookie(_ kind: TokenClaims.Kind, _ token: String, life: Int64) -> Cookie {
    Cookie(
      name: name(of: kind), value: token,
      path: kind == .access ? settings.cookies.accessPath : settings.cookies.refreshPath,
      domain: settings.cookies.domain, isSecure: settings.cookies.isSecure,
      isHTTPOnly: settings.cookies.isHTTPOnly, sameSite: Cookie.SameSite(rawValue: settings.cookies.sameSite),
      maxAge: settings.cookies.endWithBrowser ? nil : life)
  }

  /// The cookie that a script reads and repeats in a header.
  private func csrfCookie(_ kind: TokenClaims.Kind, _ value: String, life: Int64) -> Cookie {
    var cookie = cookie(kind, value, life: life)
    cookie.name = kind == .access ? "csrf_access_token" : "csrf_refresh_token"
    cookie.path = "/"
    cookie.isHTTPOnly = false
    return cookie
  }
}
