import HTTP
import Pages
import Postern
import Synchronization

extension Services {
  /// The caller as they are now, and a use of their session noted: by memory, where that is fresh and the token's
  /// claims still hold; else by the storage. Throws `AuthError.token(.revoked)` when the session has ended,
  /// `NeedsWorker` where the storage would have to be asked and must not be.
  func live(_ caller: Caller, _ tokens: TokenReader, arrival: Duration, mayBlock: Bool) throws -> Caller {
    let claims = caller.claims
    let liveness = tokens.liveness(of: caller, arrival: arrival)
    if case .ended = liveness { throw AuthError.token(.revoked) }
    if case .alive = liveness, claims.permissions != nil,
      revocations.reachesBack(to: claims.issuedAt) || caller.wasAlive.load(ordering: .relaxed),
      !revocations.isOutOfDate(account: claims.account, revision: claims.revision)
    {
      activity.note(.session(claims.session), mark: caller.activity)
      return caller
    }
    guard mayBlock else { throw NeedsWorker() }
    guard let account = try sessions.account(of: claims) else { throw AuthError.token(.revoked) }
    caller.wasAlive.store(true, ordering: .relaxed)
    activity.note(.session(claims.session), mark: caller.activity)
    return Caller(claims.about(account))
  }
}

/// What each kind of `Route.Access` demands of a request.
extension Context {
  /// Who sent a request that must bring an access token of a live session.
  func signedInCaller() throws -> Caller {
    let caller = try tokens.token(.access, in: request, at: services.clock.now(), mayBlock: mayBlock)
    return try services.live(caller, tokens, arrival: request.arrival, mayBlock: mayBlock)
  }

  /// The same, or whom an API token stands for. It comes as `Bearer` only: `Basic` is what browsers send by themselves,
  /// from other sites' pages, too.
  func signedInVisitor() throws -> Visitor {
    guard let token = tokens.apiToken(in: request, takesBasic: false) else { return try signedInCaller().visitor }
    return try apiTokens.visitor(token, at: services.clock.now(), arrival: request.arrival, mayBlock: mayBlock)
  }

  /// Who refreshes: signature, times and kind of the token are right; its session is judged by the storage.
  func refreshTokenCaller() throws -> Caller {
    do {
      return try tokens.token(.refresh, in: request, at: services.clock.now(), mayBlock: mayBlock)
    } catch TokenFailure.problem(.foreign) {
      // Rightly signed for no session that we know: like any other session that is not there.
      throw AuthError.sessionInactive
    }
  }

  /// Who looks at a page: by access token, or by the refresh token of a live session; `nil` when nobody is signed in.
  func pageCaller() throws -> (Caller, IssuedTokens?)? {
    let failure: TokenFailure
    do {
      return (try signedInCaller(), nil)
    } catch let problem as TokenFailure {
      failure = problem
    } catch AuthError.token(let problem) {
      failure = problem
    }
    guard failure != .ambiguous else { return nil }
    do {
      let claims = try tokens.refreshCookie(in: request, at: services.clock.now(), mayBlock: mayBlock).claims
      let renewal = try services.sessions.renew(claims, client: client)
      return (Caller(claims, renewal), renewal.tokens)
    } catch is TokenFailure {
      return nil
    } catch AuthError.sessionInactive {
      return nil
    }
  }

  /// Where somebody goes who looks at a page without being signed in: to the login page. A link from elsewhere, as in a
  /// mail that is read in the browser, brings no `SameSite=Strict` cookie along: the page is loaded once more then.
  var loginRedirect: Response {
    if !request.isUnsafe, isWithoutCookiesFromElsewhere, let address = ReturnAddress(request.path, origins: []) {
      return Pages.reload(Site(settings), address)
    }
    var response = Response(status: 302)
    // Where a form was sent, there is no page to come back to: what has forms here is the account.
    let page = request.isUnsafe ? settings.pagesPrefix + "/account" : request.path
    response.fields.append("Location", Site(settings).address(of: "login", next: ReturnAddress(page, origins: [])))
    return response
  }
}
