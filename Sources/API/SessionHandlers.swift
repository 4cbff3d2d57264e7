import HTTP
import Postern

/// `token/refresh` and `logout`.
enum SessionHandlers {
  static func refresh(_ context: Context) throws -> Response {
    let tokens = try context.services.sessions.refresh(try context.signedIn().claims, client: context.client)
    return context.delivering(tokens, status: 200, [JSON.Member("msg", "Token refreshed successfully")])
  }

  /// Ends the session of every token that came and can be read, expired ones too, and makes the browser forget them
  /// all, whatever the answer.
  static func logout(_ context: Context) throws -> Response {
    var response: Response
    do {
      try context.endSessions()
      response = Response(status: 200, json: ["msg": "Successfully logged out"])
    } catch {
      response = context.response(to: error, in: .api)
    }
    response.fields.append(TokenCookies(context.settings).removal)
    return response
  }
}

extension Context {
  /// Ends the sessions of the request's tokens. Throws what is wrong with its access token when none can be read.
  func endSessions() throws {
    let now = services.clock.now()
    let sessions = tokens.sessions(in: request)
    let token = Result { () throws(TokenFailure) in try tokens.token(.access, in: request, at: now) }
    var hasEnded = false
    switch token {
    case .success(let token):
      if case .ended = tokens.liveness(of: token, arrival: request.arrival) { hasEnded = true }
    case .failure(let failure):
      // A double submit that fails must not be passed by with an expired token beside it.
      if sessions.isEmpty || failure == .missingCSRF || failure == .wrongCSRF { throw AuthError.token(failure) }
      if settings.doubleSubmit, tokens.hasCookie(in: request) {
        _ = try tokens.token(.refresh, in: request, at: now)
      }
    }
    // All of them, also beside a token that has ended before: its cookie may have been tossed at this browser.
    try end(sessions)
    if hasEnded { throw AuthError.token(.revoked) }
  }

  /// Ends each of these sessions, and throws only then what the storage answered instead.
  func end(_ sessions: [SessionID]) throws {
    var problem: AuthError?
    for session in sessions {
      do { try services.sessions.end(session, .signedOut, client: client) } catch { problem = problem ?? error }
    }
    if let problem { throw problem }
  }
}
