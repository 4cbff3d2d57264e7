import Postern
import Testing

@Suite struct InstantTests {
  @Test(arguments: [
    (0, "1970-01-01T00:00:00.000000"), (-1, "1969-12-31T23:59:59.999999"), (-1_000_000, "1969-12-31T23:59:59.000000"),
    (1, "1970-01-01T00:00:00.000001"), (-86_400_000_000, "1969-12-31T00:00:00.000000"),
    (-86_400_000_001, "1969-12-30T23:59:59.999999"), (-2_203_977_600_000_000, "1900-02-28T00:00:00.000000"),
    (-2_203_891_200_000_000, "1900-03-01T00:00:00.000000"), (951_782_400_000_000, "2000-02-29T00:00:00.000000"),
    (1_709_164_800_000_000, "2024-02-29T00:00:00.000000"), (1_795_490_220_068_108, "2026-11-24T03:17:00.068108"),
    (2_147_483_648_000_000, "2038-01-19T03:14:08.000000"), (4_107_542_399_999_999, "2100-02-28T23:59:59.999999"),
    (4_107_542_400_000_000, "2100-03-01T00:00:00.000000"), (253_402_300_799_000_000, "9999-12-31T23:59:59.000000"),
    (-62_135_596_800_000_000, "0001-01-01T00:00:00.000000"), (253_402_300_800_000_000, "10000-01-01T00:00:00.000000"),
  ])
  func knownMomentsAreWritten(microseconds: Int64, expected: String) {
    #expect(Instant(microseconds: microseconds).iso8601 == expected)
  }

  /// Day by day with a calendar that only counts, over two century years that are no leap years and one that is.
  @Test func everyDayFromBefore1900ToBehind2100IsWritten() {
    var (year, month, day) = (1896, 1, 1)
    var seconds: Int64 = -2_335_219_200
    var wrong: [String] = []
    func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    while year < 2105 {
      let text = Instant(seconds: seconds + 86_399).iso8601
      if text != "\(year)-\(padded(month))-\(padded(day))T23:59:59.000000" { wrong.append(text) }
      let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
      let last = month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
      day += 1
      if day > last { (month, day) = (month + 1, 1) }
      if month > 12 { (year, month) = (year + 1, 1) }
      seconds += 86_400
    }
    #expect(wrong == [])
    #expect(seconds > 4_000_000_000)
  }

  @Test(
    arguments: [
      (0, 0), (999_999, 0), (1_000_000, 1), (-1, -1), (-999_999, -1), (-1_000_000, -1), (-1_000_001, -2),
    ] as [(Int64, Int64)])
  func secondsAreRoundedDown(microseconds: Int64, seconds: Int64) {
    #expect(Instant(microseconds: microseconds).seconds == seconds)
  }

  @Test func sumsAndDifferencesFit() {
    let instant = Instant(seconds: 100)
    #expect(instant + .milliseconds(1_500) == Instant(microseconds: 101_500_000))
    #expect(instant + .milliseconds(-1_500) == Instant(microseconds: 98_500_000))
    #expect(instant + .nanoseconds(999) == instant)
    #expect((instant + .seconds(7)) - instant == .seconds(7))
    #expect(instant - (instant + .microseconds(1)) == .microseconds(-1))
    #expect(Instant(seconds: 1) < Instant(microseconds: 1_000_001))
  }
}
