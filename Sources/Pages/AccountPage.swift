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

  package init(
    email: String, name: String, role: String?, isVerified: Bool, signedInSince: Instant, methods: [String]
  ) {
    self.email = email
    self.name = name
    self.role = role
    self.isVerified = isVerified
    self.signedInSince = signedInSince
    self.methods = methods
  }
}

extension Pages {
  /// The sign-out button posts nothing to `logout`.
  package static func account(_ site: Site, _ view: AccountView) -> Response {
    let badge: HTML =
      view.isVerified
      ? #"<span class="badge good">Confirmed</span>"# : #"<span class="badge">Not confirmed</span>"#
    return Page(
      site: site, title: "Your account",
      content: """
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
        <p class="aside"><a href="\(site.home)">Back to \(site.name)</a></p>
        """
    ).response
  }

  /// In UTC; the script shows it in the person's own zone.
  private static func time(_ instant: Instant) -> HTML {
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
