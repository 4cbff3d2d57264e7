package import HTTP
package import Postern

/// What a page behind a mailed link shows before the link does anything: programs that look through mail open links,
/// and must not use them up. It posts to itself.
package struct LinkForm: Sendable {
  /// The link's text, as the page's address ends.
  package var text: String
  /// The address that the link speaks of.
  package var email: String
  /// Whether somebody has to give the account's password first.
  package var asksPassword: Bool
  /// What was wrong with the last attempt, in a sentence.
  package var error: String?
  /// What was wrong with a field, in a sentence, by the field's name.
  package var problems: [String: String]

  package init(
    text: String, email: String, asksPassword: Bool = false, error: String? = nil, problems: [String: String] = [:]
  ) {
    self.text = text
    self.email = email
    self.asksPassword = asksPassword
    self.error = error
    self.problems = problems
  }
}

extension Pages {
  /// Confirms an account's address, or one that is to become it. It posts `password` where that is asked for.
  ///
  /// - Parameter isNew: the address is to take the present one's place. Whoever holds the link may have nothing to do
  ///   with the account, so that the page says nothing of it.
  package static func confirm(_ site: Site, _ form: LinkForm, isNew: Bool, status: Int = 200) -> Response {
    let password = Field(
      label: "Password of your account", name: "password", type: "password", autocomplete: "current-password",
      hint: "With it, nobody else can confirm the address: not even who can read your mail.",
      error: form.problems["password"], description: form.error.map { _ in "alert" }, takesFocus: true,
      lengths: 1...PasswordRules.longest)
    let question: HTML =
      isNew
      ? "<p>Is <strong><bdi>\(form.email)</bdi></strong> to be the new address of your account?</p>"
      : "<p>Is <strong><bdi>\(form.email)</bdi></strong> your address?</p>"
    return Page(
      site: site, status: status, title: isNew ? "Confirm your new address" : "Confirm your address",
      content: """
        \(HTML.alert(form.error))
        \(question)
        <form method="post" action="\(site.address(of: "confirm/\(form.text)"))">
        \(form.asksPassword && !isNew ? HTML.username(form.email) : nil)
        \(form.asksPassword ? password.html : nil)
        <button type="submit">\(form.asksPassword ? "Confirm and sign in" : "Confirm")</button>
        </form>
        \(form.asksPassword
          ? HTML.aside("Forgot your password?", link: "Set a new one", to: site.address(of: "forgot")) : nil)
        <p class="soft">You have not asked for this? Then close this page: nothing happens.</p>
        """
    ).response
  }

  /// The address had been confirmed before.
  package static func alreadyConfirmed(_ site: Site) -> Response {
    Page(
      site: site, title: "Your address is confirmed",
      content: """
        <p>It has been confirmed before; there is nothing left to do.</p>
        <a class="button" href="\(site.address(of: "account"))">Go to your account</a>
        <p class="aside"><a href="\(site.home)">Go to \(site.name)</a></p>
        """
    ).response
  }

  /// The address has been confirmed by somebody who is not signed in thereby.
  ///
  /// - Parameter signsIn: there are pages on which people sign in.
  package static func confirmed(_ site: Site, signsIn: Bool) -> Response {
    Page(
      site: site, title: "Your address is confirmed",
      content: """
        <p>Thank you.</p>
        <a class="button" href="\(signsIn ? site.address(of: "login") : site.home)">\
        \(signsIn ? "Sign in" : "Go to \(site.name)")</a>
        """
    ).response
  }

  /// Asks for a new password. It posts `password`.
  package static func reset(_ site: Site, _ form: LinkForm, status: Int = 200) -> Response {
    let password = Field.newPassword(
      "password", label: "New password", error: form.problems["password"], takesFocus: true)
    return Page(
      site: site, status: status, title: "Set a new password",
      content: """
        \(HTML.alert(form.error))
        <p>For the account <strong><bdi>\(form.email)</bdi></strong>. You will be signed out everywhere, and your API \
        tokens end.</p>
        <form method="post" action="\(site.address(of: "reset/\(form.text)"))">
        \(HTML.username(form.email))
        \(password.html)
        <button type="submit">Set password</button>
        </form>
        """
    ).response
  }

  /// The password has been reset, where there is no login page to go on to.
  package static func resetDone(_ site: Site) -> Response {
    Page(
      site: site, title: "Your new password is set",
      content: """
        <p>Sign in with it.</p>
        <a class="button" href="\(site.home)">Go to \(site.name)</a>
        """
    ).response
  }

  /// Puts the address before a change back again. It posts nothing, and goes on to `reset`.
  package static func undo(_ site: Site, _ form: LinkForm, status: Int = 200) -> Response {
    Page(
      site: site, status: status, title: "Get your address back",
      content: """
        \(HTML.alert(form.error))
        <p>The address of your account was <strong><bdi>\(form.email)</bdi></strong>, and has been changed. If that was \
        not you, take it back:</p>
        <ol>
        <li>Your account has this address again, and the new one no more.</li>
        <li>Everybody is signed out, and API tokens end.</li>
        <li>The password is good no more: on the next page you set another one.</li>
        </ol>
        <form method="post" action="\(site.address(of: "undo/\(form.text)"))">
        <button type="submit">Take my address back</button>
        </form>
        <p class="soft">It was you? Then close this page: nothing happens.</p>
        """
    ).response
  }

  /// 400: a link that was used, has expired, was replaced, or never was one. Nobody is told which.
  package static func linkGone(_ site: Site, _ purpose: Link.Purpose) -> Response {
    Page(
      site: site, status: 400, title: "This link is no longer good",
      content: """
        <p>Each link does its work once and within \(purpose.lifetimeInWords); a newer one, or a new password, ends it \
        sooner. Or its address has not been copied whole.</p>
        \(remedy(site, purpose))
        <p class="aside"><a href="\(site.home)">Go to \(site.name)</a></p>
        """
    ).response
  }

  private static func remedy(_ site: Site, _ purpose: Link.Purpose) -> HTML {
    switch purpose {
    case .confirmAddress, .confirmNewAddress:
      """
      <p>Have you opened it before? Then your address is confirmed. If not, have another link sent to you: on the page \
      of your account, where you can also change the address.</p>
      <a class="button" href="\(site.address(of: "account/email"))">Go to your account</a>
      \(site.confirmsFirst
        ? HTML.aside("You cannot sign in yet?", link: "Have the mail sent again", to: site.address(of: "resend")) : nil)
      """
    case .resetPassword:
      """
      <p>Have another link sent to you.</p>
      <a class="button" href="\(site.address(of: "forgot"))">Ask for another link</a>
      """
    case .signInCode:
      """
      <p>A code is typed in where you sign in.</p>
      <a class="button" href="\(site.address(of: "login"))">Sign in</a>
      """
    case .undoAddressChange:
      """
      <p>If somebody else has your account, write to the people who run this site.</p>
      <a class="button" href="\(site.address(of: "forgot"))">Set a new password</a>
      """
    }
  }
}
