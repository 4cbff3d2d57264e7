package import HTTP
import Postern

/// Somebody's address, and the form for another one. It posts `new_email` and `password` to `account/email`.
package struct AddressForm: Sendable {
  /// The present one.
  package var email: String
  package var isVerified: Bool
  package var hasPassword: Bool
  /// The new one, as it was filled in.
  package var newEmail: String
  /// A new one that waits for its link to be opened.
  package var pending: String?
  /// The mail to `pending` has been sent just now.
  package var hasAsked: Bool
  package var notice: AccountNotice?
  /// What was wrong with the last attempt, in a sentence.
  package var error: String?
  /// What was wrong with a field, in a sentence, by the field's name.
  package var problems: [String: String]

  package init(
    email: String, isVerified: Bool, hasPassword: Bool = true, newEmail: String = "", pending: String? = nil,
    hasAsked: Bool = false, notice: AccountNotice? = nil, error: String? = nil, problems: [String: String] = [:]
  ) {
    self.email = email
    self.isVerified = isVerified
    self.hasPassword = hasPassword
    self.newEmail = newEmail
    self.pending = pending
    self.hasAsked = hasAsked
    self.notice = notice
    self.error = error
    self.problems = problems
  }
}

extension Pages {
  package static func address(_ site: Site, _ form: AddressForm, status: Int = 200) -> Response {
    Page(
      site: site, status: status, title: "Your e-mail address",
      content: """
        \(HTML.alert(form.error))
        \(HTML.notice(form.notice?.sentence))
        \(form.pending.map { pending($0, hasAsked: form.hasAsked) })
        \(form.isVerified || form.notice == .mail || form.pending != nil ? nil : unconfirmed(site, form.email))
        <dl>
        <dt>Your address now</dt><dd><bdi>\(form.email)</bdi> \(badge(isVerified: form.isVerified))</dd>
        </dl>
        <h2>Change it</h2>
        \(form.hasPassword ? fields(site, form) : noPassword(site, "To change it, you give a password. You have none:"))
        """,
      isBelowAccount: true
    ).response
  }

  private static func pending(_ email: String, hasAsked: Bool) -> HTML {
    """
    <div class="notice" role="status">
    <p>\(hasAsked ? "A mail is on its way to" : "You have asked for") <strong><bdi>\(email)</bdi></strong>. Your \
    address changes when you open the link in that mail, within \
    \(Link.Purpose.confirmNewAddress.lifetimeInWords).</p>
    </div>
    """
  }

  private static func fields(_ site: Site, _ form: AddressForm) -> HTML {
    let address = Field(
      label: "New address", name: "new_email", type: "email", value: form.newEmail, autocomplete: "email",
      hint: form.isVerified ? "We send a link to it, and tell the present address." : "We send a link to it.",
      error: form.problems["new_email"],
      takesFocus: form.problems["new_email"] != nil, lengths: 1...254)
    let password = Field.currentPassword(
      "password", label: "Your password", error: form.problems["password"],
      takesFocus: form.problems["new_email"] == nil && form.problems["password"] != nil)
    return """
      <form method="post" action="\(site.address(of: "account/email"))">
      \(HTML.username(form.email))
      \(address.html)
      \(password.html)
      <button type="submit">Send the link</button>
      </form>
      """
  }
}
