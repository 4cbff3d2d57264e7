package import HTTP
package import Postern

/// What the login page shows. It posts `email`, `password`, `next` and, for a step-up, `step_up=1` to itself.
package struct LoginForm: Sendable {
  package var email: String
  /// Where the person goes after it.
  package var next: ReturnAddress?
  /// What was wrong with the last attempt, in a sentence.
  package var error: String?
  /// What has happened, in a sentence.
  package var notice: String?
  /// The person is signed in as `email`, and is to prove it again.
  package var isStepUp: Bool

  package init(
    email: String = "", next: ReturnAddress? = nil, error: String? = nil, notice: String? = nil, isStepUp: Bool = false
  ) {
    self.email = email
    self.next = next
    self.error = error
    self.notice = notice
    self.isStepUp = isStepUp
  }
}

extension Pages {
  package static func login(_ site: Site, _ form: LoginForm, status: Int = 200) -> Response {
    let explanation =
      form.notice
      ?? (form.isStepUp ? "What you asked for needs a fresh proof. Enter your password to go on." : nil)
    let email = Field(
      label: "E-mail", name: "email", type: "email", value: form.email, autocomplete: "username",
      isFixed: form.isStepUp, takesFocus: form.email.isEmpty, lengths: 1...254)
    let password = Field(
      label: "Password", name: "password", type: "password", autocomplete: "current-password",
      takesFocus: !form.email.isEmpty, lengths: 1...PasswordRules.longest)
    return Page(
      site: site, status: status, title: form.isStepUp ? "Confirm it’s you" : "Sign in",
      content: """
        \(HTML.notice(explanation))
        \(HTML.alert(form.error))
        <form method="post" action="\(site.address(of: "login"))">
        \(HTML.hidden("next", form.next?.text))
        \(HTML.hidden("step_up", form.isStepUp ? "1" : nil))
        \(email.html)
        \(password.html)
        <button type="submit">\(form.isStepUp ? "Confirm" : "Sign in")</button>
        </form>
        \(alternative(site, form))
        """,
      formOrigins: [site.origin(after: form.next)], isOpenedByApplications: true
    ).response
  }

  private static func alternative(_ site: Site, _ form: LoginForm) -> HTML? {
    if form.isStepUp {
      return
        #"<p class="aside">Not you? <a href="\#(site.address(of: "login", next: form.next))">Use another account</a></p>"#
    }
    guard site.registrationIsOpen else { return nil }
    return
      #"<p class="aside">New here? <a href="\#(site.address(of: "register", next: form.next))">Create an account</a></p>"#
  }

  /// After a sign-out, whoever asked for it.
  package static func signedOut(_ site: Site, next: ReturnAddress? = nil) -> Response {
    Page(
      site: site, title: "You are signed out",
      content: """
        <p>Nobody can use your account from this browser until you sign in again.</p>
        <a class="button" href="\(site.address(of: "login", next: next))">Sign in again</a>
        """
    ).response
  }
}
