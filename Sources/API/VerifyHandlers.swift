import HTTP
import Postern

/// `verify`: what `auth_request` asks, for every file of every protected page.
///
/// As RESPONDER it never answers 200 and never has a body: the shipped nginx files rely on it to keep the connection.
enum VerifyHandlers {
  static func verify(_ context: Context) throws -> Response {
    let judgement: Judgement
    do {
      judgement = try context.judgement()
    } catch AuthError.unavailable(let reason) {
      context.services.log.write(.error, "cannot tell who may pass", ["reason": reason])
      return refusal(503, "unavailable")
    }
    switch judgement {
    case .allowed(let passage): return allowed(passage, context)
    case .signedOut(let failure): return refusal(401, failure.word)
    case .forbidden(let reason, _): return refusal(403, reason.rawValue)
    case .stepUp: return refusal(401, "step-up")
    }
  }

  private static func allowed(_ passage: Judgement.Passage, _ context: Context) -> Response {
    var response = Response(status: 204, fields: passage.fields ?? IdentityFields.responder(passage.identity))
    if let renewed = passage.renewed, context.request.parameters.isEqual("AUTH_RELAY", "1") {
      response.fields.append("X-Auth-Set-Cookie", TokenCookies(context.settings).accessCookie(renewed))
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
    case .badHeader, .problem, .missingCSRF, .wrongCSRF: "invalid"
    case .revoked: "revoked"
    case .ambiguous: "ambiguous"
    }
  }
}
