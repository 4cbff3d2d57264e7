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

  /// The ticket of a program's body, with what ties it to its browser.
  func broughtTicket(_ text: String) -> BroughtTicket {
    BroughtTicket(text: text, browserSecrets: signInCookies.map { String($0.secret) })
  }

  /// The ticket of a person's browser; `nil` where it has none.
  var broughtTicket: BroughtTicket? {
    guard let cookie = signInCookies.first(where: { $0.ticket != nil }), let ticket = cookie.ticket else { return nil }
    return BroughtTicket(text: String(ticket), browserSecrets: [String(cookie.secret)])
  }

  private var signInCookies: [(secret: Substring, ticket: Substring?)] {
    request.cookies(named: SecondStepCookies(settings).signInName, atMost: 4, longest: 600).map { value in
      let parts = value.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
      return (parts[0], parts.count > 1 ? parts[1] : nil)
    }
  }
}
