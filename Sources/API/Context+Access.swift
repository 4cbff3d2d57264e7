import HTTP
import Pages
import Postern

/// What each kind of `Route.Access` demands of a request.
extension Context {
  /// The token of a request that must bring one, its session judged: by memory where that is fresh, else by the storage.
  func signedInCaller() throws -> Caller {
    let token = try tokens.token(.access, in: request, at: services.clock.now())
    switch tokens.liveness(of: token, arrival: request.arrival) {
    case .alive: return token
    case .ended: throw AuthError.token(.revoked)
    case .unknown:
      guard mayBlock else { throw NeedsStorage() }
      guard try services.sessions.confirm(token.claims) else { throw AuthError.token(.revoked) }
      return token
    }
  }

  /// Who refreshes: signature, times and kind of the token are right; its session is judged by the storage.
  func refreshTokenCaller() throws -> Caller {
    do {
      return try tokens.token(.refresh, in: request, at: services.clock.now())
    } catch .problem(.foreign) {
      // Rightly signed for no session that we know: like any other session that is not there.
      throw AuthError.sessionInactive
    }
  }

  /// Who looks at a page: by access token, or by the refresh token of a live session; `nil` when nobody is signed in.
  func pageCaller() throws -> (Caller, IssuedTokens?)? {
    do {
      return (try signedInCaller(), nil)
    } catch let failure as TokenFailure {
      let now = services.clock.now()
      guard failure != .ambiguous, let claims = try? tokens.refreshCookie(in: request, at: now).claims else {
        return nil
      }
      do {
        let renewal = try services.sessions.renew(claims)
        return (Caller(claims, renewal), renewal.tokens)
      } catch AuthError.sessionInactive {
        return nil
      }
    } catch AuthError.token {
      return nil
    }
  }

  /// Where somebody goes who looks at a page without being signed in.
  var loginRedirect: Response {
    var response = Response(status: 302)
    // Where a form was sent, there is no page to come back to: what has forms here is the account.
    let page = request.isUnsafe ? settings.pagesPrefix + "/account" : request.path
    response.fields.append("Location", Site(settings).address(of: "login", next: ReturnAddress(page, origins: [])))
    return response
  }
}
