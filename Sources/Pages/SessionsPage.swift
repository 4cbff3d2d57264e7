package import HTTP
package import Postern

/// One place where somebody is signed in.
package struct SessionView: Sendable {
  package var id: String
  /// What people call it, such as `Firefox on Windows`.
  package var device: String
  package var address: String
  package var lastActiveAt: Instant
  package var isCurrent: Bool

  package init(id: String, device: String, address: String, lastActiveAt: Instant, isCurrent: Bool) {
    self.id = id
    self.device = device
    self.address = address
    self.lastActiveAt = lastActiveAt
    self.isCurrent = isCurrent
  }
}

extension Pages {
  /// The buttons of other sessions post `session` to `account/sessions/end`, the one for all of them nothing to
  /// `account/sessions/end-others`.
  package static func sessions(_ site: Site, _ sessions: [SessionView]) -> Response {
    let hasOthers = sessions.contains { !$0.isCurrent }
    return Page(
      site: site, title: "Where you are signed in",
      content: """
        <ul class="sessions">
        \(sessions.map { row(site, $0) })
        </ul>
        \(hasOthers ? endOthers(site) : nil)
        <p class="soft">Is there one that you do not know? Sign it out, and \
        <a href="\(site.address(of: "account/password"))">change your password</a>.</p>
        """,
      isBelowAccount: true
    ).response
  }

  private static func row(_ site: Site, _ session: SessionView) -> HTML {
    """
    <li><div><p><strong><bdi>\(session.device)</bdi></strong>\
    \(session.isCurrent ? #" <span class="badge good">This one</span>"# as HTML : nil)</p>
    <p class="soft"><bdi>\(session.address)</bdi>, last used \(time(session.lastActiveAt))</p></div>
    \(session.isCurrent ? nil : end(site, session))</li>
    """
  }

  private static func end(_ site: Site, _ session: SessionView) -> HTML {
    """
    <form method="post" action="\(site.address(of: "account/sessions/end"))">
    \(HTML.hidden("session", session.id))
    <button type="submit" class="quiet" aria-label="Sign out \(session.device)">Sign out</button>
    </form>
    """
  }

  private static func endOthers(_ site: Site) -> HTML {
    """
    <form method="post" action="\(site.address(of: "account/sessions/end-others"))">
    <button type="submit" class="quiet">Sign out everywhere else</button>
    </form>
    """
  }
}
