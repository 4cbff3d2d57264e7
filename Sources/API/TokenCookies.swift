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
    fields.append(
      "Set-Cookie", cookie(.refresh, tokens.refresh, maxAge: tokens.isPersistent ? tokens.refreshLife : nil))
    if let csrf = tokens.refreshCSRF { fields.append("Set-Cookie", csrfCookie(.refresh, csrf, tokens)) }
    if let browser = tokens.browser { fields.append("Set-Cookie", browserCookie(browser)) }
    return fields
  }

  /// The fields for the access token alone.
  func accessFields(for tokens: IssuedTokens) -> Fields {
    var fields = Fields()
    fields.append("Set-Cookie", accessCookie(tokens))
    if let csrf = tokens.accessCSRF { fields.append("Set-Cookie", csrfCookie(.access, csrf, tokens)) }
    return fields
  }

  /// The value of the `Set-Cookie` field for the access token.
  func accessCookie(_ tokens: IssuedTokens) -> String {
    cookie(.access, tokens.access, maxAge: tokens.isPersistent ? tokens.accessLife : nil)
  }

  /// The fields that make a browser forget all of them.
  var removal: Fields {
    var fields = Fields()
    for kind in [TokenClaims.Kind.access, .refresh] {
      fields.append("Set-Cookie", tokenCookie(kind).removal)
      if settings.doubleSubmit { fields.append("Set-Cookie", csrfCookie(kind).removal) }
    }
    return fields
  }

  private func cookie(_ kind: TokenClaims.Kind, _ token: String, maxAge: Int64?) -> String {
    var cookie = tokenCookie(kind)
    cookie.value = token
    cookie.maxAge = maxAge
    return cookie.field
  }

  /// It lives as long as the session's tokens, whichever it belongs to: its value never changes, and a web server that
  /// hands a renewed access token on does not hand this on.
  private func csrfCookie(_ kind: TokenClaims.Kind, _ value: String, _ tokens: IssuedTokens) -> String {
    var cookie = csrfCookie(kind)
    cookie.value = value
    cookie.maxAge = tokens.isPersistent ? tokens.refreshLife : nil
    return cookie.field
  }

  /// Name of the cookie by which a browser that has signed in before is told from one that has not.
  var browserName: String { settings.cookies.hostPrefix ? "__Host-postern_browser" : "postern_browser" }

  /// It outlives the sign-out and is never taken back: that is what it is for.
  private func browserCookie(_ text: String) -> String {
    var cookie = tokenCookie(.access)
    cookie.name = browserName
    cookie.value = text
    cookie.path = "/"
    cookie.isHTTPOnly = true
    cookie.maxAge = BrowserMark.life
    return cookie.field
  }

  private func tokenCookie(_ kind: TokenClaims.Kind) -> Cookie {
    Cookie(
      name: name(of: kind), value: "",
      path: kind == .access ? settings.cookies.accessPath : settings.cookies.refreshPath,
      domain: settings.cookies.domain, isSecure: settings.cookies.isSecure,
      isHTTPOnly: settings.cookies.isHTTPOnly, sameSite: Cookie.SameSite(rawValue: settings.cookies.sameSite))
  }

  /// The cookie that a script reads and repeats in a header.
  private func csrfCookie(_ kind: TokenClaims.Kind) -> Cookie {
    var cookie = tokenCookie(kind)
    cookie.name = kind == .access ? settings.cookies.accessCSRFName : settings.cookies.refreshCSRFName
    cookie.path = "/"
    cookie.isHTTPOnly = false
    return cookie
  }
}
