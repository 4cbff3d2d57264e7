import HTTP
import Postern

/// Which sites may send an unsafe request, told by what the browser says of it and no script can change: Fetch
/// metadata, and the `Origin` field (OWASP "Cross-Site Request Forgery Prevention").
enum OriginCheck {
  /// A program, or an old browser under `SameSite=Strict`, sends neither field and is accepted.
  static func isAllowed(_ request: Request, _ services: Services) -> Bool {
    let isCrossSite = request.parameters.isEqual("HTTP_SEC_FETCH_SITE", "cross-site")
    guard let origin = request.parameters["HTTP_ORIGIN"], !origin.isEmpty else { return !isCrossSite }
    if request.parameters.isEqual("HTTP_ORIGIN", "null") {
      return request.parameters.isEqual("HTTP_SEC_FETCH_SITE", "same-origin")
    }
    if isListed(origin, services.settings.corsOrigins) { return true }
    return !isCrossSite && isListed(origin, [services.settings.publicURL, request.parameters["AUTH_SITE"] ?? ""])
  }

  /// Compared as origins, so that a default port or another case makes no difference. An address is no origin.
  static func isListed(_ origin: String, _ list: [String]) -> Bool {
    guard origin.utf8.dropFirst("https://".utf8.count).allSatisfy({ !"/?#".utf8.contains($0) }),
      let asked = Origin(of: origin)
    else { return false }
    return list.contains { Origin(of: $0) == asked }
  }

  /// The CORS fields for an origin that may call with credentials (Fetch, section 3.3); none for any other.
  static func fields(for request: Request, _ services: Services) -> Fields {
    var fields = Fields()
    if services.settings.corsOrigins.isEmpty { return fields }
    fields.append("Vary", "Origin")
    guard let origin = request.parameters["HTTP_ORIGIN"], isListed(origin, services.settings.corsOrigins) else {
      return fields
    }
    fields.append("Access-Control-Allow-Origin", origin)
    fields.append("Access-Control-Allow-Credentials", "true")
    fields.append(
      "Access-Control-Expose-Headers",
      "X-Request-Id, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset")
    return fields
  }

  /// What is added for a preflight.
  static func preflightFields(for request: Request, methods: [String], _ services: Services) -> Fields {
    var fields = fields(for: request, services)
    if fields["Access-Control-Allow-Origin"] != nil {
      fields.append("Access-Control-Allow-Methods", methods.joined(separator: ", "))
      let cookies = services.settings.cookies
      var taken = ["Authorization", "Content-Type", cookies.accessCSRFHeader]
      if cookies.refreshCSRFHeader != cookies.accessCSRFHeader { taken.append(cookies.refreshCSRFHeader) }
      fields.append("Access-Control-Allow-Headers", taken.joined(separator: ", "))
      fields.append("Access-Control-Max-Age", "600")
    }
    return fields
  }
}
