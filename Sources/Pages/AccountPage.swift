package import HTTP
package import Postern

/// Who somebody is, for their own eyes.
package struct AccountView: Sendable {
  package var email: String
  package var name: String
  package var role: String?
  package var isVerified: Bool
  package var signedInSince: Instant
  /// How the person proved who they are (RFC 8176).
  package var methods: [String]
  /// Where they are signed in, this browser included.
  package var sessions: [SessionView]
  package var password: PasswordForm

  package init(
    email: String, name: String, role: String?, isVerified: Bool, signedInSince: Instant, methods: [String],
    sessions: [SessionView] = [], password: PasswordForm = PasswordForm()
  ) {
    self.email = email
    self.name = name
    self.role = role
    self.isVerified = isVerified
    self.signedInSince = signedInSince
    self.methods = methods
    self.sessions = sessions
    self.password = password
  }
}

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
  /// The sign-out button posts nothing to `logout`; the ones of other sessions post `session` to
  /// `account/sessions/end`, and the one for all of them nothing to `account/sessions/end-others`.
  package static func account(_ site: Site, _ view: AccountView, status: Int = 200) -> Response {
    let badge: HTML =
      view.isVerified
      ? #"<span class="badge good">Confirmed</span>"# : #"<span class="badge">Not confirmed</span>"#
    return Page(
      site: site, status: status, title: "Your account",
      content: """
        \(HTML.notice(view.password.isChanged ? PasswordForm.changed : nil))
        <dl>
        \(view.name.isEmpty ? nil : "<dt>Name</dt><dd><bdi>\(view.name)</bdi></dd>" as HTML)
        <dt>E-mail</dt><dd><bdi>\(view.email)</bdi> \(badge)</dd>
        \(view.role.map { "<dt>Role</dt><dd><bdi>\($0)</bdi></dd>" as HTML })
        <dt>Signed in since</dt><dd>\(time(view.signedInSince))</dd>
        <dt>Signed in with</dt><dd>\(methods(view.methods))</dd>
        </dl>
        <form method="post" action="\(site.address(of: "logout"))">
        <button type="submit">Sign out</button>
        </form>
        \(sessions(site, view.sessions))
        \(view.password.html(site, email: view.email))
        <p><a href="\(site.address(of: "account/tokens"))">API tokens</a> for git, scripts and other programs</p>
        <p class="aside"><a href="\(site.home)">Back to \(site.name)</a></p>
        """
    ).response
  }

  private static func sessions(_ site: Site, _ sessions: [SessionView]) -> HTML? {
    if sessions.isEmpty { return nil }
    let hasOthers = sessions.contains { !$0.isCurrent }
    return """
      <h2>Where you are signed in</h2>
      <ul class="sessions">
      \(sessions.map { row(site, $0) })
      </ul>
      \(hasOthers ? endOthers(site) : nil)
      """
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

  /// In UTC; the script shows it in the person's own zone.
  static func time(_ instant: Instant) -> HTML {
    let text = instant.iso8601
    let months = [
      "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
      "December",
    ]
    let date = text.prefix(10).split(separator: "-").compactMap { Int($0) }
    let words = "\(date[2]) \(months[date[1] - 1]) \(date[0]), \(text.dropFirst(11).prefix(5)) UTC"
    return #"<time datetime="\#(String(text.prefix(19)))Z">\#(words)</time>"#
  }

  private static func methods(_ names: [String]) -> String {
    let words = names.compactMap { name -> String? in
      switch name {
      case "pwd": "password"
      case "otp": "one-time code"
      case "hwk", "swk": "passkey"
      case "mfa": nil
      default: name
      }
    }
    let sentence = words.joined(separator: " and ")
    return sentence.prefix(1).uppercased() + sentence.dropFirst()
  }
}
