/// What people call the device that a `User-Agent` names, such as `Firefox on Windows`: good enough to tell one's own
/// sessions apart, and nothing is decided by it.
package func deviceName(ofUserAgent agent: String) -> String {
  // Order counts: browsers name those that they are like, and systems those that they come from.
  let browsers = [
    ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"), ("python-requests/", "Python"),
  ]
  let systems = [
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
  ]
  let bytes = Array(agent.utf8)
  func first(_ names: [(mark: String, name: String)]) -> String? {
    names.first { pair in bytes.indices.contains { bytes[$0...].starts(with: pair.mark.utf8) } }?.name
  }
  let parts = [first(browsers), first(systems)].compactMap(\.self)
  return parts.isEmpty ? "Unknown Device" : parts.joined(separator: " on ")
}
