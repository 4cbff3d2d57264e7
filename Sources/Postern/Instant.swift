/// A moment of wall-clock time: microseconds since 1970-01-01T00:00:00Z.
package struct Instant: Sendable, Hashable, Comparable {
  package var microseconds: Int64

  package init(microseconds: Int64) { self.microseconds = microseconds }
  package init(seconds: Int64) { microseconds = seconds * 1_000_000 }

  /// Whole seconds since 1970, rounded down: a JWT's NumericDate (RFC 7519, section 2).
  package var seconds: Int64 { microseconds >= 0 ? microseconds / 1_000_000 : -((999_999 - microseconds) / 1_000_000) }

  package static func < (left: Instant, right: Instant) -> Bool { left.microseconds < right.microseconds }

  package static func + (instant: Instant, duration: Duration) -> Instant {
    let (seconds, attoseconds) = duration.components
    return Instant(microseconds: instant.microseconds + seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
  }

  package static func - (instant: Instant, duration: Duration) -> Instant { instant + (.zero - duration) }

  package static func - (later: Instant, earlier: Instant) -> Duration {
    .microseconds(later.microseconds - earlier.microseconds)
  }

  /// `2026-11-24T03:17:00.068108`, UTC without a zone, as the JSON API has always given times.
  package var iso8601: String {
    let (days, time) = parts
    let (year, month, day) = Instant.civil(fromDays: days)
    let fraction = microseconds - seconds * 1_000_000
    return "\(Instant.padded(year, 4))-\(Instant.padded(month, 2))-\(Instant.padded(day, 2))T\(time)."
      + Instant.padded(fraction, 6)
  }

  /// `Tue, 24 Nov 2026 03:17:00 +0000`, as mails have it (RFC 5322, section 3.3).
  package var rfc5322: String {
    let (days, time) = parts
    let (year, month, day) = Instant.civil(fromDays: days)
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    // 1970-01-01 was a Thursday.
    let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][Int((days % 7 + 7) % 7)]
    return "\(weekday), \(Instant.padded(day, 2)) \(months[Int(month) - 1]) \(Instant.padded(year, 4)) \(time) +0000"
  }

  /// Days since 1970-01-01, and the time of that day, as `03:17:00`.
  private var parts: (days: Int64, time: String) {
    var days = seconds / 86_400
    var second = seconds % 86_400
    if second < 0 { (days, second) = (days - 1, second + 86_400) }
    return (days, [second / 3600, second / 60 % 60, second % 60].map { Instant.padded($0, 2) }.joined(separator: ":"))
  }

  private static func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// The Gregorian date of a day count since 1970-01-01, in 400-year eras that begin on the first of March.
  private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
  }
}
