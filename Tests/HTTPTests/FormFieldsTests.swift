import HTTP
import PosternTesting
import Testing

private func parse(_ text: String) -> FormFields? { FormFields(parsing: Array(text.utf8)) }

@Suite struct FormFieldsTests {
  @Test func fieldsAreDecoded() throws {
    let fields = try #require(
      parse("email=ada%40example.com&name=Ada+L.&plus=1%2B1&empty=&flag&n%61me2=%C3%a9%E6%9d%b1"))
    #expect(fields["email"] == "ada@example.com")
    #expect(fields["name"] == "Ada L.")
    #expect(fields["plus"] == "1+1")
    #expect(fields["empty"] == "")
    #expect(fields["flag"] == "")
    #expect(fields["name2"] == "é東")
    #expect(fields["missing"] == nil)
    #expect(fields["Email"] == nil)
  }

  @Test func onlyTheFirstEqualsSignDivides() throws {
    #expect(try #require(parse("a=b=c&=d&==")).pairs.map(\.name) == ["a", "", ""])
    #expect(try #require(parse("a=b=c&=d&==")).pairs.map(\.value) == ["b=c", "d", "="])
    #expect(try #require(parse("a%3Db=c"))["a=b"] == "c")
  }

  @Test func emptyPartsAreNoFields() throws {
    #expect(try #require(parse("")).pairs.isEmpty)
    #expect(try #require(parse("&&a=1&&")).pairs.count == 1)
    #expect(parse("") == FormFields())
    #expect(parse("a=1") != FormFields())
  }

  @Test(arguments: ["a=%", "a=%4", "a=%zz", "a=%4g", "%", "a%=1", "a=%%41", "a=%+1", "a=1&b=%u0041", "a=% 41"])
  func brokenEscapesAreRefused(text: String) {
    #expect(parse(text) == nil)
  }

  @Test(arguments: ["a=%FF", "a=%C3", "%C0%AF=1", "a=%ED%A0%80"]) func whatIsNoUTF8IsRefused(text: String) {
    #expect(parse(text) == nil)
    #expect(FormFields(parsing: [0x61, 0x3D, 0xFF] as [UInt8]) == nil)
  }

  @Test(arguments: ["a=1&a=2", "a=1&a=1", "a=1&b=2&%61=3", "a&a=1"]) func aFieldThatCameTwiceHasNoValue(text: String)
    throws
  {
    let fields = try #require(parse(text))
    #expect(fields["a"] == nil)
    #expect(fields.pairs.count >= 2)
  }

  @Test func aHundredFieldsAreTakenAndNoMore() throws {
    let hundred = (0..<100).map { "f\($0)=\($0)" }.joined(separator: "&")
    #expect(try #require(parse(hundred))["f99"] == "99")
    #expect(parse(hundred + "&x=1") == nil)
    #expect(parse(hundred + "&") != nil)
  }

  @Test func namesAreComparedByTheirBytes() throws {
    let fields = try #require(parse("%E2%84%AA=1&e%CC%81=2"))
    #expect(fields["K"] == nil)
    #expect(fields["\u{E9}"] == nil)
    #expect(fields["e\u{301}"] == "2")
  }

  @Test func aMegabyteIsReadAndAskedInLinearTime() {
    for part in ["a", "&", "=", "%41", "+", "a&", "\u{301}\u{327}"] {
      let bytes = Array(String(repeating: part, count: 1_000_000 / part.utf8.count).utf8)
      let seconds = processorTime {
        let fields = FormFields(parsing: bytes)
        _ = fields?["email"]
      }
      #expect(seconds < 20, "\(part)")
    }
  }

  @Test func anEncodedValueComesBack() throws {
    for text in ["", "a b+c&d=e%f", "/private/?a=1&b=2#x", "Zoë 東京 😀", "\u{0}\r\n\t\"'<>\\", "~-._/"] {
      let encoded = FormFields.encode(text)
      #expect(try #require(parse("next=" + encoded))["next"] == text)
      #expect(
        encoded.utf8.allSatisfy { byte in
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/%".utf8.contains(byte)
        })
    }
    #expect(FormFields.encode("/a b?é") == "/a%20b%3F%C3%A9")
    for code in UInt8(0)...0x7F {
      let text = String(Unicode.Scalar(code))
      #expect(try #require(parse("x=" + FormFields.encode(text)))["x"] == text)
    }
  }
}
