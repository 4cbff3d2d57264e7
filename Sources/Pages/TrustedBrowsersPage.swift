package import HTTP
package import Postern

/// A browser that is not asked for a second factor.
package struct TrustedBrowserView: Sendable {
  package var id: String
  /// What people call it, such as `Firefox on Windows`.
  package var device: String
  package var address: String
  package var expiresAt: Instant
  package var isCurrent: Bool

  package init(id: String, device: String, address: String, expiresAt: Instant, isCurrent: Bool = false) {
    self.id = id
    self.device = device
    self.address = address
    self.expiresAt = expiresAt
    self.isCurrent = isCurrent
  }
}

extension Pages {
  /// Its buttons post `browser`, or for all of them nothing, to `account/security/browsers/end`.
  package static func trustedBrowsers(_ site: Site, _ browsers: [TrustedBrowserView]) -> Response {
    Page(
      site: site, title: "Trusted browsers",
      content: """
        <p>\(browsers.isEmpty ? "There are none: every browser is" : "These are not") asked for a second factor when \
        you sign in.</p>
        <ul class="sessions">
        \(browsers.map { row(site, $0) })
        </ul>
        \(browsers.count > 1 ? endAll(site) : nil)
        """,
      isBelowSecurity: true
    ).response
  }

  private static func row(_ site: Site, _ browser: TrustedBrowserView) -> HTML {
    """
    <li><div><p><strong><bdi>\(browser.device)</bdi></strong>\
    \(browser.isCurrent ? #" <span class="badge good">This one</span>"# as HTML : nil)</p>
    <p class="soft"><bdi>\(browser.address)</bdi>, until \(time(browser.expiresAt))</p></div>
    <form method="post" action="\(site.address(of: "account/security/browsers/end"))">
    \(HTML.hidden("browser", browser.id))
    <button type="submit" class="quiet" aria-label="No longer trust \(browser.device)">End</button>
    </form></li>
    """
  }

  private static func endAll(_ site: Site) -> HTML {
    """
    <form method="post" action="\(site.address(of: "account/security/browsers/end"))">
    <button type="submit" class="quiet">End all of them</button>
    </form>
    """
  }
}
