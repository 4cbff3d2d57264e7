package import HTTP
package import Postern

extension Pages {
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
