package import HTTP
import Postern

/// The form that sets another password. It posts `current_password` and `new_password` to `account/password`.
package struct PasswordForm: Sendable {
  /// For the browser that offers to keep the new password beside it.
  package var email: String
  /// Where there is none, somebody signs in by other means, and cannot give it.
  package var hasPassword: Bool
  /// What was wrong with the last attempt, in a sentence.
  package var error: String?
  /// What was wrong with a field, in a sentence, by the field's name.
  package var problems: [String: String]

  package init(email: String, hasPassword: Bool = true, error: String? = nil, problems: [String: String] = [:]) {
    self.email = email
    self.hasPassword = hasPassword
    self.error = error
    self.problems = problems
  }
}

extension Pages {
  package static func password(_ site: Site, _ form: PasswordForm, status: Int = 200) -> Response {
    Page(
      site: site, status: status, title: form.hasPassword ? "Change your password" : "You have no password",
      content: form.hasPassword ? fields(site, form) : noPassword(site, "You sign in without one. To have one, too,"),
      isBelowAccount: true
    ).response
  }

  /// What somebody does who has no password, where a form asks for it.
  static func noPassword(_ site: Site, _ beginning: String) -> HTML {
    """
    <p>\(beginning) have a link sent to your address, with which you set a password.</p>
    <a class="button" href="\(site.address(of: "forgot"))">Set a password</a>
    """
  }

  private static func fields(_ site: Site, _ form: PasswordForm) -> HTML {
    let current = Field.currentPassword(
      "current_password", label: "Current password", error: form.problems["current_password"],
      takesFocus: form.problems["current_password"] != nil)
    let new = Field.newPassword(
      "new_password", label: "New password", error: form.problems["new_password"],
      takesFocus: form.problems["current_password"] == nil && form.problems["new_password"] != nil)
    return """
      \(HTML.alert(form.error))
      <p>You will be signed out everywhere else, and your API tokens end.</p>
      <form method="post" action="\(site.address(of: "account/password"))">
      \(HTML.username(form.email))
      \(current.html)
      \(new.html)
      <button type="submit">Change password</button>
      </form>
      \(HTML.aside("Forgotten it?", link: "Have a link sent to you", to: site.address(of: "forgot")))
      """
  }
}
