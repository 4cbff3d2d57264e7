import HTTP
import Postern

/// Beginning and ending the sessions of whoever sends a request.
extension Context {
  /// Signs in by `attempt`, which ends the session that this browser had before; then, where it has signed in, ends
  /// those of the other cookies that came. One that a sibling host has tossed would otherwise make the new session's
  /// cookies ambiguous, however often the person signs in.
  func replacingSessions<Outcome>(
    _ attempt: (SessionID?) throws -> Outcome, where hasSignedIn: (Outcome) -> Bool = { _ in true }
  ) throws -> Outcome {
    let previous = tokens.sessions(in: request)
    let outcome = try attempt(previous.first)
    // In memory they have ended even where the storage fails now, and the person has signed in.
    if hasSignedIn(outcome) { try? end(Array(previous.dropFirst())) }
    return outcome
  }

  /// Registers by `attempt`; where that signs in, this browser's sessions end as with any sign-in.
  func registering(
    _ attempt: (SessionID?) throws -> Registration.Outcome, signedIn: (SignIn.Outcome) throws -> Response,
    mailed: () throws -> Response
  ) throws -> Response {
    let outcome = try replacingSessions(attempt) { if case .signedIn = $0 { true } else { false } }
    return switch outcome {
    case .mailed: try mailed()
    case .signedIn(let outcome): try signedIn(outcome)
    }
  }

  /// Signs in by `attempt`; where that is the first of two steps, nothing ends yet.
  func signingIn(
    _ attempt: (SessionID?) throws -> SignIn.Answer, signedIn: (SignIn.Outcome) throws -> Response,
    secondStep: (PendingSignIn) throws -> Response
  ) throws -> Response {
    let answer = try replacingSessions(attempt) { if case .signedIn = $0 { true } else { false } }
    return switch answer {
    case .signedIn(let outcome): try signedIn(outcome)
    case .secondStep(let pending): try secondStep(pending)
    }
  }

  /// The answer to a sign-in: tokens where the configuration puts them, and who it is.
  func signedIn(_ outcome: SignIn.Outcome, status: Int, _ words: [JSON.Member]) -> Response {
    let account = outcome.account
    let user = JSON.Member(
      "user",
      [
        "email": .string(account.email.text), "id": .integer(account.id.value),
        "role": account.role.map { .integer($0.id) } ?? .null,
      ])
    var response = delivering(outcome.tokens, status: status, words + [user])
    response.afterwards = outcome.afterwards
    return response
  }

  /// Puts tokens into cookies, the body, or both, as `AUTHSVC_TOKEN_DELIVERY` alone decides.
  func delivering(_ tokens: IssuedTokens, status: Int, _ members: [JSON.Member]) -> Response {
    var members = members
    if settings.delivery != .cookiesOnly {
      members.append(JSON.Member("access_token", .string(tokens.access)))
      members.append(JSON.Member("refresh_token", .string(tokens.refresh)))
    }
    var response = Response(status: status, json: .object(members))
    if settings.delivery != .bodyOnly { response.fields.append(TokenCookies(settings).fields(for: tokens)) }
    return response
  }

  /// Ends the sessions of the request's tokens. Throws what is wrong with its access token when none can be read.
  func endSessions() throws {
    let now = services.clock.now()
    let sessions = tokens.sessions(in: request)
    var hasEnded = false
    do {
      let token = try tokens.token(.access, in: request, at: now, mayBlock: mayBlock)
      if case .ended = tokens.liveness(of: token, arrival: request.arrival) { hasEnded = true }
    } catch let failure as TokenFailure {
      // A double submit that fails must not be passed by with an expired token beside it.
      if sessions.isEmpty || failure == .missingCSRF || failure == .wrongCSRF { throw AuthError.token(failure) }
      if settings.doubleSubmit, tokens.hasCookie(in: request) {
        _ = try tokens.token(.refresh, in: request, at: now, mayBlock: mayBlock)
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
