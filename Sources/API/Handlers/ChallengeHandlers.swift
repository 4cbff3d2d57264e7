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
    case .stepUp(let kind, let visitor):
      // Where nobody can have a second factor, every page that asked for one would lead back here.
      if kind == .age || context.settings.secondFactors.isEnabled || context.settings.passkeys.areEnabled {
        stepUp(context, kind)
      } else {
        refused(context, 403, "step-up", visitor, "This page asks for a second factor, which this site does not take.")
      }
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
    let isFromElsewhere = context.isWithoutCookiesFromElsewhere
    guard !request.isUnsafe else {
      let page = isFromElsewhere ? Pages.formFromElsewhere : Pages.signInBeside
      return marked(page(context.site, context.settings.loginURL), failure.word)
    }
    if isFromElsewhere, let address = context.protectedAddress {
      return marked(Pages.reload(context.site, address), failure.word)
    }
    return redirect(context, failure.word, to: "login")
  }

  private static func stepUp(_ context: Context, _ kind: Requirement.StepUp) -> Response {
    let url = context.settings.stepUpURL(kind)
    guard context.showsPages else {
      return json(
        context, 401, "step-up", kind.sentence, code: "STEP_UP_REQUIRED",
        [JSON.Member("step_up", .string(kind.word)), JSON.Member("step_up_url", .string(url))])
    }
    guard !context.request.isUnsafe else { return marked(Pages.signInBeside(context.site, loginURL: url), "step-up") }
    switch kind {
    case .age: return redirect(context, "step-up", to: "login", "step_up=1")
    case .secondFactor: return redirect(context, "step-up", to: "mfa")
    }
  }

  private static func redirect(
    _ context: Context, _ word: String, to page: String, _ query: String? = nil
  ) -> Response {
    var address = context.site.address(of: page, next: context.protectedAddress)
    if let query { address += (address.contains("?") ? "&" : "?") + query }
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
    _ context: Context, _ status: Int, _ word: String, _ sentence: String, code: String, _ more: [JSON.Member] = []
  ) -> Response {
    let members = [
      JSON.Member("error", .string(sentence)), JSON.Member("error_code", .string(code)),
      JSON.Member("status", .integer(Int64(status))), JSON.Member("reason", .string(word)),
      JSON.Member("login_url", .string(context.settings.loginURL)),
    ]
    return marked(Response(status: status, json: .object(members + more)), word)
  }

  private static func marked(_ response: Response, _ word: String) -> Response {
    var response = response
    response.fields.append("X-Auth-Error", word)
    return response
  }
}

extension Settings {
  /// Where a person proves what is missing; where there are no pages, where a program does.
  fileprivate func stepUpURL(_ kind: Requirement.StepUp) -> String {
    switch kind {
    case .age: loginURL + (delivery == .bodyOnly ? "" : "?step_up=1")
    case .secondFactor: publicURL + (delivery == .bodyOnly ? "\(apiPrefix)/mfa/step-up" : "\(pagesPrefix)/mfa")
    }
  }
}

extension Requirement.StepUp {
  /// What `AUTH_REQUIRE` calls it.
  fileprivate var word: String {
    switch self {
    case .age: "age"
    case .secondFactor: "mfa"
    }
  }

  fileprivate var sentence: String {
    switch self {
    case .age: "Prove again who you are to see this"
    case .secondFactor: "Give a second factor to see this"
    }
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
