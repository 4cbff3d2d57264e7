import HTTP
import Postern

/// The second step of a sign-in, and the same in a session, for programs.
enum SecondStepHandlers {
  static func verify(_ context: Context) throws -> Response {
    let body = try JSONBody(context.request)
    let token = try body.text("mfa_token")
    let given = try context.given(body)
    let trusts = try body.truth("trust_browser") ?? false
    guard let token, let given else { throw AuthError.badTicket }
    return try context.takingSecondStep(context.broughtTicket(token), given, trustsBrowser: trusts) { finished in
      var words = [JSON.Member("msg", "Login successful")]
      if let codes = finished.recoveryCodes {
        words.append(JSON.Member("recovery_codes", .array(codes.map(JSON.string))))
      }
      return context.signedIn(finished.signIn, status: 200, words)
    }
  }

  /// With the ticket of a sign-in; without one in a session, which gets a ticket for `mfa/step-up`.
  static func sendCode(_ context: Context) throws -> Response {
    let token = try context.optionalBody()?.text("mfa_token")
    var members: [JSON.Member] = []
    var cookie: String?
    let brought: BroughtTicket
    if let token {
      brought = context.broughtTicket(token)
    } else {
      let pending = try context.services.secondStep.ticket(toRaise: try context.signedInCaller().claims)
      brought = BroughtTicket(text: pending.ticket, browserSecrets: [pending.browserSecret])
      members.append(JSON.Member("mfa_token", .string(pending.ticket)))
      cookie = SecondStepCookies(context.settings).signIn(pending, withTicket: false)
    }
    try context.services.secondStep.mailCode(brought, client: context.client)
    var response = context.mailed("If codes are mailed to you, one is on its way.", members)
    if let cookie, context.settings.delivery != .bodyOnly { response.fields.append("Set-Cookie", cookie) }
    return response
  }

  /// Puts a session that has `mfa` in the place of the one that asks. When its person proved who they are stays what it
  /// was.
  static func stepUp(_ context: Context) throws -> Response {
    let body = try JSONBody(context.request)
    let token = try body.text("mfa_token")
    guard let given = try context.given(body) else {
      throw AuthError.invalid([FieldProblem("code", "A code is required, or a passkey's credential")])
    }
    return try context.steppingUp(given, token.map(context.broughtTicket)) { outcome in
      context.signedIn(outcome, status: 200, [JSON.Member("msg", "Login successful")])
    }
  }

  static func browsers(_ context: Context) throws -> Response {
    let browsers = try context.services.trustedBrowsers.list(of: try context.signedIn().claims.account)
    return Response(
      status: 200,
      json: ["count": .integer(Int64(browsers.count)), "browsers": .array(browsers.map { JSON($0) })])
  }

  static func endBrowser(_ context: Context) throws -> Response {
    guard let id = TrustedBrowser.ID(context.lastSegment) else { throw AuthError.browserNotFound }
    try context.services.trustedBrowsers.end(
      id, of: try context.signedIn().claims.account, client: context.client)
    return Response(
      status: 200, json: ["message": "This browser is asked for a second factor again", "id": .string(id.description)])
  }
}

extension Context {
  /// What a program gives at a second step; `nil` where it gives nothing.
  fileprivate func given(_ body: JSONBody) throws -> SecondStep.Given? {
    if let credential = body.member("credential"), credential != .null {
      return .passkey(try AssertionResponse(try body.credential()))
    }
    guard let code = try body.field(["code", "token"])?.text, !code.isEmpty else { return nil }
    return .code(code)
  }
}

extension JSON {
  fileprivate init(_ browser: TrustedBrowser) {
    self = [
      "created_at": .string(browser.createdAt.iso8601),
      "device_name": .string(deviceName(ofUserAgent: browser.userAgent)),
      "expires_at": .string(browser.expiresAt.iso8601), "id": .string(browser.id.description),
      "ip_address": .string(browser.address), "last_used_at": browser.lastUsedAt.map { .string($0.iso8601) } ?? .null,
    ]
  }
}
