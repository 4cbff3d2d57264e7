import HTTP
import Postern

/// The cookies around the second step of a sign-in, as the settings make them. None of them signs anybody in.
struct SecondStepCookies: Sendable {
  private let settings: Settings

  init(_ settings: Settings) { self.settings = settings }

  /// Name of the one that a browser has between the two steps.
  var signInName: String { name("postern_sign_in") }

  /// What ties the ticket to the browser; for pages, which have nowhere else to keep it, with the ticket itself.
  func signIn(_ pending: PendingSignIn, withTicket: Bool) -> String {
    var cookie = cookie(signInName)
    cookie.value = withTicket ? "\(pending.browserSecret).\(pending.ticket)" : pending.browserSecret
    cookie.maxAge = PendingSignIn.life
    return cookie.field
  }

  /// The field that makes a browser forget it.
  var signInRemoval: String { cookie(signInName).removal }

  /// Name of the one of a browser that is not asked for a second factor.
  var trustedName: String { name("postern_trusted") }

  /// It outlives the sign-out: that is what it is for.
  func trusted(_ trust: (text: String, life: Int64)) -> String {
    var cookie = cookie(trustedName)
    cookie.value = trust.text
    cookie.maxAge = trust.life
    return cookie.field
  }

  var trustedRemoval: String { cookie(trustedName).removal }

  private func name(_ name: String) -> String { settings.cookies.hostPrefix ? "__Host-\(name)" : name }

  private func cookie(_ name: String) -> Cookie {
    Cookie(
      name: name, value: "", path: "/", domain: settings.cookies.domain, isSecure: settings.cookies.isSecure,
      isHTTPOnly: true, sameSite: Cookie.SameSite(rawValue: settings.cookies.sameSite))
  }
}
