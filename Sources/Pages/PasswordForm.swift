import Postern

/// The form on the account page that sets another password. It posts `current_password` and `new_password` to
/// `account/password`.
package struct PasswordForm: Sendable {
  /// What was wrong with the last attempt, in a sentence.
  package var error: String?
  /// What was wrong with a field, in a sentence, by the field's name.
  package var problems: [String: String]
  /// The last attempt succeeded.
  package var isChanged: Bool

  package init(error: String? = nil, problems: [String: String] = [:], isChanged: Bool = false) {
    self.error = error
    self.problems = problems
    self.isChanged = isChanged
  }

  static let changed =
    "Your password has been changed. Everywhere else you have been signed out, and your API tokens have ended."

  /// - Parameter email: for the browser that offers to keep the new password beside it.
  func html(_ site: Site, email: String) -> HTML {
    let current = Field(
      label: "Current password", name: "current_password", type: "password", autocomplete: "current-password",
      error: problems["current_password"], takesFocus: problems["current_password"] != nil,
      lengths: 1...PasswordRules.longest)
    let new = Field(
      label: "New password", name: "new_password", type: "password", autocomplete: "new-password",
      hint:
        "At least \(PasswordRules.shortest) characters. You will be signed out everywhere else, and your API tokens end.",
      error: problems["new_password"],
      takesFocus: problems["current_password"] == nil && problems["new_password"] != nil,
      lengths: PasswordRules.shortest...PasswordRules.longest)
    return """
      <h2>Change your password</h2>
      \(HTML.alert(error))
      <form method="post" action="\(site.address(of: "account/password"))">
      <input type="email" name="email" value="\(email)" autocomplete="username" hidden>
      \(current.html)
      \(new.html)
      <button type="submit">Change password</button>
      </form>
      """
  }
}
