import HTTP
import Postern

/// One row of the table of every URL. It says all that is common to requests: what they cost, who may send them,
/// which origins may. A handler checks none of it itself, so that none can forget to.
struct Route: Sendable {
  enum Place: Sendable {
    /// Under `AUTHSVC_URL_PREFIX`; answers JSON, errors too.
    case api
    /// Under `AUTHSVC_AUDIT_URL_PREFIX`; answers as `api` does.
    case audit
    /// Under `POSTERN_PAGES_PREFIX`; answers HTML.
    case pages
  }

  /// What the request must bring.
  enum Access: Sendable {
    case anyone
    /// A valid access token of a session; without one the answer is the recorded token error.
    case signedIn
    /// The same, or a personal API token. For what neither changes nor shows how the person signs in.
    case signedInOrAPIToken
    /// For pages: a valid access token, or the refresh token of a live session; otherwise the login page.
    case signedInPage
    /// A valid refresh token.
    case refreshToken
    /// The handler judges whatever token there is: `logout`, `verify`, `challenge`.
    case judgesItself
  }

  enum Cost: Sendable {
    /// Answered on the reactor: memory only.
    case inline
    case worker(Lane)
  }

  /// Which sites may send the request when it is unsafe (anything but GET, HEAD and OPTIONS).
  enum OriginRule: Sendable {
    /// This site and the listed origins only.
    case always
    /// The same where a cookie of ours comes along.
    case withCookies
    /// Any: `verify` and `challenge` take whatever the person was doing.
    case never
  }

  let method: Method
  let place: Place
  /// Behind the place's prefix. `/*` at its end stands for one segment, which the handler reads.
  let path: String
  let access: Access
  let cost: Cost
  let origin: OriginRule
  /// How often a client may send it.
  let limit: Limit.Class
  /// Whether a file may come along, which may be larger than any other body.
  let takesFile: Bool
  let handler: @Sendable (Context) throws -> Response

  /// A row of the API.
  init(
    _ method: Method, _ path: String, access: Access, cost: Cost, origin: OriginRule = .withCookies,
    limit: Limit.Class = .standard, takesFile: Bool = false,
    _ handler: @escaping @Sendable (Context) throws -> Response
  ) {
    self.init(method, .api, path, access, cost, origin, limit, takesFile, handler)
  }

  /// A row of the audit API.
  init(
    _ method: Method, audit path: String, access: Access, cost: Cost, origin: OriginRule = .withCookies,
    limit: Limit.Class = .standard, _ handler: @escaping @Sendable (Context) throws -> Response
  ) {
    self.init(method, .audit, path, access, cost, origin, limit, false, handler)
  }

  /// A row of the pages.
  init(
    _ method: Method, page path: String, access: Access, cost: Cost, origin: OriginRule = .always,
    limit: Limit.Class = .standard, takesFile: Bool = false,
    _ handler: @escaping @Sendable (Context) throws -> Response
  ) {
    self.init(method, .pages, path, access, cost, origin, limit, takesFile, handler)
  }

  private init(
    _ method: Method, _ place: Place, _ path: String, _ access: Access, _ cost: Cost, _ origin: OriginRule,
    _ limit: Limit.Class, _ takesFile: Bool, _ handler: @escaping @Sendable (Context) throws -> Response
  ) {
    self.method = method
    self.place = place
    self.path = path
    self.access = access
    self.cost = cost
    self.origin = origin
    self.limit = limit
    self.takesFile = takesFile
    self.handler = handler
  }
}

/// A request method (RFC 9110, section 9).
enum Method: String, Sendable {
  case get = "GET"
  case post = "POST"
  case put = "PUT"
  case patch = "PATCH"
  case delete = "DELETE"
  /// Every method.
  case any = "*"
}
