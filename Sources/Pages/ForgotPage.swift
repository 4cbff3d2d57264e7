package import HTTP
import Postern

/// A form that asks for an address, to which a link is then sent. It posts `email` to itself.
package struct MailForm: Sendable {
  package var email: String
  /// What was wrong with the last attempt, in a sentence.
  package var problem: String?

  package init(email: String = "", problem: String? = nil) {
    self.email = email
    self.problem = problem
  }
}

extension Pages {
  package static func forgot(_ site: Site, _ form: MailForm = MailForm(), status: Int = 200) -> Response {
    Page(
      site: site, status: status, title: "Set a new password",
      content: """
        <p>Give the address of your account. We send you a link with which you set a new password.</p>
        \(fields(site, form, page: "forgot"))
        \(HTML.aside("Remembered it?", link: "Sign in", to: site.address(of: "login")))
        """
    ).response
  }

  /// The answer to `forgot`, the same whether or not there is an account.
  package static func forgotSent(_ site: Site, email: String) -> Response {
    Page(
      site: site, title: "Check your mail",
      content: """
        <p>If there is an account with the address <strong><bdi>\(email)</bdi></strong>, a mail with a link is on its \
        way to it. The link is good for \(Link.Purpose.resetPassword.lifetimeInWords), and once.</p>
        <p class="soft">If no mail comes, look among unwanted mail, too; perhaps your account has another address.</p>
        <p class="aside"><a href="\(site.address(of: "forgot"))">Try another address</a> or \
        <a href="\(site.address(of: "login"))">sign in</a></p>
        """
    ).response
  }

  package static func resend(_ site: Site, _ form: MailForm = MailForm(), status: Int = 200) -> Response {
    Page(
      site: site, status: status, title: "Confirm your address",
      content: """
        <p>Give the address of your account. We send the mail with the link that confirms it once more.</p>
        \(fields(site, form, page: "resend"))
        \(HTML.aside("Confirmed already?", link: "Sign in", to: site.address(of: "login")))
        """
    ).response
  }

  /// After a registration, and the answer to `resend`: the same whether or not there was an account before.
  package static func checkMail(_ site: Site, email: String) -> Response {
    Page(
      site: site, title: "Check your mail",
      content: """
        <p>A mail is on its way to <strong><bdi>\(email)</bdi></strong>. Open the link in it to confirm that the \
        address is yours; then you can sign in. The link is good for \
        \(Link.Purpose.confirmAddress.lifetimeInWords).</p>
        <p class="soft">If no mail comes, look among unwanted mail, too.</p>
        <form method="post" action="\(site.address(of: "resend"))">
        \(HTML.hidden("email", email))
        <button type="submit" class="quiet">Send it again</button>
        </form>
        <p class="aside"><a href="\(site.address(of: "login"))">Sign in</a> once your address is confirmed</p>
        """
    ).response
  }

  private static func fields(_ site: Site, _ form: MailForm, page: String) -> HTML {
    let email = Field(
      label: "E-mail", name: "email", type: "email", value: form.email, autocomplete: "username", error: form.problem,
      takesFocus: true, lengths: 1...254)
    return """
      <form method="post" action="\(site.address(of: page))">
      \(email.html)
      <button type="submit">Send me a link</button>
      </form>
      """
  }
}
