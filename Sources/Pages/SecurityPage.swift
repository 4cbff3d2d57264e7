package import HTTP
package import Postern

/// What an account has besides its password, and what of it the site offers.
package struct SecurityView: Sendable {
  /// Whether second factors are asked for when somebody signs in.
  package var isEnabled: Bool
  package var offersPasskeys: Bool
  package var offersEmail: Bool
  package var hasTOTP: Bool
  package var hasEmail: Bool
  package var passkeys: Int
  package var recoveryCodesLeft: Int
  package var trustedBrowsers: Int
  /// The account's role asks for one.
  package var isRequired: Bool
  /// Where the person was going, and needs a second factor for it.
  package var next: ReturnAddress?
  package var notice: AccountNotice?

  package init(
    isEnabled: Bool, offersPasskeys: Bool = true, offersEmail: Bool = false, hasTOTP: Bool = false,
    hasEmail: Bool = false, passkeys: Int = 0, recoveryCodesLeft: Int = 0, trustedBrowsers: Int = 0,
    isRequired: Bool = false, next: ReturnAddress? = nil, notice: AccountNotice? = nil
  ) {
    self.isEnabled = isEnabled
    self.offersPasskeys = offersPasskeys
    self.offersEmail = offersEmail
    self.hasTOTP = hasTOTP
    self.hasEmail = hasEmail
    self.passkeys = passkeys
    self.recoveryCodesLeft = recoveryCodesLeft
    self.trustedBrowsers = trustedBrowsers
    self.isRequired = isRequired
    self.next = next
    self.notice = notice
  }

  fileprivate var hasFactor: Bool { hasTOTP || hasEmail || passkeys > 0 }
}

extension Pages {
  package static func security(_ site: Site, _ view: SecurityView) -> Response {
    Page(
      site: site, title: "Sign-in security",
      content: """
        \(HTML.notice(view.notice?.sentence))
        \(way(onward: view))
        <p>\(explanation(view))</p>
        <ul class="rows">
        \(rows(site, view))
        </ul>
        """,
      isBelowAccount: true
    ).response
  }

  private static func explanation(_ view: SecurityView) -> String {
    if !view.isEnabled { return "With a passkey you sign in without your password: by your finger, face or PIN." }
    if view.isRequired, !view.hasFactor { return "Your role asks for a second factor. Choose one." }
    if view.hasFactor { return "Whoever learns your password needs one of these, too, to sign in as you." }
    return "With a second factor, whoever learns your password cannot sign in as you."
  }

  /// Back to what has led here.
  private static func way(onward view: SecurityView) -> HTML? {
    view.next.map { next in
      view.hasFactor
        ? #"<p><a class="button" href="\#(next.text)">Go on to the page</a></p>"#
        : #"<p class="notice" role="status">The page that you asked for needs a second factor. Choose one here.</p>"#
    }
  }

  private static func rows(_ site: Site, _ view: SecurityView) -> [HTML] {
    func address(_ page: String) -> String { site.address(of: "account/security/\(page)", next: view.next) }
    var rows: [HTML] = []
    if view.isEnabled || view.hasTOTP {
      rows.append(row(address("totp"), "Authenticator app", view.hasTOTP ? "On" : "Off"))
    }
    if view.offersPasskeys || view.passkeys > 0 {
      let words = view.passkeys == 0 ? "None yet" : view.passkeys == 1 ? "One" : "\(view.passkeys)"
      rows.append(row(address("passkeys"), "Passkeys", words))
    }
    if view.offersEmail || view.hasEmail {
      rows.append(row(address("email"), "Codes by mail", view.hasEmail ? "On" : "Off"))
    }
    if view.isEnabled, view.hasFactor {
      rows.append(row(address("recovery-codes"), "Recovery codes", "\(view.recoveryCodesLeft) left"))
    }
    if view.trustedBrowsers > 0 {
      rows.append(row(address("browsers"), "Trusted browsers", "\(view.trustedBrowsers)"))
    }
    return rows
  }

  /// A line that can be pressed from end to end.
  static func row(_ address: String, _ title: String, _ words: String) -> HTML {
    """
    <li><a href="\(address)"><strong>\(title)</strong> <span class="soft">\(words)</span></a></li>
    """
  }

  /// Codes by mail: one button that turns them on or off. It posts `next` to `account/security/email`, or to
  /// `account/security/email/remove`.
  package static func mailedCodes(
    _ site: Site, email: String, isVerified: Bool, since: Instant?, isLast: Bool, next: ReturnAddress? = nil
  ) -> Response {
    let isOn = since != nil
    return Page(
      site: site, title: "Codes by mail",
      content: """
        <p>\(isOn ? "They are on" : "When you sign in, a code is sent to")\
        \(since.map { ", since \(time($0)). They go to" as HTML }) \
        <bdi>\(email)</bdi>. Whoever reads your mail can have your password reset, too: an authenticator app or a \
        passkey guards you better.</p>
        \(isOn && isLast ? lastFactor : nil)
        \(isVerified || isOn ? mailedCodesButton(site, isOn: isOn, next) : unconfirmed(site, email))
        """,
      isBelowSecurity: true
    ).response
  }

  private static func mailedCodesButton(_ site: Site, isOn: Bool, _ next: ReturnAddress?) -> HTML {
    """
    <form method="post" action="\(site.address(of: "account/security/email\(isOn ? "/remove" : "")"))">
    \(HTML.hidden("next", next?.text))
    <button type="submit"\(isOn ? #" class="danger""# as HTML : nil)>Turn them \(isOn ? "off" : "on")</button>
    </form>
    """
  }
}
