import HTTP
import Pages
import Postern

/// `challenge`: where a web server's error page for 401 and 403 goes, with the parameters that `verify` got. It judges
/// anew, and answers the person rather than the web server.
enum ChallengeHandlers {
  static func challenge(_ context: Context) throws -> Response {
    switch try context.judge.judge(context.request, mayBlock: context.mayBlock) {
    case .allowed, .renewed: refused(context, 403, "server", nil, "This place has nothing to show you.")
    case .signedOut(let failure): signedOut(context, failure)
    case .forbidden(let reason, let visitor): refused(context, 403, reason.rawValue, visitor, reason.sentence)
    case .stepUp(.age, _): stepUp(context)
    case .stepUp(.secondFactor, let visitor):
      // Nobody can enrol a factor yet, and a password would lead back here.
      refused(
        context, 403, "step-up", visitor, "This page asks for a second factor, which your account does not have.")
    }
  }

  /// An AUTHORIZER's question is `verify` and `challenge` in one.
  static func authorize(_ context: Context) throws -> Response {
    switch try context.judge.judge(context.request, mayBlock: context.mayBlock) {
    case .allowed(let visitor), .renewed(let visitor, _):
      try Assertions.added(
        to: Response(status: 200, fields: IdentityFields.authorizer(visitor.identity)), for: visitor, context.request,
        context.services, context.mayBlock)
    default: try challenge(context)
    }
  }

  private static func signedOut(_ context: Context, _ failure: TokenFailure) -> Response {
    let request = context.request
    guard context.showsPages else {
      var response = json(context, 401, failure.word, "Sign in to see this", code: "SIGN_IN_REQUIRED")
      response.fields.append(BasicChallenge.fields(for: request, context.settings))
      return response
    }
    guard !request.isUnsafe else {
      return marked(Pages.signInBeside(context.site, loginURL: context.settings.loginURL), failure.word)
    }
    if request.parameters.isEqual("HTTP_SEC_FETCH_SITE", "cross-site"), !context.tokens.hasCookie(in: request),
      let address = context.protectedAddress
    {
      return marked(Pages.reload(context.site, address), failure.word)
    }
    return redirect(context, failure.word, stepUp: false)
  }

  private static func stepUp(_ context: Context) -> Response {
    guard context.showsPages else {
      return json(context, 401, "step-up", "Prove again who you are to see this", code: "STEP_UP_REQUIRED")
    }
    guard !context.request.isUnsafe else {
      return marked(Pages.signInBeside(context.site, loginURL: context.settings.loginURL + "?step_up=1"), "step-up")
    }
    return redirect(context, "step-up", stepUp: true)
  }

  private static func redirect(_ context: Context, _ word: String, stepUp: Bool) -> Response {
    var address = context.site.address(of: "login", next: context.protectedAddress)
    if stepUp { address += (address.contains("?") ? "&" : "?") + "step_up=1" }
    var response = Response(status: 302)
    response.fields.append("Location", address)
    response.fields.append("X-Auth-Error", word)
    return response
  }

  private static func refused(
    _ context: Context, _ status: Int, _ word: String, _ visitor: Visitor?, _ sentence: String
  ) -> Response {
    guard context.showsPages else { return json(context, status, word, sentence, code: "FORBIDDEN") }
    guard let visitor else {
      return marked(
        Pages.message(context.site, status: status, title: "You can’t open this page", sentence: sentence), word)
    }
    let view = ForbiddenView(email: visitor.identity.email, reason: sentence, next: context.protectedAddress)
    return marked(Pages.forbidden(context.site, view), word)
  }

  private static func json(
    _ context: Context, _ status: Int, _ word: String, _ sentence: String, code: String
  ) -> Response {
    let body: JSON = [
      "error": .string(sentence), "error_code": .string(code), "status": .integer(Int64(status)),
      "reason": .string(word), "login_url": .string(context.settings.loginURL),
    ]
    return marked(Response(status: status, json: body), word)
  }

  private static func marked(_ response: Response, _ word: String) -> Response {
    var response = response
    response.fields.append("X-Auth-Error", word)
    return response
  }
}

extension Requirement.Reason {
  /// What a person is told.
  var sentence: String {
    switch self {
    case .role, .permission: "Your account does not have the rights that this page asks for."
    case .user: "This page is open to certain people only."
    case .verified: "This page asks for an account whose e-mail address is confirmed."
    case .require: "This place is closed: its web server does not say who may enter."
    }
  }
}

extension Request {
  /// Whether a person looks at a page, as the browser says it, or else as `Accept` lets guess.
  var isPageView: Bool {
    if parameters.count(of: "HTTP_SEC_FETCH_MODE") > 0 { return parameters.isEqual("HTTP_SEC_FETCH_MODE", "navigate") }
    let accepted = parameters.value(of: "HTTP_ACCEPT") ?? []
    return accepted.indices.contains { accepted[$0...].starts(with: "text/html".utf8) }
  }
}

extension Context {
  /// Whether a person looks at a page, and there are pages to answer with: where tokens go into bodies only, nobody could
  /// sign in on one.
  var showsPages: Bool { request.isPageView && settings.delivery != .bodyOnly }

  /// The pages' site, named by its whole address where the protected site is another.
  var site: Site { Site(settings, onOtherHost: request.parameters.has("AUTH_SITE")) }

  /// The raw address that was asked for, so that its query survives; `nil` when it is none to come back to.
  var protectedAddress: ReturnAddress? {
    guard let address = request.parameters["REQUEST_URI"], address.utf8.first == UInt8(ascii: "/") else { return nil }
    guard let site = request.parameters["AUTH_SITE"], !site.isEmpty else { return ReturnAddress(address, origins: []) }
    guard let origin = Origin(of: site) else { return nil }
    return ReturnAddress(origin.text + address, origins: [origin.text])
  }

  /// Where a form asks to go on to, if it may.
  func returnAddress(_ candidate: String?) -> ReturnAddress? {
    let own = [settings.publicURL, request.parameters["AUTH_SITE"] ?? ""] + settings.allowedRedirectOrigins
    return candidate.flatMap { ReturnAddress($0, origins: own.compactMap { Origin(of: $0)?.text }) }
  }
}
