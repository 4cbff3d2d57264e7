package import HTTP
package import Postern

/// Somebody is signed in and may not see what they asked for.
package struct ForbiddenView: Sendable {
  /// As whom they are signed in.
  package var email: String
  /// Why not, in a sentence.
  package var reason: String
  /// What they asked for.
  package var next: ReturnAddress?

  package init(email: String, reason: String, next: ReturnAddress?) {
    self.email = email
    self.reason = reason
    self.next = next
  }
}

extension Pages {
  /// 403; never 401, which a browser would be sent to the login page for, again and again.
  package static func forbidden(_ site: Site, _ view: ForbiddenView) -> Response {
    Page(
      site: site, status: 403, title: "You can’t open this page",
      content: """
        <p>You are signed in as <strong><bdi>\(view.email)</bdi></strong>. \(view.reason)</p>
        <a class="button" href="\(site.address(of: "login", next: view.next))">Use another account</a>
        <p class="aside"><a href="\(site.home)" data-back>Go back</a></p>
        """
    ).response
  }

  /// 401, for a form that was sent to a protected page without being signed in.
  /// - Parameter loginURL: the login page's address.
  package static func signInBeside(_ site: Site, loginURL: String) -> Response {
    Page(
      site: site, status: 401, title: "Sign in to send this form",
      content: """
        <p>Your form has not been sent, because you have to sign in first. What you filled in is not lost.</p>
        <ol>
        <li>Sign in in a new tab.</li>
        <li>Come back to this tab.</li>
        <li>Go back one page and send the form again.</li>
        </ol>
        <a class="button" href="\(loginURL)" target="_blank" rel="noopener">Sign in in a new tab</a>
        """
    ).response
  }

  /// 401, for a form that another site has sent to a protected page. Browsers leave `SameSite` cookies out of it, so
  /// that nobody can tell whether the person is signed in.
  package static func formFromElsewhere(_ site: Site, loginURL: String) -> Response {
    Page(
      site: site, status: 401, title: "This form came from another site",
      content: """
        <p>It has not been sent on, and nothing has been changed. What another site sends may not act in your name, \
        even when you are signed in here.</p>
        <p>To do it all the same, open the page on this site, and send the form from there.</p>
        <a class="button" href="\(site.home)">Go to \(site.name)</a>
        <p class="aside"><a href="\(loginURL)">Sign in</a> if you have not yet</p>
        """
    ).response
  }

  /// 401 whose page loads the same address once more: now the request comes from this site, and brings a
  /// `SameSite=Strict` cookie along.
  package static func reload(_ site: Site, _ address: ReturnAddress) -> Response {
    onward(site, to: address.text, status: 401, title: "One moment")
  }

  /// 200, in the place of a redirect after a form. Chromium holds `form-action` against every redirect that follows
  /// a post, those of the page that `next` names included, which nobody can list; a page of its own ends the chain.
  /// It leads to `continue`, which sees whether the cookies come back.
  package static func goOn(_ site: Site, to next: ReturnAddress?) -> Response {
    onward(site, to: site.address(of: "continue", next: next), status: 200, title: "You are signed in")
  }

  /// The password was right, and the browser has not kept the cookies: without this page it would be the login page
  /// once more, and nobody would know why.
  package static func cookiesNeeded(_ site: Site, next: ReturnAddress?) -> Response {
    Page(
      site: site, title: "Cookies are needed",
      content: """
        <p>Your password was right, but your browser did not keep you signed in: it does not take cookies from this \
        site.</p>
        <ol>
        <li>Allow cookies for this site, in the settings of your browser or of what blocks them.</li>
        <li>Sign in once more.</li>
        </ol>
        <a class="button" href="\(site.address(of: "login", next: next))">Sign in again</a>
        <p class="aside">This site sets cookies to know that it is you, and for nothing else.</p>
        """
    ).response
  }

  private static func onward(_ site: Site, to address: String, status: Int, title: String) -> Response {
    Page(
      site: site, status: status, title: title,
      content: """
        <p>The page opens by itself.</p>
        <a class="button" href="\(address)">Open the page</a>
        """,
      reload: address, isOpenedByApplications: true
    ).response
  }

  /// A page with one sentence, for errors.
  package static func message(
    _ site: Site, status: Int, title: String, sentence: String, requestID: String? = nil
  ) -> Response {
    Page(
      site: site, status: status, title: title,
      content: """
        <p>\(sentence)</p>
        \(requestID.map { "<p class=\"reference\">Reference: <code>\($0)</code></p>" as HTML })
        <p class="aside"><a href="\(site.home)">Go to \(site.name)</a></p>
        """
    ).response
  }
}
