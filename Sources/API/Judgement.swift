import HTTP
import Postern

/// What is decided about somebody whom a web server asks about: the one place where `verify`, `challenge` and an
/// AUTHORIZER get their answer from.
enum Judgement {
  case allowed(Passage)
  case signedOut(TokenFailure)
  /// Signed in, and not enough; nobody where the requirement itself cannot be read.
  case forbidden(Requirement.Reason, Identity?)
  case stepUp(Requirement.StepUp, Identity)

  /// Somebody who may pass.
  struct Passage {
    var identity: Identity
    /// The identity as fields, where they have been made before.
    var fields: Fields?
    /// A fresh access token: the one that came has expired, or none came.
    var renewed: IssuedTokens?
  }
}

/// Thrown on a reactor where the storage has to be asked: a worker begins again.
struct NeedsStorage: Error {}

extension Context {
  /// Judges the request's person by `AUTH_REQUIRE`. Throws `NeedsStorage` on a reactor, `AuthError.unavailable` where
  /// the storage does not answer: then nobody is let in.
  func judgement() throws -> Judgement {
    guard let requirement = requirements.requirement(of: request, log: services.log) else {
      return .forbidden(.require, nil)
    }
    let now = services.clock.now()
    let token: VerifiedToken
    do {
      token = try tokens.token(.access, in: request, at: now)
    } catch {
      return try renewed(after: error, requirement, at: now)
    }
    switch tokens.liveness(of: token, arrival: request.arrival) {
    case .alive: break
    case .ended: return .signedOut(.revoked)
    case .unknown:
      guard mayBlock else { throw NeedsStorage() }
      guard try services.sessions.confirm(token.claims) else { return .signedOut(.revoked) }
    }
    guard token.claims.permissions != nil else { return try judgeByStorage(token, requirement, at: now) }
    return judge(.init(identity: token.identity, fields: token.identityFields), requirement, at: now)
  }

  /// The refresh cookie of a live session lets pass as well: static sites have no script that could refresh.
  private func renewed(after failure: TokenFailure, _ requirement: Requirement, at now: Instant) throws -> Judgement {
    guard failure != .ambiguous, settings.tokenLocations.contains(.cookies), tokens.hasRefreshCookie(in: request) else {
      return .signedOut(failure)
    }
    guard mayBlock else { throw NeedsStorage() }
    do {
      let claims = try tokens.refreshCookie(in: request, at: now).claims
      let (account, session, issued) = try services.sessions.renew(claims)
      return judge(.init(identity: Identity(account, session), renewed: issued), requirement, at: now)
    } catch let failure as TokenFailure {
      return .signedOut(failure)
    } catch AuthError.sessionInactive {
      return .signedOut(.revoked)
    }
  }

  /// A token whose permissions did not fit says nothing of them.
  private func judgeByStorage(_ token: VerifiedToken, _ requirement: Requirement, at now: Instant) throws -> Judgement {
    guard mayBlock else { throw NeedsStorage() }
    guard let account = try services.accounts.find(token.claims.account) else { return .signedOut(.revoked) }
    var identity = token.identity
    identity.role = account.role?.name
    identity.permissions = account.role?.permissions ?? []
    return judge(.init(identity: identity), requirement, at: now)
  }

  private func judge(_ passage: Judgement.Passage, _ requirement: Requirement, at now: Instant) -> Judgement {
    switch requirement.judge(passage.identity, now: now) {
    case .allowed: .allowed(passage)
    case .forbidden(let reason): .forbidden(reason, passage.identity)
    case .stepUp(let kind): .stepUp(kind, passage.identity)
    }
  }
}

extension Identity {
  init(_ account: Account, _ session: Session) {
    self.init(
      account: account.id, session: session.id, email: account.email.text,
      name: [account.profile.firstName, account.profile.lastName].compactMap(\.self).joined(separator: " "),
      isVerified: account.isVerified, role: account.role?.name, permissions: account.role?.permissions ?? [],
      methods: session.methods, provenAt: session.provenAt.seconds)
  }
}
