import HTTP
import Pages
import Postern

/// What an account is guarded by: all of it on one page, and the pages of what needs few words.
enum SecurityPages {
  static func overview(_ context: Context) throws -> Response {
    let settings = context.settings
    guard settings.guardsAccounts else { throw RequestFailure.notFound }
    let account = try context.ownAccount()
    let enrolment = context.services.enrolment
    let factors = try enrolment.factors(of: account.id)
    let view = SecurityView(
      isEnabled: settings.secondFactors.isEnabled, offersPasskeys: settings.offersPasskeys,
      offersEmail: settings.secondFactors.isEnabled && settings.secondFactors.allowsEmail,
      hasTOTP: factors.totp?.confirmedAt != nil, hasEmail: factors.emailSince != nil,
      passkeys: factors.passkeys.count, recoveryCodesLeft: factors.recoveryCodesLeft,
      trustedBrowsers: try context.services.trustedBrowsers.list(of: account.id).count,
      isRequired: account.role?.requiresSecondFactor == true,
      next: context.returnAddress(context.request.query["next"]), notice: context.notice)
    return Pages.security(Site(settings), view)
  }

  // MARK: Codes by mail

  static func email(_ context: Context) throws -> Response {
    let next = context.returnAddress(context.request.query["next"])
    return try context.changingFactors(at: "email", next: next) { account in
      let factors = try context.services.enrolment.factors(of: account.id)
      return Pages.mailedCodes(
        Site(context.settings), email: account.email.text, isVerified: account.isVerified, since: factors.emailSince,
        isLast: factors.count == 1, next: next)
    }
  }

  static func addEmail(_ context: Context) throws -> Response {
    let next = context.returnAddress(try context.request.form()["next"])
    return try context.changingFactors(at: "email", next: next) { account in
      do {
        let added = try context.services.enrolment.addEmail(to: account, client: context.client)
        return context.factorAdded(added.recoveryCodes, added.signIn, done: .factor, next: next)
      } catch AuthError.factorExists {
        return context.onward(to: "account/security", done: .factor)
      }
    }
  }

  static func removeEmail(_ context: Context) throws -> Response {
    try context.changingFactors(at: "email") { account in
      try context.unlessGone {
        try context.services.enrolment.removeEmail(from: account, client: context.client)
      }
      return context.onward(to: "account/security", done: .factorRemoved)
    }
  }

  // MARK: Recovery codes

  static func recoveryCodes(_ context: Context) throws -> Response {
    try context.changingFactors(at: "recovery-codes") { account in
      let factors = try context.services.enrolment.factors(of: account.id)
      guard factors.areThere else { return context.onward(to: "account/security") }
      return Pages.recoveryCodesLeft(Site(context.settings), factors.recoveryCodesLeft)
    }
  }

  static func replaceRecoveryCodes(_ context: Context) throws -> Response {
    try context.changingFactors(at: "recovery-codes") { account in
      do {
        let codes = try context.services.enrolment.replaceRecoveryCodes(of: account, client: context.client)
        return Pages.recoveryCodes(Site(context.settings), codes, next: nil)
      } catch AuthError.factorNotFound {
        return context.onward(to: "account/security")
      }
    }
  }

  // MARK: Trusted browsers

  static func browsers(_ context: Context) throws -> Response {
    let browsers = try context.services.trustedBrowsers.list(of: context.signedIn().claims.account).map { browser in
      TrustedBrowserView(
        id: browser.id.description, device: deviceName(ofUserAgent: browser.userAgent), address: browser.address,
        expiresAt: browser.expiresAt)
    }
    return Pages.trustedBrowsers(Site(context.settings), browsers)
  }

  /// The one that the form names, or all of them. To end trust needs no proof.
  static func endBrowsers(_ context: Context) throws -> Response {
    let account = try context.signedIn().claims.account
    let fields = try context.request.form()
    guard let text = fields["browser"] else { return try end(nil, of: account, context) }
    guard let id = TrustedBrowser.ID(text.utf8) else { return context.onward(to: "account/security/browsers") }
    return try end(id, of: account, context)
  }

  private static func end(
    _ browser: TrustedBrowser.ID?, of account: AccountID, _ context: Context
  ) throws -> Response {
    do {
      try context.services.trustedBrowsers.end(browser, of: account, client: context.client)
    } catch .browserNotFound {
      // It has ended meanwhile, which is what was asked for.
    }
    return context.onward(to: "account/security/browsers")
  }
}

extension Settings {
  /// Whether there is anything that could guard an account besides its password.
  var guardsAccounts: Bool { secondFactors.isEnabled || offersPasskeys }
}
