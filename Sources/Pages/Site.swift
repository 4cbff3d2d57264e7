import HTTP
package import Postern

/// The site whose pages these are, as far as a page shows it.
package struct Site: Sendable, Equatable {
  package var name: String
  /// Where the pages are: a path such as `/auth` or, for a page that is shown on another host than theirs, an
  /// absolute address such as `https://login.example.com/auth`.
  package var pages: String
  /// Where programs, and the script of some pages, ask: a path such as `/api/auth`.
  package var api: String
  /// Where a person goes when nothing else was asked for: a path, or an absolute address.
  package var home: String
  /// Whether people may make accounts for themselves.
  package var registrationIsOpen: Bool
  /// Whether nobody signs in before the address of their account is confirmed.
  package var confirmsFirst: Bool

  package init(
    name: String, pages: String = "/auth", api: String = "/api/auth", home: String = "/",
    registrationIsOpen: Bool = true,
    confirmsFirst: Bool = false
  ) {
    self.name = name
    self.pages = pages
    self.api = api
    self.home = home
    self.registrationIsOpen = registrationIsOpen
    self.confirmsFirst = confirmsFirst
  }

  /// - Parameter onOtherHost: the page is shown at an address of the protected site (`AUTH_SITE`), where the pages'
  ///   own paths lead nowhere: everything is named by its whole address.
  package init(_ settings: Settings, onOtherHost: Bool = false) {
    let host = Origin(of: settings.publicURL)?.host ?? ""
    let isPath = settings.postLoginRedirect.hasPrefix("/")
    name = settings.siteName.isEmpty ? host : settings.siteName
    pages = (onOtherHost ? settings.publicURL : "") + settings.pagesPrefix
    api = settings.apiPrefix
    home = (onOtherHost && isPath ? settings.publicURL : "") + settings.postLoginRedirect
    registrationIsOpen = settings.registration.isForAnybody
    confirmsFirst = settings.needsProvenAddress
  }

  /// The address of a page, such as `login`, with where to go on to as `next`.
  package func address(of page: String, next: ReturnAddress? = nil) -> String {
    "\(pages)/\(page)" + (next.map { "?next=\(encoded($0))" } ?? "")
  }

  /// The address of a style sheet, script or picture, which changes with its content.
  func address(of asset: Asset) -> String { "\(pages)/\(asset.name)?v=\(asset.version)" }

  /// The origin of the pages where it is another than that of the page that is shown.
  var otherOrigin: String? { Origin(of: pages)?.text }

  /// The origin that a person goes on to, `nil` where it is this site.
  func origin(after next: ReturnAddress?) -> String? {
    if let next { next.origin } else { Origin(of: home)?.text }
  }

  private func encoded(_ address: ReturnAddress) -> String { FormFields.encode(address.text) }
}
