import HTTP
import Postern

/// The pages that people see: pure functions from plain values to the whole answer.
package enum Pages {}

/// One page before it is an answer: its frame and all of its header fields are made here and nowhere else.
struct Page {
  var site: Site
  var status = 200
  var title: String
  var content: HTML
  /// Origins besides this site to which the page's form may lead. Chromium holds `form-action` against redirects
  /// after the post, too, so that of `next` belongs here.
  var formOrigins: [String?] = []
  /// An address that the browser loads at once in this page's place.
  var reload: String?
  /// An application may open the page in a window of its own and watch it: `Cross-Origin-Opener-Policy` would tell it
  /// at once that the window is closed.
  var isOpenedByApplications = false
  /// What besides this site pictures may come from.
  var imageSources: [String] = []
  /// Whether it is one of the account's pages, and leads back to the first of them.
  var isBelowAccount = false
  /// The same, for the pages of what signs somebody in.
  var isBelowSecurity = false
  /// Its script asks the API for what an authenticator is to sign.
  var usesPasskeys = false

  var response: Response { Response(status: status, fields: fields, body: .bytes(Array(document.text.utf8))) }

  private var fields: Fields {
    var fields = Fields()
    fields.append("Content-Type", "text/html; charset=utf-8")
    fields.append("Cache-Control", "no-store")
    fields.append("Content-Security-Policy", contentSecurityPolicy)
    fields.append("X-Content-Type-Options", "nosniff")
    fields.append("X-Frame-Options", "DENY")
    fields.append("Referrer-Policy", "same-origin")
    fields.append("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
    if !isOpenedByApplications { fields.append("Cross-Origin-Opener-Policy", "same-origin") }
    return fields
  }

  private var contentSecurityPolicy: String {
    let files = (["'self'"] + [site.otherOrigin].compactMap(\.self)).joined(separator: " ")
    var forms = ["'self'"]
    for origin in [site.otherOrigin] + formOrigins {
      if let origin, !forms.contains(origin) { forms.append(origin) }
    }
    let pictures = ([files] + imageSources).joined(separator: " ")
    return "default-src 'none'; style-src \(files); script-src \(files); img-src \(pictures); font-src \(files); "
      + (usesPasskeys ? "connect-src 'self'; " : "")
      + "form-action \(forms.joined(separator: " ")); base-uri 'none'; frame-ancestors 'none'"
  }

  private var document: HTML {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="robots" content="noindex">
    \(reload.map { #"<meta http-equiv="refresh" content="0;url=\#($0)">"# as HTML })
    <title>\(title) · \(site.name)</title>
    <link rel="icon" type="image/svg+xml" href="\(site.address(of: Asset.icon))">
    <link rel="stylesheet" href="\(site.address(of: Asset.style))">
    <link rel="stylesheet" href="\(site.address(of: Asset.form))">
    <link rel="stylesheet" href="\(site.address(of: Asset.account))">
    <script src="\(site.address(of: Asset.script))" defer></script>
    \(usesPasskeys ? passkeyScript : nil)
    </head>
    <body>
    <header>
    <a class="brand" href="\(site.home)"><img src="\(site.address(of: Asset.icon))" alt="" width="44" height="44">\
    <span>\(site.name)</span></a>
    </header>
    <main>
    \(isBelowAccount ? back(to: "account", "Your account") : nil)\
    \(isBelowSecurity ? back(to: "account/security", "Sign-in security") : nil)
    <h1>\(title)</h1>
    \(content)
    </main>
    </body>
    </html>

    """
  }

  private var passkeyScript: HTML { #"<script src="\#(site.address(of: Asset.passkeys))" defer></script>"# }

  private func back(to page: String, _ title: String) -> HTML {
    #"<nav aria-label="Account"><a class="back" href="\#(site.address(of: page))">\#(title)</a></nav>"#
  }
}
