import HTTP
import Pages
import Postern

extension Request {
  /// Whether a person looks at a page, as the browser says it, or else as `Accept` lets guess.
  var isPageView: Bool {
    if parameters.count(of: "HTTP_SEC_FETCH_MODE") > 0 { return parameters.isEqual("HTTP_SEC_FETCH_MODE", "navigate") }
    let accepted = parameters.value(of: "HTTP_ACCEPT") ?? []
    return accepted.indices.contains { accepted[$0...].starts(with: "text/html".utf8) }
  }
}

extension Context {
  /// Whether a person looks at a page, and there are pages to answer with: where tokens go into bodies only, nobody
  /// could sign in on one.
  var showsPages: Bool { request.isPageView && settings.delivery != .bodyOnly }

  /// The pages' site, named by its whole address where the protected site is another.
  var site: Site { Site(settings, onOtherHost: request.parameters.has("AUTH_SITE")) }

  /// Whether another site's link or form has brought somebody here, and no cookie of ours: under `SameSite=Strict`
  /// nothing can be told from that. Once a page of ours has loaded the address again, the cookies come along.
  var isWithoutCookiesFromElsewhere: Bool {
    request.parameters.isEqual("HTTP_SEC_FETCH_SITE", "cross-site") && !tokens.hasCookie(in: request)
  }

  /// The raw address that was asked for, so that its query survives; `nil` when it is none to come back to.
  var protectedAddress: ReturnAddress? {
    guard let address = request.parameters["REQUEST_URI"], address.utf8.first == UInt8(ascii: "/") else { return nil }
    guard let site = request.parameters["AUTH_SITE"], !site.isEmpty else { return ReturnAddress(address, origins: []) }
    guard let origin = Origin(of: site) else { return nil }
    return ReturnAddress(origin.text + address, origins: [origin.text])
  }

  /// Where a form asks to go on to, if it may.
  func returnAddress(_ candidate: String?) -> ReturnAddress? {
    let own = [settings.publicURL, request.parameters["AUTH_SITE"] ?? ""] + settings.allowedRedirectOrigins
    return candidate.flatMap { ReturnAddress($0, origins: own.compactMap { Origin(of: $0)?.text }) }
  }
}
