import Postern
import Testing

@Suite struct RateTests {
  @Test(arguments: [
    ("100 per hour", 100, 3_600), ("5/minute", 5, 60), ("1 per 10 seconds", 1, 10), ("10/2 hours", 10, 7_200),
    ("50000 per day", 50_000, 86_400), ("  3   PER\tMinute ", 3, 60), ("7/month", 7, 2_592_000),
    ("1 / second", 1, 1), ("2per5minutes", 2, 300), ("1 per year", 1, 31_536_000), ("9 per 1 days", 9, 86_400),
  ])
  func aRateIsACountAndAWindow(text: String, count: Int, window: Int64) throws {
    let rate = try #require(Rate(text))
    #expect(rate.count == count && rate.window == window)
    #expect(Rate(rate.description) == rate, "what is written can be read")
  }

  @Test(arguments: [
    "", " ", "100", "per hour", "100 per", "100 per fortnight", "0 per hour", "-1 per hour", "1 per 0 hours",
    "1 hour", "1 per hour per day", "1.5 per hour", "1//hour", "99999999999999999999 per hour", "1 per 99 years",
    "1 per 9223372036854775807 years", "١ per hour", "1 per hour\n", "1 per h", "1 per hour;", "per per hour",
  ])
  func whatIsNoRateIsRefused(text: String) {
    #expect(Rate(text) == nil)
    #expect(Rate.list(text) == nil)
  }

  @Test(arguments: ["50000 per day;5000 per hour", "50000/day, 5000/hour", "50000 per day | 5000 per hour"])
  func severalRatesStandSideBySide(text: String) {
    #expect(Rate.list(text)?.map(\.description) == ["50000 per day", "5000 per hour"])
  }

  @Test func oneBadRateMakesAListBad() {
    #expect(Rate.list("5 per minute; often") == nil)
    #expect(Rate.list("5 per minute;; 20 per hour") == nil)
  }
}
