import HTTP
import Postern

/// Finds the row of a request: by path first, so that a known path under another method is told apart from an
/// unknown one.
struct Router: Sendable {
  enum Match: Sendable {
    case route(Route)
    /// The path is known, the method is not: 405, with the ones that are.
    case otherMethod(allowed: [String], Route.Place)
    case unknown(Route.Place)
  }

  private let byPath: [String: [Route]]
  private let pagesPrefix: String

  init(_ routes: [Route], settings: Settings) {
    pagesPrefix = settings.pagesPrefix
    // Pages sign in with cookies; where none may be set, there are none.
    let served = routes.filter { $0.place == .api || settings.delivery != .bodyOnly }
    byPath = Dictionary(grouping: served) { route in
      (route.place == .api ? settings.apiPrefix : settings.pagesPrefix) + route.path
    }
  }

  func match(method: String, path: String) -> Match {
    guard let candidates = byPath[path], let first = candidates.first else {
      return .unknown(path.hasPrefix(pagesPrefix + "/") ? .pages : .api)
    }
    let wanted = method == "HEAD" ? "GET" : method
    if let route = candidates.first(where: { $0.method == .any || $0.method.rawValue == wanted }) {
      return .route(route)
    }
    var allowed = candidates.map(\.method.rawValue)
    if allowed.contains("GET") { allowed.append("HEAD") }
    return .otherMethod(allowed: (allowed + ["OPTIONS"]).sorted(), first.place)
  }
}
