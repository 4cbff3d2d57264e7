import HTTP
import Pages
import Postern

/// The page of one's authenticator app.
enum TOTPPages {
  /// Begins the setting up, with another secret each time: nobody sees one that somebody else may have seen.
  static func form(_ context: Context) throws -> Response {
    let next = context.returnAddress(context.request.query["next"])
    return try context.changingFactors(at: "totp", next: next) { account in
      let factors = try context.services.enrolment.factors(of: account.id)
      guard let since = factors.totp?.confirmedAt else {
        return try context.beginEnrolment(of: account, next: next)
      }
      return Pages.totpIsOn(Site(context.settings), since: since, isLast: factors.count == 1)
    }
  }

  static func confirm(_ context: Context) throws -> Response {
    let fields = try context.request.form()
    let next = context.returnAddress(fields["next"])
    return try context.changingFactors(at: "totp", next: next) { account in
      do {
        let added = try context.confirmingTOTP(fields["code"] ?? "")
        return context.factorAdded(added.recoveryCodes, added.signIn, done: .factor, next: next)
      } catch {
        return try context.enrolment(of: account, fields, isRefusedBy: error)
      }
    }
  }

  static func remove(_ context: Context) throws -> Response {
    try context.changingFactors(at: "totp") { account in
      try context.unlessGone {
        try context.services.enrolment.removeTOTP(from: account, client: context.client)
      }
      return context.onward(to: "account/security", done: .factorRemoved)
    }
  }
}

extension Context {
  /// Shows a new secret; to `HEAD`, which changes nothing, none.
  ///
  /// - Parameter offersMail: at the second step of a sign-in, whether codes may be mailed instead; `nil` elsewhere.
  func beginEnrolment(of account: Account, next: ReturnAddress?, offersMail: Bool? = nil) throws -> Response {
    guard !request.parameters.isEqual("REQUEST_METHOD", "HEAD") else { return Response(status: 200) }
    let secret = try services.enrolment.beginTOTP(for: account)
    return Pages.totp(Site(settings), form(secret, of: account, next, offersMail))
  }

  /// Shows the form again after a code that was wrong: with the same secret, if it is the one that this very page has
  /// shown, or else with another one.
  func enrolment(
    of account: Account, _ fields: FormFields, isRefusedBy error: any Error, offersMail: Bool? = nil
  ) throws -> Response {
    switch error as? AuthError {
    case .badCode, .factorNotFound, .tooManyAttempts: break
    case .factorExists: return onward(to: "account/security", done: .factor)
    default: throw error
    }
    let waiting = try services.enrolment.waitingTOTP(of: account)
    let isShown = waiting.map { fields.isEqual("secret", $0.text) } ?? false
    let secret: FactorEnrolment.Secret
    if let waiting, isShown { secret = waiting } else { secret = try services.enrolment.beginTOTP(for: account) }
    return answer(to: error) { answer in
      var form = form(secret, of: account, returnAddress(fields["next"]), offersMail)
      switch error as? AuthError {
      case .tooManyAttempts: form.error = answer.sentence
      default:
        form.error =
          isShown
          ? "That code is not right. Enter the one that the app shows now."
          : "Set the app up once more: this is a new secret."
      }
      return Pages.totp(Site(settings), form, status: answer.status)
    }
  }

  private func form(
    _ secret: FactorEnrolment.Secret, of account: Account, _ next: ReturnAddress?, _ offersMail: Bool?
  ) -> TOTPForm {
    let address = secret.address(site: Site(settings).name, email: account.email).text
    let code = QRCode(of: address, label: "QR code for an authenticator app", log: services.log)
    return TOTPForm(
      secret: secret.text, address: address, code: code, next: next, isSecondStep: offersMail != nil,
      offersMail: offersMail ?? false)
  }

  /// What is gone already has been removed, which is what was asked for.
  func unlessGone(_ remove: () throws -> Void) throws {
    do { try remove() } catch AuthError.factorNotFound {}
  }
}

extension Factors {
  /// How many a sign-in asks for.
  var count: Int { (totp?.confirmedAt == nil ? 0 : 1) + (emailSince == nil ? 0 : 1) + passkeys.count }
}
