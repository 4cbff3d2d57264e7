import HTTP
import Postern

/// `verify`: what `auth_request` asks, for every file of every protected page.
///
/// As RESPONDER it never answers 200 and never has a body: the shipped nginx files rely on it to keep the connection.
enum VerifyHandlers {
  static func verify(_ context: Context) throws -> Response {
    try answer(context.request, context.judge, context.services, mayBlock: context.mayBlock)
  }

  /// The same without a context, which would cost more than the answer.
  static func answer(
    _ request: Request, _ judge: Judge, _ services: Services, mayBlock: Bool
  ) throws -> Response {
    do {
      switch try judge.judge(request, mayBlock: mayBlock) {
      case .allowed(let visitor):
        let response = Response(status: 204, fields: visitor.passFields)
        return try Assertions.added(to: response, for: visitor, request, services, mayBlock)
      case .renewed(let visitor, let tokens):
        return try Assertions.added(
          to: renewed(visitor, tokens, request, services), for: visitor, request, services, mayBlock)
      case .signedOut(let failure):
        var response = refusal(401, failure.word)
        response.fields.append(BasicChallenge.fields(for: request, services.settings))
        return response
      case .forbidden(let reason, _): return refusal(403, reason.rawValue)
      case .stepUp: return refusal(401, "step-up")
      }
    } catch AuthError.unavailable(let reason) {
      services.log.write(.error, "cannot tell who may pass", ["reason": reason])
      return refusal(503, "unavailable")
    }
  }

  /// With `AUTH_RELAY`, the web server hands the fresh cookie on: of itself it relays no `Set-Cookie` of a subrequest.
  private static func renewed(
    _ visitor: Visitor, _ tokens: IssuedTokens, _ request: Request, _ services: Services
  ) -> Response {
    var response = Response(status: 204, fields: visitor.passFields)
    if services.settings.delivery != .bodyOnly, request.parameters.isEqual("AUTH_RELAY", "1") {
      response.fields.append("X-Auth-Set-Cookie", TokenCookies(services.settings).accessCookie(tokens))
    }
    return response
  }

  private static func refusal(_ status: Int, _ word: String) -> Response {
    var response = Response(status: status)
    response.fields.append("X-Auth-Error", word)
    return response
  }
}

extension TokenFailure {
  /// The one word of `X-Auth-Error`.
  var word: String {
    switch self {
    case .missing, .otherScheme: "missing"
    case .problem(.expired): "expired"
    case .badHeader, .problem, .sessionNeeded, .missingCSRF, .wrongCSRF: "invalid"
    case .revoked: "revoked"
    case .ambiguous: "ambiguous"
    }
  }
}
