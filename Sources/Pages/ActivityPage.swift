package import HTTP
package import Postern

/// One thing that has happened to an account, in words for its owner.
package struct ActivityView: Sendable {
  package var sentence: String
  package var at: Instant
  /// Where it came from; `nil`: from nobody's browser.
  package var address: String?
  package var device: String?
  /// It was tried, and did not succeed.
  package var hasFailed: Bool

  package init(sentence: String, at: Instant, address: String?, device: String?, hasFailed: Bool = false) {
    self.sentence = sentence
    self.at = at
    self.address = address
    self.device = device
    self.hasFailed = hasFailed
  }
}

extension Pages {
  /// - Parameter most: how many there are at most on the page.
  package static func activity(_ site: Site, _ activity: [ActivityView], most: Int) -> Response {
    let list: HTML = "<ul class=\"sessions\">\n\(activity.map(row))\n</ul>"
    return Page(
      site: site, title: "Activity",
      content: """
        <p>What has happened to your account, the latest first\(activity.count >= most ? ": the last \(most)" : "").</p>
        \(activity.isEmpty ? "<p class=\"soft\">Nothing yet.</p>" : list)
        <p class="soft">Is there something that was not you? \
        <a href="\(site.address(of: "account/password"))">Change your password</a>: everybody else is signed out.</p>
        """,
      isBelowAccount: true
    ).response
  }

  private static func row(_ event: ActivityView) -> HTML {
    let place = [event.device, event.address].compactMap(\.self).joined(separator: ", ")
    return """
      <li><div><p><strong><bdi>\(event.sentence)</bdi></strong>\
      \(event.hasFailed ? #" <span class="badge">Refused</span>"# as HTML : nil)</p>
      <p class="soft">\(time(event.at))\(place.isEmpty ? nil : ", <bdi>\(place)</bdi>" as HTML)</p></div></li>
      """
  }
}
