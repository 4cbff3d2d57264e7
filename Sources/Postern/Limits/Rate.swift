/// So many times within so long.
///
/// The grammar is flask-limiter's: `100 per hour`, `5/minute`, `1 per 10 seconds`; several with `;`, `,` or `|` between
/// them all hold.
package struct Rate: Sendable, Hashable, CustomStringConvertible {
  package let count: Int
  /// Seconds.
  package let window: Int64

  /// What the grammar takes, in words that follow "accepted is".
  package static let accepted = "rates such as 100 per hour, 1 per 10 seconds or 5/minute; 20/hour"

  private static let units: [(name: String, seconds: Int64)] = [
    ("year", 31_536_000), ("month", 2_592_000), ("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1),
  ]

  /// `nil` unless both are positive; a billion times at most, and ten years.
  package init?(_ count: Int, perSeconds window: Int64) {
    guard (1...1_000_000_000).contains(count), (1...315_360_000).contains(window) else { return nil }
    self.count = count
    self.window = window
  }

  /// One rate; `nil` where it is none.
  package init?(_ text: some StringProtocol) {
    let words = Rate.words(text.lowercased())
    guard words.count == 3 || words.count == 4, let count = Int(words[0]), ["per", "/"].contains(words[1]),
      let unit = Rate.units.first(where: { words.last == $0.name || words.last == $0.name + "s" })
    else { return nil }
    let multiple = words.count == 4 ? Int64(words[2]) : 1
    guard let multiple, (1...315_360_000).contains(multiple) else { return nil }
    self.init(count, perSeconds: multiple * unit.seconds)
  }

  /// All rates of a text; `nil` where one is none, or there is none.
  package static func list(_ text: String) -> [Rate]? {
    var rates: [Rate] = []
    for part in text.split(omittingEmptySubsequences: false, whereSeparator: { ";,|".contains($0) }) {
      guard let rate = Rate(part) else { return nil }
      rates.append(rate)
    }
    return rates
  }

  package var description: String {
    let unit = Rate.units.first { window.isMultiple(of: $0.seconds) } ?? ("second", 1)
    let multiple = window / unit.seconds
    return multiple == 1 ? "\(count) per \(unit.name)" : "\(count) per \(multiple) \(unit.name)s"
  }

  /// Numbers, words and slashes, with or without spaces between.
  private static func words(_ text: String) -> [String] {
    var words: [String] = []
    var kind = 0
    for scalar in text.unicodeScalars {
      let next =
        switch scalar {
        case "0"..."9": 1
        case "a"..."z": 2
        case " ", "\t": 0
        default: 3
        }
      if next != 0, next == kind, next != 3 {
        words[words.count - 1].unicodeScalars.append(scalar)
      } else if next != 0 {
        words.append(String(scalar))
      }
      kind = next
    }
    return words
  }
}
