import HTTP
import Pages
import Postern
import Testing

@Suite struct HeaderTests {
  /// What a page may load, ask and be shown in, besides its own files as the case may be.
  private func policy(pictures: String = "", connects: Bool = false) -> String {
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'\(pictures); font-src 'self'; "
      + (connects ? "connect-src 'self'; " : "") + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
  }

  private func lines(_ response: Response) -> [String] {
    String(decoding: response.fields.lines, as: UTF8.self).split(separator: "\r\n").map(String.init)
  }

  /// An application may open these in a window of its own: what leads to a sign-in, and what leads back from it.
  @Test func everyPageCarriesExactlyTheseFields() throws {
    for (name, response) in everyPage() {
      let forms = try response.markup().all("form")
      let policy = policy(
        pictures: name.hasPrefix("picture") ? " blob:" : "",
        connects: forms.contains { $0.attributes["data-passkey"] != nil })
      var expected = [
        "Content-Type: text/html; charset=utf-8",
        "Cache-Control: no-store",
        "Content-Security-Policy: \(policy)",
        "X-Content-Type-Options: nosniff",
        "X-Frame-Options: DENY",
        "Referrer-Policy: same-origin",
        "Permissions-Policy: camera=(), geolocation=(), microphone=(), payment=(), usb=()",
      ]
      let isOpenedByApplications = [
        "login", "step-up", "register", "reload", "going on", "second step", "TOTP as a second step",
      ].contains {
        name == $0 || name.hasPrefix("\($0),") || name == "login after a reset"
      }
      if !isOpenedByApplications { expected.append("Cross-Origin-Opener-Policy: same-origin") }
      #expect(lines(response) == expected, "\(name)")
    }
  }

  private func formAction(_ response: Response) -> String? {
    response.fields["Content-Security-Policy"]?.split(separator: ";").map { $0.drop { $0 == " " } }
      .first { $0.hasPrefix("form-action ") }.map(String.init)
  }

  @Test func aFormMayLeadToTheOriginOfNext() throws {
    let next = try #require(ReturnAddress("https://App.example.com:8443/x", origins: ["https://app.example.com:8443"]))
    let site = Site(name: "x")
    #expect(formAction(Pages.login(site, LoginForm(next: next))) == "form-action 'self' https://app.example.com:8443")
    #expect(
      formAction(Pages.register(site, RegisterForm(next: next))) == "form-action 'self' https://app.example.com:8443")
  }

  @Test func withoutNextAFormMayLeadToTheOriginOfHome() throws {
    let site = Site(name: "x", home: "https://www.example.com/start")
    #expect(formAction(Pages.login(site, LoginForm())) == "form-action 'self' https://www.example.com")
    let next = ReturnAddress("/here", origins: [])
    #expect(formAction(Pages.login(site, LoginForm(next: next))) == "form-action 'self'")
  }

  @Test func aPageOnAnotherHostTakesItsFilesFromTheirOwn() throws {
    var settings = Settings()
    settings.publicURL = "https://login.example.com"
    let site = Site(settings, onOtherHost: true)
    let response = Pages.forbidden(site, ForbiddenView(email: "a@example.com", reason: "No.", next: nil))
    let policy = try #require(response.fields["Content-Security-Policy"])
    #expect(policy.contains("style-src 'self' https://login.example.com;"))
    #expect(policy.contains("img-src 'self' https://login.example.com;"))
    for link in try response.markup().tags.compactMap({ $0.attributes["href"] ?? $0.attributes["src"] }) {
      #expect(link.hasPrefix("https://login.example.com/"))
    }
  }

  @Test func aSiteWithoutANameIsCalledByItsHost() {
    var settings = Settings()
    settings.publicURL = "https://www.example.com:8443"
    settings.siteName = ""
    #expect(Site(settings).name == "www.example.com")
    settings.siteName = "Harbour Library"
    #expect(Site(settings).name == "Harbour Library")
  }
}
