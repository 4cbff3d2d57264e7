extension Form where Value == Duration {
  enum Unit: Int64, CaseIterable, Sendable {
    case seconds = 1
    case minutes = 60
    case hours = 3_600
    case days = 86_400
    case weeks = 604_800

    var letter: Character {
      switch self {
      case .seconds: "s"
      case .minutes: "m"
      case .hours: "h"
      case .days: "d"
      case .weeks: "w"
      }
    }
  }

  /// Whole `bare` units when it is a plain number, else with a letter behind: `90s`, `15m`, `2h`, `30d`, `1w`. Ten
  /// years at most, so that no sum of times overflows.
  static func duration(_ bare: Unit = .seconds, atLeast minimum: Duration = .seconds(1)) -> Form {
    Form(
      accepts: "\(bare), or with a unit: 90s, 15m, 2h, 30d",
      read: { text throws(Rejection) in
        var digits = PythonLiteral.text(text)[...]
        var unit = bare
        if let letter = digits.last, let named = Unit.allCases.first(where: { $0.letter == letter }) {
          unit = named
          digits.removeLast()
        }
        guard let count = Int64(digits), count >= 0, count <= 3_652 * 86_400 / unit.rawValue else { throw Rejection() }
        let duration = Duration.seconds(count * unit.rawValue)
        guard duration >= minimum else { throw Rejection() }
        return duration
      },
      write: written)
  }

  /// In the largest unit that leaves no rest, weeks aside.
  @Sendable private static func written(_ duration: Duration) -> String {
    let seconds = duration.components.seconds
    let unit =
      [Unit.days, .hours, .minutes].first { seconds != 0 && seconds.isMultiple(of: $0.rawValue) } ?? .seconds
    return "\(seconds / unit.rawValue)\(unit.letter)"
  }
}
