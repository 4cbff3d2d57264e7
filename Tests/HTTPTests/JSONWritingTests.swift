import HTTP
import Testing

private func written(_ value: JSON) -> String { String(decoding: value.bytes, as: UTF8.self) }

@Suite struct JSONWritingTests {
  @Test func valuesAreWrittenWithoutSpaces() {
    let value: JSON = ["error": "No.", "status": 401, "list": [true, false, nil, -1, []], "nothing": [:]]
    #expect(
      written(value) == #"{"error":"No.","status":401,"list":[true,false,null,-1,[]],"nothing":{}}"#)
  }

  @Test func everyControlCharacterIsEscaped() throws {
    for code in UInt8(0)...0x7F {
      let text = String(Unicode.Scalar(code))
      let bytes = JSON.string(text).bytes
      #expect(!bytes.contains { $0 < 0x20 || $0 == 0x7F }, "\(code)")
      #expect(try JSON(parsing: bytes) == .string(text), "\(code)")
    }
    #expect(written("\n\r\t\u{0}\u{1B}\u{7F}\"\\/") == #""\n\r\t\u0000\u001b\u007f\"\\/""#)
  }

  @Test func aKeyIsEscapedLikeAText() throws {
    let value = JSON.object([JSON.Member("a\"b\n\u{0}", 1)])
    #expect(written(value) == #"{"a\"b\n\u0000":1}"#)
    #expect(try JSON(parsing: value.bytes) == value)
  }

  @Test func textBeyondASCIIIsWrittenAsItIs() {
    #expect(written("Zoë 東京 😀\u{2028}") == "\"Zoë 東京 😀\u{2028}\"")
  }

  @Test(arguments: [
    0, -0.0, 1, 0.1, 1e16, 1e22, 1e100, -1.5e-7, .greatestFiniteMagnitude, .leastNonzeroMagnitude, .pi, 123_456.0,
  ])
  func numbersComeBackToTheLastBit(number: Double) throws {
    guard case .number(let read) = try JSON(parsing: JSON.number(number).bytes) else {
      Issue.record("\(number) did not come back as a number")
      return
    }
    #expect(read.bitPattern == number.bitPattern)
  }

  @Test(arguments: [Int64.min, -1, 0, 1, .max]) func integersComeBack(number: Int64) throws {
    #expect(try JSON(parsing: JSON.integer(number).bytes) == .integer(number))
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity]) func whatJSONHasNoNumberForIsNull(number: Double) {
    #expect(written(.number(number)) == "null")
  }

  @Test func aMissingTextIsNull() {
    #expect(JSON(String?.none) == .null)
    #expect(JSON(String?.some("a")) == "a")
  }
}
