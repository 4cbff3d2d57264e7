import HTTP
import Postern

/// What is decided about somebody whom a web server asks about.
enum Judgement {
  case allowed(Visitor)
  /// The same, with a fresh access token: the one that came has expired, or none came.
  indirect case renewed(Visitor, IssuedTokens)
  case signedOut(TokenFailure)
  /// Signed in, and not enough; nobody where the requirement itself cannot be read.
  case forbidden(Requirement.Reason, Visitor?)
  case stepUp(Requirement.StepUp, Visitor)
}

/// Thrown on a reactor where the storage has to be asked, or the signature of a key pair to be checked: a worker begins
/// again.
struct NeedsWorker: Error {}

/// Judges whomever a web server asks about by `AUTH_REQUIRE`: the one place from which `verify`, `challenge` and an
/// AUTHORIZER get their answer.
final class Judge: Sendable {
  private let services: Services
  private let tokens: TokenReader
  private let apiTokens: VerifiedAPITokens
  private let requirements = Requirements()

  init(_ services: Services, _ tokens: TokenReader, _ apiTokens: VerifiedAPITokens) {
    self.services = services
    self.tokens = tokens
    self.apiTokens = apiTokens
  }

  /// - Parameter mayBlock: a worker asks, so that the storage may be asked; otherwise `NeedsWorker` is thrown where it
  ///   must be.
  ///
  /// Throws `AuthError.unavailable` where the storage does not answer: then nobody is let in.
  func judge(_ request: Request, mayBlock: Bool) throws -> Judgement {
    guard let requirement = requirements.requirement(of: request, log: services.log) else {
      return .forbidden(.require, nil)
    }
    let now = services.clock.now()
    let visitor: Visitor
    do {
      visitor = try self.visitor(request, at: now, mayBlock)
    } catch AuthError.token(let failure) {
      return try renew(request, after: failure, requirement, at: now, mayBlock)
    }
    return verdict(on: visitor, requirement, at: now) ?? .allowed(visitor)
  }

  /// Whom an API token or a live access token names. Throws what is wrong with it as `AuthError.token`.
  private func visitor(_ request: Request, at now: Instant, _ mayBlock: Bool) throws -> Visitor {
    if let token = tokens.apiToken(in: request, takesBasic: true) {
      return try apiTokens.visitor(token, at: now, arrival: request.arrival, mayBlock: mayBlock)
    }
    switch try tokens.access(in: request, at: now, mayBlock: mayBlock) {
    case .success(let caller):
      return try services.live(caller, tokens, arrival: request.arrival, mayBlock: mayBlock).visitor
    case .failure(let failure): throw AuthError.token(failure)
    }
  }

  /// The refresh cookie of a live session lets pass as well: static sites have no script that could refresh. That holds
  /// beside an access token of a session that has ended, too: a sibling host may have tossed it, or a page that was on
  /// its way while the person signed in as somebody else.
  private func renew(
    _ request: Request, after failure: TokenFailure, _ requirement: Requirement, at now: Instant, _ mayBlock: Bool
  ) throws -> Judgement {
    guard failure != .ambiguous, tokens.hasRefreshCookie(in: request) else { return .signedOut(failure) }
    let refreshing: Caller
    do {
      refreshing = try tokens.refreshCookie(in: request, at: now, mayBlock: mayBlock)
    } catch let problem as TokenFailure {
      return .signedOut(problem == .ambiguous ? problem : failure)
    }
    // What has ended is known without the storage.
    if case .ended = tokens.liveness(of: refreshing, arrival: request.arrival) { return .signedOut(.revoked) }
    guard mayBlock else { throw NeedsWorker() }
    let claims = refreshing.claims
    let renewal: Renewal
    do {
      renewal = try services.sessions.renew(claims, client: request.client)
    } catch .sessionInactive {
      return .signedOut(.revoked)
    }
    let caller = Caller(claims, renewal)
    if let verdict = verdict(on: caller.visitor, requirement, at: now) { return verdict }
    return .renewed(caller.visitor, renewal.tokens)
  }

  /// What the requirement holds against the person; `nil` when they may pass.
  private func verdict(on visitor: Visitor, _ requirement: Requirement, at now: Instant) -> Judgement? {
    switch requirement.judge(visitor.identity, now: now) {
    case .allowed: nil
    case .forbidden(let reason): .forbidden(reason, visitor)
    case .stepUp(let kind): .stepUp(kind, visitor)
    }
  }
}
