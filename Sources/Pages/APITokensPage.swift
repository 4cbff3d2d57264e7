package import HTTP
package import Postern

/// One API token, for its owner's eyes.
package struct APITokenView: Sendable {
  package var id: String
  package var name: String
  /// `nil`: all that its owner may.
  package var scopes: [String]?
  package var lastUsedAt: Instant?
  package var expiresAt: Instant
  package var hasExpired: Bool

  package init(
    id: String, name: String, scopes: [String]?, lastUsedAt: Instant?, expiresAt: Instant, hasExpired: Bool
  ) {
    self.id = id
    self.name = name
    self.scopes = scopes
    self.lastUsedAt = lastUsedAt
    self.expiresAt = expiresAt
    self.hasExpired = hasExpired
  }
}

/// What was filled in for a new token, and what is offered.
package struct APITokenForm: Sendable {
  /// Lives to choose from, in days.
  package static let lives = [7, 30, 90, 365]

  package var name: String
  package var days: Int
  /// The owner's permissions, to which the token can be limited.
  package var permissions: [String]
  package var chosen: [String]
  package var error: String?
  package var nameProblem: String?

  package init(
    name: String = "", days: Int = 90, permissions: [String] = [], chosen: [String] = [], error: String? = nil,
    nameProblem: String? = nil
  ) {
    self.name = name
    self.days = days
    self.permissions = permissions
    self.chosen = chosen
    self.error = error
    self.nameProblem = nameProblem
  }
}

extension Pages {
  /// The buttons of tokens post `token` to `account/tokens/end`; the form posts `name`, `days` and any number of
  /// `scope` to `account/tokens`.
  package static func apiTokens(
    _ site: Site, _ tokens: [APITokenView], _ form: APITokenForm, status: Int = 200
  ) -> Response {
    Page(
      site: site, status: status, title: "API tokens",
      content: """
        \(HTML.alert(form.error))
        <p>With a token, a program acts for you. Give it to git or WebDAV as the password, with any user name; a script \
        sends it as <code>Authorization: Bearer</code>.</p>
        \(tokens.isEmpty ? nil : list(site, tokens))
        <h2>A new token</h2>
        \(newToken(site, form))
        """,
      isBelowAccount: true
    ).response
  }

  /// Shows the text of a token, this once.
  package static func apiTokenMade(_ site: Site, name: String, text: String) -> Response {
    Page(
      site: site, title: "Your new token",
      content: """
        \(HTML.notice("Copy it now. It is shown only this once, and nobody can look it up later."))
        <dl>
        <dt>Name</dt><dd><bdi>\(name)</bdi></dd>
        <dt>Token</dt><dd><code class="secret">\(text)</code></dd>
        </dl>
        <p><a class="button" href="\(site.address(of: "account/tokens"))">I have copied it</a></p>
        """
    ).response
  }

  private static func list(_ site: Site, _ tokens: [APITokenView]) -> HTML {
    """
    <ul class="sessions">
    \(tokens.map { row(site, $0) })
    </ul>
    """
  }

  private static func row(_ site: Site, _ token: APITokenView) -> HTML {
    let use: HTML = token.lastUsedAt.map { "last used \(time($0))" } ?? "never used"
    let limit = token.scopes.map { $0.isEmpty ? "No permissions" : $0.joined(separator: ", ") }
    return """
      <li><div><p><strong><bdi>\(token.name)</bdi></strong>\
      \(token.hasExpired ? #" <span class="badge">Expired</span>"# as HTML : nil)</p>
      <p class="soft"><bdi>\(limit ?? "All that you may")</bdi>, \(use), \
      \(token.hasExpired ? "ended" : "until") \(time(token.expiresAt))</p></div>
      <form method="post" action="\(site.address(of: "account/tokens/end"))">
      \(HTML.hidden("token", token.id))
      <button type="submit" class="quiet" aria-label="End \(token.name)">End</button>
      </form></li>
      """
  }

  private static func newToken(_ site: Site, _ form: APITokenForm) -> HTML {
    let name = Field(
      label: "Name", name: "name", value: form.name, autocomplete: "off", hint: "What it is for, such as “Backup”.",
      error: form.nameProblem, lengths: 1...100)
    return """
      <form method="post" action="\(site.address(of: "account/tokens"))">
      \(name.html)
      <div class="field">
      <label for="days">Good for</label>
      <select id="days" name="days">
      \(APITokenForm.lives.map { life(days: $0, isChosen: $0 == form.days) })
      </select>
      </div>
      \(form.permissions.isEmpty ? nil : limits(form))
      <button type="submit">Make a token</button>
      </form>
      """
  }

  private static func life(days: Int, isChosen: Bool) -> HTML {
    "<option value=\"\(days)\"\(isChosen ? " selected" : "")>\(days) days</option>"
  }

  private static func limits(_ form: APITokenForm) -> HTML {
    """
    <fieldset class="field" aria-describedby="scope-note">
    <legend>Limit it to</legend>
    \(form.permissions.enumerated().map { number, permission in
      box("scope-\(number)", permission, isOn: form.chosen.contains(permission))
    })
    <p class="hint" id="scope-note">With none ticked, it may do all that you may.</p>
    </fieldset>
    """
  }

  private static func box(_ id: String, _ permission: String, isOn: Bool) -> HTML {
    """
    <p class="choice"><input id="\(id)" name="scope" type="checkbox" value="\(permission)"\(isOn ? " checked" : "")>\
    <label for="\(id)"><bdi>\(permission)</bdi></label></p>
    """
  }
}
