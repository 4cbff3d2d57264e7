package import HTTP
package import Postern

/// What the page of the second step shows: behind the password of a sign-in, or for somebody who is signed in and is to
/// prove a factor, too. Its forms post to `mfa`: `code` and `trust_browser=1`, or `recovery_code`, or `credential`; the
/// one for a mailed code posts to `mfa/mail`. Each of them has
/// `next`; those for codes have `sent=1` where a code has been mailed.
package struct SecondStepForm: Sendable {
  /// As whom the person signs in, or is signed in.
  package var email: String
  /// What the person can prove.
  package var factors: Set<SecondFactor>
  /// Where the person goes after it.
  package var next: ReturnAddress?
  /// The person is signed in, and is to prove a factor besides.
  package var isStepUp: Bool
  /// For how many days this browser may be trusted; `nil`: that is not offered.
  package var trustedDays: Int?
  package var trusts: Bool
  /// A code has been mailed.
  package var hasMailed: Bool
  /// A recovery code has been tried.
  package var usesRecovery: Bool
  /// What was wrong with the last attempt, in a sentence.
  package var error: String?

  package init(
    email: String, factors: Set<SecondFactor>, next: ReturnAddress? = nil, isStepUp: Bool = false,
    trustedDays: Int? = nil,
    trusts: Bool = false, hasMailed: Bool = false, usesRecovery: Bool = false, error: String? = nil
  ) {
    self.email = email
    self.factors = factors
    self.next = next
    self.isStepUp = isStepUp
    self.trustedDays = trustedDays
    self.trusts = trusts
    self.hasMailed = hasMailed
    self.usesRecovery = usesRecovery
    self.error = error
  }

  /// What is wrong with a code that is not right, in a sentence.
  package var wrongCode: String {
    if usesRecovery { return "That is none of your recovery codes, or one that has been used." }
    return hasMailed
      ? "That code is not right. It may have been used, or be too old."
      : "That code is not right. Each is good for half a minute, and once."
  }

  /// A code can be typed in: one of an app, or one that has been mailed.
  fileprivate var takesCode: Bool { factors.contains(.totp) || hasMailed }
}

extension Pages {
  package static func secondStep(_ site: Site, _ form: SecondStepForm, status: Int = 200) -> Response {
    Page(
      site: site, status: status, title: form.isStepUp ? "Confirm it’s you" : "One more step",
      content: """
        \(form.isStepUp ? HTML.notice("This page asks for more than a password, to be sure that it is you.") : nil)
        \(HTML.alert(form.error))
        <p class="soft">\(form.isStepUp ? "You are signed in as" : "You are signing in as") <bdi>\(form.email)</bdi>.</p>
        \(form.takesCode ? code(site, form) : nil)
        \(form.factors.contains(.passkey) ? passkey(site, form) : nil)
        \(form.factors.contains(.email) ? mail(site, form) : nil)
        \(form.factors.contains(.recovery) ? recovery(site, form) : nil)
        \(HTML.aside("Not you?", link: "Use another account", to: site.address(of: "login", next: form.next)))
        """,
      formOrigins: [site.origin(after: form.next)], isOpenedByApplications: true,
      usesPasskeys: form.factors.contains(.passkey)
    ).response
  }

  private static func code(_ site: Site, _ form: SecondStepForm) -> HTML {
    let hint =
      switch (form.hasMailed, form.factors.contains(.totp)) {
      case (true, true): "Six digits, from the mail that is on its way, or from your authenticator app."
      case (true, false): "Six digits, from the mail that is on its way. They are good for ten minutes."
      case (false, _): "Six digits, from your authenticator app."
      }
    let isWrong = form.error != nil && !form.usesRecovery
    let field = Field.oneTimeCode(hint: hint, description: isWrong ? "alert" : nil, takesFocus: !form.usesRecovery)
    return """
      <form method="post" action="\(site.address(of: "mfa"))">
      \(hidden(form))
      \(field.html)
      \(form.trustedDays.map { .checkbox("trust_browser", "Trust this browser for \($0) days", isOn: form.trusts) })
      <button type="submit">Go on</button>
      </form>
      """
  }

  /// The script shows the button, and fills `credential`.
  private static func passkey(_ site: Site, _ form: SecondStepForm) -> HTML {
    """
    \(form.takesCode ? nil : "<p>Your account asks for one of your passkeys.</p>" as HTML)
    \(HTML.passkeyForm(
      posting: site.address(of: "mfa"), next: form.next, options: "\(site.api)/mfa/passkeys/assert",
      button: "Use a passkey", isMain: !form.takesCode))
    """
  }

  private static func mail(_ site: Site, _ form: SecondStepForm) -> HTML {
    let isMain = !form.takesCode && !form.factors.contains(.passkey)
    return """
      \(isMain ? "<p>We send a code to your e-mail address, which you enter here.</p>" as HTML : nil)
      <form method="post" action="\(site.address(of: "mfa/mail"))">
      \(HTML.hidden("next", form.next?.text))
      <button type="submit"\(isMain ? nil : #" class="plain""# as HTML)>\
      \(form.hasMailed ? "Send the mail again" : "Send me a code by mail")</button>
      </form>
      """
  }

  private static func hidden(_ form: SecondStepForm) -> HTML {
    "\(HTML.hidden("next", form.next?.text))\(HTML.hidden("sent", form.hasMailed ? "1" : nil))"
  }

  private static func recovery(_ site: Site, _ form: SecondStepForm) -> HTML {
    let field = Field(
      label: "Recovery code", name: "recovery_code", autocomplete: "off",
      hint: "One of the ten that you have printed or written down, such as 7KQ2M-9XHTP.",
      description: form.error != nil && form.usesRecovery ? "alert" : nil, takesFocus: form.usesRecovery,
      lengths: 1...40)
    return """
      <details\(form.usesRecovery ? " open" : "")>
      <summary>Use a recovery code</summary>
      <form method="post" action="\(site.address(of: "mfa"))">
      \(hidden(form))
      \(field.html)
      <button type="submit" class="plain">Use this code</button>
      </form>
      </details>
      """
  }
}

extension Field {
  /// Six digits of an authenticator app or a mail.
  static func oneTimeCode(
    hint: String, error: String? = nil, description: String? = nil, takesFocus: Bool
  ) -> Field {
    Field(
      label: "Code", name: "code", autocomplete: "one-time-code", hint: hint, error: error, description: description,
      takesFocus: takesFocus, lengths: 1...11, isNumeric: true)
  }
}

extension HTML {
  /// A form whose field `credential` the script fills with what the browser's authenticator has signed
  /// (`AuthenticationResponseJSON` of WebAuthn Level 3). Nobody sees its button before there is one that can.
  ///
  /// - Parameter options: where the script asks for the options of the ceremony.
  static func passkeyForm(
    posting address: String, next: ReturnAddress?, options: String, button: String, isMain: Bool
  ) -> HTML {
    """
    <form method="post" action="\(address)" data-passkey="get" data-options="\(options)" hidden>
    \(hidden("next", next?.text))
    \(hidden("credential", ""))
    <p class="problem" role="alert" hidden></p>
    <button type="submit"\(isMain ? nil : #" class="plain""# as HTML)>\(button)</button>
    </form>
    \(isMain ? noPasskeys : nil)
    """
  }

  /// For whom a passkey is the only way on, and whose browser cannot.
  static var noPasskeys: HTML {
    """
    <p class="soft" data-no-passkeys hidden>This browser cannot use passkeys here.</p>
    <noscript><p class="soft">Passkeys need scripts, which this browser does not run here.</p></noscript>
    """
  }
}
