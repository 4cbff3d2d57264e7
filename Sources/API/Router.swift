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

  /// By the path's bytes: Swift compares texts by canonical equivalence, which a stranger's text can make slow.
  private let byPath: [[UInt8]: [Route]]
  private let pagesPrefix: [UInt8]

  init(_ routes: [Route], settings: Settings) {
    pagesPrefix = Array((settings.pagesPrefix + "/").utf8)
    // Pages sign in with cookies; where none may be set, there are none.
    let served = routes.filter { $0.place != .pages || settings.delivery != .bodyOnly }
    byPath = Dictionary(grouping: served) { Array(($0.place.prefix(settings) + $0.path).utf8) }
  }

  /// Whom an address is for, whether there is anything at it or not.
  func place(of request: Request) -> Route.Place { request.path.utf8.starts(with: pagesPrefix) ? .pages : .api }

  func match(_ request: Request) -> Match {
    guard let candidates = candidates(Array(request.path.utf8)), let first = candidates.first else {
      return .unknown(place(of: request))
    }
    let wanted = request.parameters.isEqual("REQUEST_METHOD", "HEAD") ? "GET" : request.method
    if let route = candidates.first(where: { $0.method == .any || $0.method.rawValue.utf8.elementsEqual(wanted.utf8) })
    {
      return .route(route)
    }
    var allowed = candidates.map(\.method.rawValue)
    if allowed.contains("GET") { allowed.append("HEAD") }
    return .otherMethod(allowed: (allowed + ["OPTIONS"]).sorted(), first.place)
  }

  /// The rows of a path, or of the one that has `*` for its last segment.
  private func candidates(_ path: [UInt8]) -> [Route]? {
    if let rows = byPath[path] { return rows }
    guard let slash = path.lastIndex(of: UInt8(ascii: "/")), slash < path.count - 1 else { return nil }
    return byPath[path[...slash] + [UInt8(ascii: "*")]]
  }
}

extension Route.Place {
  func prefix(_ settings: Settings) -> String {
    switch self {
    case .api: settings.apiPrefix
    case .audit: settings.auditPrefix
    case .pages: settings.pagesPrefix
    }
  }
}
