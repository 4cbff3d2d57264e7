package import HTTP
package import Postern

extension Pages {
  /// How many are left. The form posts nothing to `account/security/recovery-codes`.
  package static func recoveryCodesLeft(_ site: Site, _ left: Int) -> Response {
    Page(
      site: site, title: "Recovery codes",
      content: """
        <p>A recovery code signs you in when you have neither your phone nor your key at hand. Each works once. \
        \(left == 0 ? "You have none" : "You have \(left)") left.</p>
        <form method="post" action="\(site.address(of: "account/security/recovery-codes"))">
        <button type="submit">Make ten new ones</button>
        </form>
        \(left == 0 ? nil : #"<p class="soft">Those that you have now work no longer then.</p>"# as HTML)
        """,
      isBelowSecurity: true
    ).response
  }

  /// Shows them, this once. On paper there is nothing but the codes and the site's name.
  package static func recoveryCodes(_ site: Site, _ codes: [String], next: ReturnAddress?) -> Response {
    let lines = ["Recovery codes for \(site.name)", ""] + codes + ["", "Each works once."]
    let text = "data:text/plain;charset=utf-8," + FormFields.encode(lines.joined(separator: "\r\n"))
    return Page(
      site: site, title: "Your recovery codes",
      content: """
        \(HTML.notice("Print them, or write them down. They are shown only this once."))
        <p>With one of them you sign in when you have neither your phone nor your key at hand. Each works once. Keep \
        them where nobody else looks.</p>
        <ul class="codes">
        \(codes.map { "<li><code>\($0)</code></li>" as HTML })
        </ul>
        <p class="actions"><button type="button" class="plain" data-print hidden>Print</button>\
        <a class="button plain" href="\(text)" download="recovery-codes.txt">Save as a file</a></p>
        <p><a class="button" href="\(next?.text ?? site.address(of: "account/security"))">I have kept them</a></p>
        """
    ).response
  }
}
