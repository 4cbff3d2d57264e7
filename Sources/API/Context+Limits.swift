import HTTP
import Postern

extension Context {
  /// Counts the request; how its network stands to the limits of the row. Throws `rateLimited`.
  func counted(for route: Route, isCounted: Bool) throws(RequestFailure) -> Limit.Standing? {
    guard services.limits.areEnabled, route.limit != .none else { return nil }
    // What the web server saw, not what a field says: a client writes those.
    let network = Network(of: client.address)
    guard let standing = services.limits.count(route.limit, of: network, isCounted: isCounted) else { return nil }
    try check(standing, of: network.description)
    return standing
  }

  /// Counts what an account is about to write down. Throws `rateLimited`.
  func countWrite(for route: Route, _ standing: inout Limit.Standing?) throws(RequestFailure) {
    guard route.limit == .writes, let account = caller?.claims.account,
      let own = services.limits.countWrite(of: account)
    else { return }
    try check(own, of: "account \(account)")
    if standing.map({ own.isTighter(than: $0) }) ?? true { standing = own }
  }

  private func check(_ standing: Limit.Standing, of whom: String) throws(RequestFailure) {
    guard standing.isExceeded else { return }
    // Once per window: a log that grows with every refusal would be another way to fill the disk.
    if standing.count == standing.rate.count + 1 {
      services.log.write(
        .notice, "rate limit exceeded", ["by": whom, "path": request.loggedPath, "rate": standing.rate.description])
    }
    throw .rateLimited(standing)
  }
}

extension Limit.Standing {
  /// What draft-ietf-httpapi-ratelimit-headers-06 says of the tightest limit.
  var fields: Fields {
    var fields = Fields()
    fields.append("RateLimit-Limit", String(rate.count))
    fields.append("RateLimit-Remaining", String(remaining))
    fields.append("RateLimit-Reset", String(seconds))
    return fields
  }
}
