import HTTP
import Testing

@Suite struct JSONNumberTests {
  @Test(
    arguments: [
      ("0", 0), ("-0", 0), ("7", 7), ("-12", -12), ("9223372036854775807", .max), ("-9223372036854775808", .min),
    ] as [(String, Int64)])
  func integersAreExactToTheLimits(text: String, expected: Int64) throws {
    #expect(try read(text) == .integer(expected))
  }

  @Test(
    arguments: [
      ("9223372036854775808", 9_223_372_036_854_775_808), ("-9223372036854775809", -9_223_372_036_854_775_808),
      ("1.0", 1), ("0.5", 0.5), ("-0.0", -0.0), ("1e3", 1_000), ("1E+3", 1_000), ("25e-1", 2.5), ("0e0", 0),
      ("1.7976931348623157e308", .greatestFiniteMagnitude), ("5e-324", 5e-324), ("1e-400", 0),
      ("0.1000000000000000055511151231257827", 0.1), ("100000000000000000000000000000", 1e29),
    ] as [(String, Double)])
  func otherNumbersAreTheNearestDouble(text: String, expected: Double) throws {
    #expect(try read(text) == .number(expected))
  }

  @Test(arguments: [
    "1e309", "-1e309", "1e999999999999999999999", "01", "-01", "00", "+1", ".5", "5.", "1.e1", "-", "--1", "1e", "1e+",
    "0x10", "1_000", "1,0", "1 .0", "1e1.5", "٣", "１", "1f", "1.0.0", "inf", "nan", "-a", "1e+-1",
  ])
  func whatIsNoNumberOrTooLargeIsRefused(text: String) {
    #expect(throws: JSONError.self) { try read(text) }
  }

  @Test func aNumberIsNoIntegerUnlessItIsWrittenAsOne() throws {
    #expect(try read("1.0").integer == nil)
    #expect(try read("1e0").integer == nil)
    #expect(try read("\"1\"").integer == nil)
    #expect(try read("1").string == nil)
    #expect(try read("1").bool == nil)
  }
}
