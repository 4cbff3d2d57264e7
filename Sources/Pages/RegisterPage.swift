package import HTTP
package import Postern

/// What the page for a new account shows. It posts `first_name`, `last_name`, `email`, `password` and `next` to itself.
package struct RegisterForm: Sendable {
  package var firstName: String
  package var lastName: String
  package var email: String
  package var next: ReturnAddress?
  /// What was wrong with the last attempt, in a sentence.
  package var error: String?
  /// What was wrong with a field, in a sentence, by the field's name.
  package var problems: [String: String]

  package init(
    firstName: String = "", lastName: String = "", email: String = "", next: ReturnAddress? = nil,
    error: String? = nil, problems: [String: String] = [:]
  ) {
    self.firstName = firstName
    self.lastName = lastName
    self.email = email
    self.next = next
    self.error = error
    self.problems = problems
  }
}

extension Pages {
  package static func register(_ site: Site, _ form: RegisterForm, status: Int = 200) -> Response {
    let passwordIsFirstProblem = form.problems["email"] == nil && form.problems["password"] != nil
    let firstName = Field(
      label: "First", name: "first_name", value: form.firstName, autocomplete: "given-name",
      error: form.problems["first_name"], isRequired: false, lengths: 1...100)
    let lastName = Field(
      label: "Last", name: "last_name", value: form.lastName, autocomplete: "family-name",
      error: form.problems["last_name"], isRequired: false, lengths: 1...100)
    let email = Field(
      label: "E-mail", name: "email", type: "email", value: form.email, autocomplete: "username",
      hint: site.confirmsFirst ? "We send a mail to it, with a link that you open before you sign in." : nil,
      error: form.problems["email"], takesFocus: !passwordIsFirstProblem, lengths: 1...254)
    let password = Field.newPassword(
      "password", label: "Password", error: form.problems["password"], takesFocus: passwordIsFirstProblem)
    return Page(
      site: site, status: status, title: "Create an account",
      content: """
        \(HTML.alert(form.error))
        <form method="post" action="\(site.address(of: "register"))">
        \(HTML.hidden("next", form.next?.text))
        \(email.html)
        \(password.html)
        <fieldset>
        <legend>Your name <span class="optional">(optional)</span></legend>
        \(firstName.html)
        \(lastName.html)
        </fieldset>
        <button type="submit">Create account</button>
        </form>
        \(HTML.aside("Already have an account?", link: "Sign in", to: site.address(of: "login", next: form.next)))
        """,
      formOrigins: [site.origin(after: form.next)], isOpenedByApplications: true
    ).response
  }

  /// 403: accounts are made by whoever runs the site.
  package static func registrationClosed(_ site: Site) -> Response {
    Page(
      site: site, status: 403, title: "Registration is closed",
      content: """
        <p>Accounts on this site are made by the people who run it. Please ask them for one.</p>
        <a class="button" href="\(site.address(of: "login"))">Sign in</a>
        """
    ).response
  }
}
