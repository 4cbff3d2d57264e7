package import HTTP
package import Postern

/// What the login page shows. It posts `email`, `password`, `next`, `remember=1` where that is ticked and, for a
/// step-up, `step_up=1` to itself; `credential` and `next` to `login/passkey`.
package struct LoginForm: Sendable {
  package var email: String
  /// Where the person goes after it.
  package var next: ReturnAddress?
  /// What was wrong with the last attempt, in a sentence.
  package var error: String?
  /// As whom this browser is signed in already, where it is.
  package var current: String?
  /// The person is signed in as `email`, and is to prove it again.
  package var isStepUp: Bool
  /// A password has been reset just now, with which the person signs in here.
  package var hasReset: Bool
  /// Whether the person is to stay signed in when the browser is closed; a step-up changes nothing about it.
  package var isPersistent: Bool
  /// Whether a passkey signs in, too.
  package var offersPasskeys: Bool
  /// What has led here, in a sentence, where there is something to say about it.
  package var notice: String?

  package init(
    email: String = "", next: ReturnAddress? = nil, error: String? = nil, current: String? = nil,
    isStepUp: Bool = false, hasReset: Bool = false, isPersistent: Bool = false, offersPasskeys: Bool = false,
    notice: String? = nil
  ) {
    self.email = email
    self.next = next
    self.error = error
    self.current = current
    self.isStepUp = isStepUp
    self.hasReset = hasReset
    self.isPersistent = isPersistent
    self.offersPasskeys = offersPasskeys
    self.notice = notice
  }
}

extension Pages {
  package static func login(_ site: Site, _ form: LoginForm, status: Int = 200) -> Response {
    let email = Field(
      label: "E-mail", name: "email", type: "email", value: form.email,
      autocomplete: form.offersPasskeys ? "username webauthn" : "username",
      description: form.error.map { _ in "alert" }, isFixed: form.isStepUp, takesFocus: form.email.isEmpty,
      lengths: 1...254)
    let password = Field(
      label: "Password", name: "password", type: "password", autocomplete: "current-password",
      description: form.error.map { _ in "alert" }, takesFocus: !form.email.isEmpty, lengths: 1...PasswordRules.longest)
    return Page(
      site: site, status: status, title: form.isStepUp ? "Confirm it’s you" : "Sign in",
      content: """
        \(explanation(site, form))
        \(HTML.alert(form.error))
        <form method="post" action="\(site.address(of: "login"))">
        \(HTML.hidden("next", form.next?.text))
        \(HTML.hidden("step_up", form.isStepUp ? "1" : nil))
        \(email.html)
        \(password.html)
        <p class="beside"><a href="\(site.address(of: "forgot"))">Forgot your password?</a></p>
        \(form.isStepUp ? nil : HTML.checkbox("remember", "Keep me signed in", isOn: form.isPersistent))
        <button type="submit">\(form.isStepUp ? "Confirm" : "Sign in")</button>
        </form>
        \(form.offersPasskeys ? passkey(site, form) : nil)
        \(alternative(site, form))
        \(site.confirmsFirst && !form.isStepUp ? confirmation(site) : nil)
        """,
      formOrigins: [site.origin(after: form.next)], isOpenedByApplications: true, usesPasskeys: form.offersPasskeys
    ).response
  }

  private static func explanation(_ site: Site, _ form: LoginForm) -> HTML? {
    if let notice = form.notice { return .notice(notice) }
    if form.hasReset { return .notice("Your new password is set. Sign in with it.") }
    if form.isStepUp { return .notice("This page asks for your password once more, to be sure that it is you.") }
    return form.current.map { email in
      """
      <p class="notice" role="status">You are signed in as <strong><bdi>\(email)</bdi></strong>: \
      <a href="\(form.next?.text ?? site.home)">go on</a>, or sign in as somebody else here.</p>
      """
    }
  }

  /// The script shows it, and asks as soon as the page is there for what the browser can offer in the address's field.
  private static func passkey(_ site: Site, _ form: LoginForm) -> HTML {
    .passkeyForm(
      posting: site.address(of: "login/passkey"), next: form.next, options: "\(site.api)/login/passkey/options",
      button: form.isStepUp ? "Use a passkey" : "Sign in with a passkey", isMain: false)
  }

  private static func confirmation(_ site: Site) -> HTML {
    .aside("No mail to confirm your address?", link: "Have it sent again", to: site.address(of: "resend"))
  }

  private static func alternative(_ site: Site, _ form: LoginForm) -> HTML? {
    if form.isStepUp {
      .aside("Not you?", link: "Use another account", to: site.address(of: "login", next: form.next))
    } else if site.registrationIsOpen {
      .aside("New here?", link: "Create an account", to: site.address(of: "register", next: form.next))
    } else {
      nil
    }
  }
}
