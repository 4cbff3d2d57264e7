package import HTTP
package import Postern

/// A secret that an authenticator app is to have, and the form for its first code. It posts `code`, and the
/// `secret` that was shown, so that it is shown again where the code was wrong.
package struct TOTPForm: Sendable {
  /// In Base32.
  package var secret: String
  /// The same, as apps on this device open it (`otpauth:`).
  package var address: String
  /// The address, as a picture; where it could not be drawn, the secret is typed in.
  package var code: QRCode?
  /// Where the person goes after it.
  package var next: ReturnAddress?
  /// It is the second step of a sign-in: the account's role asks for a factor, and there is none yet.
  package var isSecondStep: Bool
  /// Codes may be mailed instead; the button for that posts `next` to `mfa/mail`.
  package var offersMail: Bool
  /// What was wrong with the last attempt, in a sentence.
  package var error: String?

  package init(
    secret: String, address: String, code: QRCode?, next: ReturnAddress? = nil, isSecondStep: Bool = false,
    offersMail: Bool = false, error: String? = nil
  ) {
    self.secret = secret
    self.address = address
    self.code = code
    self.next = next
    self.isSecondStep = isSecondStep
    self.offersMail = offersMail
    self.error = error
  }
}

extension Pages {
  /// How an app gets its secret. It posts to `account/security/totp` or, as a second step, to `mfa`.
  package static func totp(_ site: Site, _ form: TOTPForm, status: Int = 200) -> Response {
    let field = Field.oneTimeCode(
      hint: "Six digits, which the app shows.", description: form.error == nil ? nil : "alert",
      takesFocus: form.error != nil)
    let groups = groupsOfFour(form.secret)
    return Page(
      site: site, status: status, title: "Set up an authenticator app",
      content: """
        \(form.isSecondStep ? HTML.notice("Your account needs a second factor before you go on.") : nil)
        \(HTML.alert(form.error))
        <ol class="steps">
        <li>\(form.code.map(scan) ?? "<p>Type this secret into an authenticator app on your phone.</p>")
        <details\(form.code == nil ? " open" : "")>
        <summary>Or enter the secret yourself</summary>
        <p><code class="secret">\(groups)</code></p>
        <button type="button" class="quiet" data-copy="\(form.secret)" hidden>Copy the secret</button>
        <p><a href="\(form.address)">Open an app on this device</a></p>
        </details></li>
        <li><p>Enter the code that the app shows.</p>
        <form method="post" action="\(site.address(of: form.isSecondStep ? "mfa" : "account/security/totp"))">
        \(HTML.hidden("next", form.next?.text))
        \(HTML.hidden("secret", form.secret))
        \(field.html)
        <button type="submit">Turn it on</button>
        </form></li>
        </ol>
        \(form.offersMail ? mailInstead(site, form) : nil)
        \(form.isSecondStep ? notYou(site, form) : nil)
        """,
      formOrigins: [site.origin(after: form.next)], isOpenedByApplications: form.isSecondStep,
      isBelowSecurity: !form.isSecondStep
    ).response
  }

  private static func notYou(_ site: Site, _ form: TOTPForm) -> HTML {
    .aside("Not you?", link: "Use another account", to: site.address(of: "login", next: form.next))
  }

  private static func mailInstead(_ site: Site, _ form: TOTPForm) -> HTML {
    """
    <form method="post" action="\(site.address(of: "mfa/mail"))">
    \(HTML.hidden("next", form.next?.text))
    <button type="submit" class="plain">Have codes sent by mail instead</button>
    </form>
    """
  }

  private static func scan(_ code: QRCode) -> HTML {
    "<p>Open an authenticator app on your phone, and scan this picture.</p>\(code.drawing)"
  }

  /// It is on; the form that removes it posts nothing to `account/security/totp/remove`.
  package static func totpIsOn(_ site: Site, since: Instant, isLast: Bool) -> Response {
    Page(
      site: site, title: "Authenticator app",
      content: """
        <p>It is on, since \(time(since)). Its codes are asked for when you sign in.</p>
        <p>To move to another phone, turn it off here, and on again with the new one.</p>
        \(isLast ? lastFactor : nil)
        <form method="post" action="\(site.address(of: "account/security/totp/remove"))">
        <button type="submit" class="danger">Turn it off</button>
        </form>
        """,
      isBelowSecurity: true
    ).response
  }

  static var lastFactor: HTML {
    """
    <p>It is your last second factor: without it your password alone signs in, and your recovery codes and trusted \
    browsers end.</p>
    """
  }

  private static func groupsOfFour(_ secret: String) -> String {
    var text = ""
    for (index, character) in secret.enumerated() {
      if index > 0, index.isMultiple(of: 4) { text.append(" ") }
      text.append(character)
    }
    return text
  }
}
