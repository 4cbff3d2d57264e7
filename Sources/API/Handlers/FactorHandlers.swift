import HTTP
import Pages
import Postern

/// The second factors of one's own account, passkeys aside, for programs.
enum FactorHandlers {
  static func list(_ context: Context) throws -> Response {
    let account = try context.ownAccount()
    let enrolment = context.services.enrolment
    let factors = try enrolment.factors(of: account.id)
    return Response(
      status: 200,
      json: [
        "enabled": .bool(context.settings.secondFactors.isEnabled),
        "email_allowed": .bool(enrolment.offersEmail(account)),
        "factors": [
          "email": .bool(factors.emailSince != nil), "passkeys": .integer(Int64(factors.passkeys.count)),
          "recovery_codes_left": .integer(Int64(factors.recoveryCodesLeft)),
          "totp": .bool(factors.totp?.confirmedAt != nil),
        ],
        "required": .bool(account.role?.requiresSecondFactor == true),
      ])
  }

  /// Begins the adding of an authenticator app: in a session, or with the ticket of a sign-in that waits for the first
  /// factor.
  static func beginTOTP(_ context: Context) throws -> Response {
    let enrolment = context.services.enrolment
    try enrolment.demandEnabled()
    let body = try context.optionalBody()
    let account: Account
    if let token = try body?.text("mfa_token") {
      account = try enrolment.account(enrollingBy: context.broughtTicket(token))
    } else {
      account = try context.inSession().ownerOfFactors(password: try body?.text("password"))
    }
    let secret = try enrolment.beginTOTP(for: account)
    let address = secret.address(site: Site(context.settings).name, email: account.email).text
    let code = QRCode(of: address, label: "QR code for an authenticator app", log: context.services.log)
    return Response(
      status: 200,
      json: [
        "message": "Enter the code that the app shows", "otpauth_url": .string(address), "qr_svg": JSON(code?.svg),
        "secret": .string(secret.text),
      ])
  }

  /// The first code. The session is replaced by one that has `mfa`, if it has not; with a ticket, the sign-in is
  /// finished.
  static func confirmTOTP(_ context: Context) throws -> Response {
    let body = try JSONBody(context.request)
    let code = try body.field(["code", "token"])?.text ?? ""
    let words = JSON.Member("message", "Authenticator app added")
    if let token = try body.text("mfa_token") {
      let brought = context.broughtTicket(token)
      return context.withoutTicket(
        try context.enrolled(try context.confirmingTOTP(code, by: brought), status: 200, [words]))
    }
    let signedIn = try context.inSession()
    return try signedIn.enrolled(try signedIn.confirmingTOTP(code), status: 200, [words])
  }

  static func removeTOTP(_ context: Context) throws -> Response {
    let account = try context.ownerWithBody()
    try context.services.enrolment.removeTOTP(from: account, client: context.client)
    return Response(status: 200, json: ["message": "Authenticator app removed"])
  }

  static func addEmail(_ context: Context) throws -> Response {
    let account = try context.ownerWithBody()
    let added = try context.services.enrolment.addEmail(to: account, client: context.client)
    return try context.enrolled(added, status: 200, [JSON.Member("message", "Codes are mailed to you from now on")])
  }

  static func removeEmail(_ context: Context) throws -> Response {
    let account = try context.ownerWithBody()
    try context.services.enrolment.removeEmail(from: account, client: context.client)
    return Response(status: 200, json: ["message": "No more codes are mailed to you"])
  }

  static func replaceRecoveryCodes(_ context: Context) throws -> Response {
    let account = try context.ownerWithBody()
    let codes = try context.services.enrolment.replaceRecoveryCodes(of: account, client: context.client)
    return Response(
      status: 200,
      json: [
        "message": "Keep these codes: they are shown only now", "recovery_codes": .array(codes.map(JSON.string)),
      ])
  }
}

/// What programs and pages do alike.
extension Context {
  /// Whoever may change the second factors of the account that they are signed in to. Throws what
  /// `FactorChangeRule.demand` throws.
  func ownerOfFactors(password: String?) throws -> Account {
    let account = try ownAccount()
    try services.factorChanges.demand(of: account, try signedIn().claims, password: password, client: client)
    return account
  }

  /// Confirms an authenticator app by its first code, in a session.
  func confirmingTOTP(_ code: String) throws -> FactorEnrolment.Added {
    try services.enrolment.confirmTOTP(code, of: try ownAccount(), in: try signedIn().claims, client: client)
  }

  /// The same with the ticket of a sign-in, which that finishes.
  func confirmingTOTP(_ code: String, by brought: BroughtTicket) throws -> FactorEnrolment.Added {
    try replacingSessions { previous in
      try services.enrolment.confirmTOTP(code, by: brought, client: client, replacing: previous)
    }
  }

  /// The answer to a factor that was added: recovery codes where there are new ones, and the tokens of another session
  /// where there is one.
  func enrolled(_ added: FactorEnrolment.Added, status: Int, _ words: [JSON.Member]) throws -> Response {
    var members = words
    if let codes = added.recoveryCodes {
      members.append(JSON.Member("recovery_codes", .array(codes.map(JSON.string))))
    }
    guard let outcome = added.signIn else { return Response(status: status, json: .object(members)) }
    return signedIn(outcome, status: status, members)
  }

  /// The same request, whose sender has to bring an access token of a live session.
  fileprivate func inSession() throws -> Context {
    var context = self
    context.caller = try signedInCaller()
    return context
  }

  /// As `ownerOfFactors`, with the password of a body that may be missing. Throws `secondFactorsDisabled` before.
  fileprivate func ownerWithBody() throws -> Account {
    try services.enrolment.demandEnabled()
    return try ownerOfFactors(password: try optionalBody()?.text("password"))
  }
}
