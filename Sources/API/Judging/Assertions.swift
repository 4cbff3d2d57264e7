import HTTP
import Postern

/// The signed assertion, for locations that ask for one with `AUTH_ASSERTION`: whom it is for. Only the web server's
/// configuration can set that.
enum Assertions {
  /// Bytes that the answer to a question of a web server may have in all; some are added behind this.
  private static let largest = 8_000
  private static let longestAudience = 255

  /// The answer that lets somebody pass, with an assertion where one is asked for. The key is made when it is first
  /// needed: then `NeedsWorker` is thrown on a reactor.
  static func added(
    to response: Response, for visitor: Visitor, _ request: Request, _ services: Services, _ mayBlock: Bool
  ) throws -> Response {
    guard request.parameters.has("AUTH_ASSERTION") else { return response }
    let audience = request.parameters["AUTH_ASSERTION"] ?? ""
    guard audience.utf8.count <= longestAudience else {
      services.log.write(
        .error, "no assertion: everyone is refused", ["cure": "give AUTH_ASSERTION \(longestAudience) bytes at most"])
      throw AuthError.unavailable("AUTH_ASSERTION is too long")
    }
    var assertion = Assertion(
      issuer: services.settings.publicURL, audience: audience, identity: visitor.identity,
      issuedAt: services.clock.now().seconds)
    var response = response
    var text = try signed(assertion, services, mayBlock)
    if response.fields.lines.count + text.utf8.count > largest {
      assertion.tellsPermissions = false
      text = try signed(assertion, services, mayBlock)
    }
    if response.fields.lines.count + text.utf8.count > largest {
      response.fields = withoutPermissions(visitor, response.fields)
    }
    if request.role == .authorizer {
      // Another name than that of the audience, which lighttpd leaves in the environment.
      response.fields.append("Variable-AUTH_ASSERTION_JWT", text)
    } else {
      response.fields.append("X-Auth-Assertion", text)
    }
    return response
  }

  /// With a fresh cookie and many permissions, both besides would be too much.
  private static func withoutPermissions(_ visitor: Visitor, _ full: Fields) -> Fields {
    var identity = visitor.identity
    identity.permissions = []
    var fields = Fields()
    fields.append("Cache-Control", "no-store")
    fields.append(IdentityFields.responder(identity))
    fields.append("X-Auth-Permissions-Omitted", "1")
    for cookie in full.values(of: "X-Auth-Set-Cookie") { fields.append("X-Auth-Set-Cookie", cookie) }
    return fields
  }

  private static func signed(_ assertion: Assertion, _ services: Services, _ mayBlock: Bool) throws -> String {
    if let text = services.assertions.sign(assertion) { return text }
    guard mayBlock else { throw NeedsWorker() }
    do { try services.assertions.makeKey() } catch { throw AuthError(error) }
    guard let text = services.assertions.sign(assertion) else {
      throw AuthError.unavailable("the key for assertions has vanished")
    }
    return text
  }
}
