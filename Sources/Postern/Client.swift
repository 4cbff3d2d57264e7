/// Who is at the other end, as the web server says it.
package struct Client: Sendable, Equatable {
  package var address: String
  package var userAgent: String
  /// The texts of the cookies that browsers get when they sign in (`BrowserMark`), not checked yet.
  package var browserMarks: [String]
  /// The same of the cookies of browsers that are not asked for a second factor (`TrustedBrowsers`).
  package var trustedBrowsers: [String]

  package init(address: String, userAgent: String, browserMarks: [String] = [], trustedBrowsers: [String] = []) {
    self.address = address
    self.userAgent = userAgent
    self.browserMarks = browserMarks
    self.trustedBrowsers = trustedBrowsers
  }
}
