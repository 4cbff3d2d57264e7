import HTTP
import Pages
import Postern

/// Between the two steps of a sign-in.
extension Context {
  /// The answer to the first step for programs: what the second one has to bring. It sets no cookie that signs in.
  func asking(for pending: PendingSignIn, _ words: [JSON.Member]) -> Response {
    var members = words
    members.append(JSON.Member("mfa_required", .bool(true)))
    members.append(JSON.Member("mfa_token", .string(pending.ticket)))
    members.append(JSON.Member("factors", .array(pending.factors.map { .string($0.rawValue) })))
    if pending.mustEnrol { members.append(JSON.Member("enrolment_required", .bool(true))) }
    var response = Response(status: 200, json: .object(members))
    if settings.delivery != .bodyOnly {
      response.fields.append("Set-Cookie", SecondStepCookies(settings).signIn(pending, withTicket: false))
    }
    response.afterwards = pending.afterwards
    return response
  }

  /// The same for people: the page of the second step, whose ticket is in a cookie.
  func secondStep(_ pending: PendingSignIn, next: ReturnAddress?) -> Response {
    var response = Response(status: 303)
    response.fields.append("Location", Site(settings).address(of: "mfa", next: next))
    response.fields.append("Set-Cookie", SecondStepCookies(settings).signIn(pending, withTicket: true))
    response.afterwards = pending.afterwards
    return response
  }

  /// Takes the second step, for programs and people alike: the answer of `signedIn`, and what goes with it for
  /// browsers.
  func takingSecondStep(
    _ brought: BroughtTicket, _ given: SecondStep.Given, trustsBrowser: Bool,
    signedIn: (SecondStep.Finished) throws -> Response
  ) throws -> Response {
    let finished = try replacingSessions { previous in
      try services.secondStep.verify(
        brought, by: given, trustsBrowser: trustsBrowser && settings.delivery != .bodyOnly, client: client,
        replacing: previous)
    }
    var response = try signedIn(finished)
    if let trust = finished.trust { response.fields.append("Set-Cookie", SecondStepCookies(settings).trusted(trust)) }
    return withoutTicket(response)
  }

  /// Raises the session of the request.
  func steppingUp(
    _ given: SecondStep.Given, _ brought: BroughtTicket?, signedIn: (SignIn.Outcome) throws -> Response
  ) throws -> Response {
    withoutTicket(
      try signedIn(
        try services.secondStep.stepUp(try self.signedIn().claims, by: given, brought, client: client)))
  }

  /// The browser may forget its ticket: it has done its work.
  func withoutTicket(_ response: Response) -> Response {
    var response = response
    if !signInCookies.isEmpty {
      response.fields.append("Set-Cookie", SecondStepCookies(settings).signInRemoval)
    }
    return response
  }

  /// The ticket of a program's body, with what ties it to its browser.
  @Sendable func broughtTicket(_ text: String) -> BroughtTicket {
    BroughtTicket(text: text, browserSecrets: signInCookies.map { String($0.secret) })
  }

  /// The ticket of a person's browser; `nil` where it has none. What a sibling host has tossed is passed by, where it
  /// is none of ours.
  var broughtTicket: BroughtTicket? {
    let brought = signInCookies.compactMap { cookie in
      cookie.ticket.map { BroughtTicket(text: String($0), browserSecrets: [String(cookie.secret)]) }
    }
    return brought.first(where: services.secondStep.hasMade) ?? brought.first
  }

  private var signInCookies: [(secret: Substring, ticket: Substring?)] {
    guard settings.delivery != .bodyOnly else { return [] }
    return request.cookies(named: SecondStepCookies(settings).signInName, atMost: 4, longest: 600).map { value in
      let parts = value.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
      return (parts[0], parts.count > 1 ? parts[1] : nil)
    }
  }
}
