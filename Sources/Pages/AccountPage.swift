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
  /// In how many places they are signed in, this one included.
  package var sessions: Int
  package var apiTokens: Int
  /// Whether it has a second factor or a passkey; `nil` where the site offers none.
  package var hasFactor: Bool?
  /// Where their picture is; `nil`: there is none.
  package var picture: String?
  package var notice: AccountNotice?

  package init(
    email: String, name: String, role: String?, isVerified: Bool, signedInSince: Instant, methods: [String],
    sessions: Int = 1, apiTokens: Int = 0, hasFactor: Bool? = nil, picture: String? = nil,
    notice: AccountNotice? = nil
  ) {
    self.email = email
    self.name = name
    self.role = role
    self.isVerified = isVerified
    self.signedInSince = signedInSince
    self.methods = methods
    self.sessions = sessions
    self.apiTokens = apiTokens
    self.hasFactor = hasFactor
    self.picture = picture
    self.notice = notice
  }
}

/// What has been done just now. The raw value is the `done` in the address of the page that says so.
package enum AccountNotice: String, Sendable, CaseIterable {
  case profile
  case password
  /// The address has been confirmed: the account's first one, or another in its place.
  case address
  /// The mail with the link that confirms the address has been sent again.
  case mail
  /// A second factor has been added, or removed; the same of a passkey.
  case factor
  case factorRemoved = "factor-removed"
  case passkey
  case passkeyRenamed = "passkey-renamed"
  case passkeyRemoved = "passkey-removed"
  case picture
  case pictureRemoved = "picture-removed"

  var sentence: String {
    switch self {
    case .profile: "Your profile has been saved."
    case .password:
      "Your password has been changed. Everywhere else you have been signed out, and your API tokens have ended."
    case .address: "Your e-mail address is confirmed."
    case .mail: "A mail with a new link is on its way. If it does not arrive, look among unwanted mail, too."
    case .factor: "It is on. You will be asked for it when you sign in."
    case .factorRemoved: "It is off."
    case .passkey: "Your passkey has been added."
    case .passkeyRenamed: "Its name has been saved."
    case .passkeyRemoved: "Your passkey has been removed."
    case .picture: "Your picture has been saved."
    case .pictureRemoved: "Your picture has been removed."
    }
  }
}

extension Pages {
  /// The sign-out button posts nothing to `logout`; the one for another mail posts nothing to `account/email/resend`.
  package static func account(_ site: Site, _ view: AccountView) -> Response {
    Page(
      site: site, title: "Your account",
      content: """
        \(HTML.notice(view.notice?.sentence))
        \(view.isVerified || view.notice == .mail ? nil : unconfirmed(site, view.email))
        \(view.picture.map { picture(at: $0, size: 96) })
        <dl>
        \(view.name.isEmpty ? nil : "<dt>Name</dt><dd><bdi>\(view.name)</bdi></dd>" as HTML)
        <dt>E-mail</dt><dd><bdi>\(view.email)</bdi> \(badge(isVerified: view.isVerified))</dd>
        \(view.role.map { "<dt>Role</dt><dd><bdi>\($0)</bdi></dd>" as HTML })
        <dt>Signed in since</dt><dd>\(time(view.signedInSince))</dd>
        <dt>Signed in with</dt><dd>\(methods(view.methods))</dd>
        </dl>
        <ul class="rows">
        \(rows(site, view))
        </ul>
        <form method="post" action="\(site.address(of: "logout"))">
        <button type="submit">Sign out</button>
        </form>
        <p class="aside"><a href="\(site.home)">Back to \(site.name)</a></p>
        """
    ).response
  }

  private static func rows(_ site: Site, _ view: AccountView) -> [HTML] {
    func row(_ page: String, _ title: String, _ words: String) -> HTML {
      Pages.row(site.address(of: "account/\(page)"), title, words)
    }
    let security = view.hasFactor.map { $0 ? "More than your password is asked for" : "Second factors and passkeys" }
    let places = view.sessions == 1 ? "Here only" : "In \(view.sessions) places"
    let tokens = view.apiTokens == 0 ? "" : ": \(view.apiTokens)"
    return [
      row("profile", "Profile", "Your name, and what else you say of yourself"),
      row("picture", "Picture", view.picture == nil ? "None yet" : "Change it"),
      row("email", "E-mail address", view.isVerified ? "Change it" : "Confirm it, or change it"),
      row("password", "Password", "Change it"),
      security.map { row("security", "Sign-in security", $0) },
      row("sessions", "Where you are signed in", places),
      row("tokens", "API tokens", "For git, scripts and other programs" + tokens),
      row("activity", "Activity", "What has happened to your account"),
      row("delete", "Your data", "Get a copy, or delete your account"),
    ].compactMap(\.self)
  }

  static func badge(isVerified: Bool) -> HTML {
    isVerified ? #"<span class="badge good">Confirmed</span>"# : #"<span class="badge">Not confirmed</span>"#
  }

  /// What to do about an address that is not confirmed.
  static func unconfirmed(_ site: Site, _ email: String) -> HTML {
    """
    <div class="notice" role="status">
    <p>Your address is not confirmed yet. Open the link in the mail that we sent to <bdi>\(email)</bdi>.</p>
    <form method="post" action="\(site.address(of: "account/email/resend"))">
    <button type="submit" class="quiet">Send the mail again</button>
    </form>
    </div>
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
      // How it was used, no way of its own (RFC 8176): there was more than one factor; the authenticator asked for the
      // person's finger, face or PIN.
      case "mfa", "user": nil
      default: name
      }
    }
    let sentence = words.joined(separator: " and ")
    return sentence.prefix(1).uppercased() + sentence.dropFirst()
  }
}
