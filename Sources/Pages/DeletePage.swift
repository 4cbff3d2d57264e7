package import HTTP
import Postern

/// The form that deletes an account. It posts `password` to `account/delete`.
package struct DeletionForm: Sendable {
  package var email: String
  /// Where there is none, somebody proves themselves by signing in anew.
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
  /// What is stored about somebody: a copy of it, and its end.
  package static func deletion(_ site: Site, _ form: DeletionForm, status: Int = 200) -> Response {
    let password = Field.currentPassword(
      "password", label: "Your password", error: form.problems["password"],
      takesFocus: form.problems["password"] != nil)
    return Page(
      site: site, status: status, title: "Your data",
      content: """
        \(HTML.alert(form.error))
        <h2>A copy of it</h2>
        <p>One file (JSON) with all that is stored about you.</p>
        <a class="button plain" href="\(site.address(of: "account/export"))" download>Get a copy</a>
        <h2>Delete your account</h2>
        <p>At once, and for good: your profile and your address, your password, every place where you are signed in, \
        and your API tokens. What is left is a log without your name, your address or your devices. A last mail tells \
        you that it is done.</p>
        <form method="post" action="\(site.address(of: "account/delete"))">
        \(HTML.username(form.email))
        \(form.hasPassword ? password.html : nil)
        <button type="submit" class="danger">Delete my account</button>
        </form>
        """,
      isBelowAccount: true
    ).response
  }

  /// After it.
  package static func deleted(_ site: Site) -> Response {
    Page(
      site: site, title: "Your account is deleted",
      content: """
        <p>You are signed out everywhere. We have sent a last mail, which says so.</p>
        <p class="aside"><a href="\(site.home)">Go to \(site.name)</a></p>
        """
    ).response
  }
}
