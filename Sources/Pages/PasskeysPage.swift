package import HTTP
package import Postern

/// One passkey, for its owner's eyes.
package struct PasskeyView: Sendable {
  package var id: String
  package var name: String
  package var createdAt: Instant
  package var lastUsedAt: Instant?
  /// Whether it may be on several devices of the person.
  package var isSynchronised: Bool

  package init(id: String, name: String, createdAt: Instant, lastUsedAt: Instant?, isSynchronised: Bool) {
    self.id = id
    self.name = name
    self.createdAt = createdAt
    self.lastUsedAt = lastUsedAt
    self.isSynchronised = isSynchronised
  }
}

/// What was filled in for a passkey.
package struct PasskeyForm: Sendable {
  package var name: String
  /// Where the person was going, and needs a second factor for it.
  package var next: ReturnAddress?
  package var error: String?
  package var nameProblem: String?
  package var notice: AccountNotice?

  package init(
    name: String = "", next: ReturnAddress? = nil, error: String? = nil, nameProblem: String? = nil,
    notice: AccountNotice? = nil
  ) {
    self.name = name
    self.next = next
    self.error = error
    self.nameProblem = nameProblem
    self.notice = notice
  }
}

extension Pages {
  /// The form posts `name`, `next` and the `credential` that the script fills in to `account/security/passkeys`.
  ///
  /// - Parameter offersNew: whether one may be added.
  package static func passkeys(
    _ site: Site, _ passkeys: [PasskeyView], _ form: PasskeyForm, offersNew: Bool = true, status: Int = 200
  ) -> Response {
    Page(
      site: site, status: status, title: "Passkeys",
      content: """
        \(HTML.notice(form.notice?.sentence))
        \(HTML.alert(form.error))
        <p>A passkey is kept by your phone, your computer or a security key, and signs you in by your finger, face or \
        PIN. Nobody can learn it, and no other site can ask for it.</p>
        \(passkeys.isEmpty ? nil : list(site, passkeys))
        \(offersNew ? newPasskey(site, form) : nil)
        """,
      isBelowSecurity: true, usesPasskeys: offersNew
    ).response
  }

  private static func list(_ site: Site, _ passkeys: [PasskeyView]) -> HTML {
    """
    <ul class="rows">
    \(passkeys.map { passkey in
      """
      <li><a href="\(site.address(of: "account/security/passkeys/\(passkey.id)"))"><strong><bdi>\(passkey.name)</bdi>\
      </strong> <span class="soft">\(words(passkey))</span></a></li>
      """
    })
    </ul>
    """
  }

  private static func words(_ passkey: PasskeyView) -> HTML {
    "Added \(time(passkey.createdAt)), \(passkey.lastUsedAt.map { "last used \(time($0))" as HTML } ?? "never used")"
  }

  private static func newPasskey(_ site: Site, _ form: PasskeyForm) -> HTML {
    let name = Field(
      label: "Name", name: "name", value: form.name, autocomplete: "off",
      hint: "By which you will know it again, such as “Phone”.", error: form.nameProblem,
      takesFocus: form.nameProblem != nil, lengths: 1...100)
    return """
      <h2>A new one</h2>
      <form method="post" action="\(site.address(of: "account/security/passkeys"))" data-passkey="create" \
      data-options="\(site.api)/mfa/passkeys/options" hidden>
      \(HTML.hidden("next", form.next?.text))
      \(HTML.hidden("credential", ""))
      \(name.html)
      <p class="problem" role="alert" hidden></p>
      <button type="submit">Add a passkey</button>
      </form>
      \(HTML.noPasskeys)
      """
  }

  /// One of them. Its forms post `name` to `account/security/passkeys/ID`, and nothing to
  /// `account/security/passkeys/remove/ID`.
  package static func passkey(
    _ site: Site, _ passkey: PasskeyView, _ form: PasskeyForm, isLast: Bool, status: Int = 200
  ) -> Response {
    let name = Field(
      label: "Name", name: "name", value: form.name, autocomplete: "off", error: form.nameProblem,
      takesFocus: form.nameProblem != nil, lengths: 1...100)
    return Page(
      site: site, status: status, title: "Passkey",
      content: """
        \(HTML.alert(form.error))
        <p>\(words(passkey)). \(passkey.isSynchronised
          ? "It may be on several of your devices." : "It is on one device, and cannot be copied.")</p>
        <form method="post" action="\(site.address(of: "account/security/passkeys/\(passkey.id)"))">
        \(name.html)
        <button type="submit" class="plain">Save the name</button>
        </form>
        <h2>Remove it</h2>
        <p>It will not sign you in any more. The device may show it until you remove it there, too.</p>
        \(isLast ? lastFactor : nil)
        <form method="post" action="\(site.address(of: "account/security/passkeys/remove/\(passkey.id)"))">
        <button type="submit" class="danger">Remove this passkey</button>
        </form>
        """,
      isBelowSecurity: true
    ).response
  }
}
