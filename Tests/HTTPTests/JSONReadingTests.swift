import HTTP
import Testing

func read(_ text: String) throws(JSONError) -> JSON { try JSON(parsing: Array(text.utf8)) }

@Suite struct JSONReadingTests {
  @Test func everyKindOfValueIsRead() throws {
    #expect(try read("null") == .null)
    #expect(try read(" \t\r\n true \t\r\n ") == true)
    #expect(try read("false") == false)
    #expect(try read("\"\"") == "")
    #expect(try read("[]") == [])
    #expect(try read("[ ]") == [])
    #expect(try read("{ }") == [:])
    #expect(try read("[1,[2,[]],{}]") == [1, [2, []], [:]])
    #expect(try read(#" { "a" : 1 , "b" : [ true , null ] } "#) == ["a": 1, "b": [true, nil]])
  }

  @Test func membersKeepTheirOrder() throws {
    #expect(try read(#"{"b":1,"a":2}"#) == .object([JSON.Member("b", 1), JSON.Member("a", 2)]))
    #expect(try read(#"{"b":1,"a":2}"#)["a"] == 2)
    #expect(try read(#"{"b":1}"#)["a"] == nil)
    #expect(try read("[1]")["a"] == nil)
  }

  @Test(arguments: [
    (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\u00E9""#, "Aéé"),
    (#""\ud83d\ude00""#, "😀"), (#""\uD800\uDC00\uDBFF\uDFFF""#, "\u{10000}\u{10FFFF}"),
    (#""\u0000""#, "\u{0}"), (#""\uFFFF\ud7ff\ue000""#, "\u{FFFF}\u{D7FF}\u{E000}"),
    ("\"Zoë 東京 𝒳\u{7F}\"", "Zoë 東京 𝒳\u{7F}"),
  ])
  func escapesAreRead(text: String, expected: String) throws {
    #expect(try read(text).string?.unicodeScalars.elementsEqual(expected.unicodeScalars) == true)
  }

  @Test(arguments: [
    #""\ud83d""#, #""\ude00""#, #""\ud83d\ud83d""#, #""\ud83dx""#, #""\ud83d\n""#, #""\ude00\ud83d""#, #""\u00g0""#,
    #""\u12""#, #""\u"#, #""\x41""#, #""\'""#, #""\U0041""#, #""\"#, #"""#, #""a"#, "\"\n\"", "\"\t\"", "\"\u{0}\"",
    "\"\u{1F}\"", #""\u+041""#, #""\u 041""#,
  ])
  func brokenStringsAreRefused(text: String) {
    #expect(throws: JSONError.self) { try read(text) }
  }

  @Test(
    arguments: [
      [0x22, 0x80, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xC0, 0xAF, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
      [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x22, 0xF0, 0x80, 0x80, 0xAF, 0x22], [0x22, 0xFF, 0x22],
      [0x22, 0xE2, 0x82],
      [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D],
    ] as [[UInt8]])
  func invalidUTF8IsRefused(bytes: [UInt8]) {
    #expect(throws: JSONError.self) { try JSON(parsing: bytes) }
  }

  @Test(arguments: [
    "", " ", "\u{FEFF}1", "\u{FEFF}{}", "1\u{0}", "\u{0}1", "1 2", "{}{}", "[]]", "[", "]", "{", "}", "[1,]", "[,1]",
    "[1 2]", "[1;2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{\"a\" 1}", "{a:1}", "{1:1}", "{'a':1}", "{null:1}",
    "nul", "nulll", "True", "NULL", "undefined", "NaN", "Infinity", "-Infinity", "// no\n1", "/**/1", "'a'", "\u{A0}1",
    "\u{2028}1", "[1\u{B}]", "{\"a\":1 \"b\":2}", "true false", "truefalse", "[truefalse]", "@", "-",
  ])
  func whatIsNoJSONIsRefused(text: String) {
    #expect(throws: JSONError.self) { try read(text) }
  }

  @Test func theOffsetOfAMistakeIsTold() {
    #expect(throws: JSONError.malformed(offset: 3)) { try read("[1 2]") }
    #expect(throws: JSONError.malformed(offset: 0)) { try read("") }
    #expect(throws: JSONError.malformed(offset: 2)) { try read("{}x") }
  }

  @Test(arguments: [
    #"{"email":1,"email":2}"#, #"{"\u0065mail":1,"email":2}"#, #"{"email":1,"em\u0061il":1}"#,
    #"[{"a":{"email":1,"x":2,"\u0065\u006Dail":3}}]"#,
  ])
  func aKeyTwiceIsRefusedInEverySpelling(text: String) {
    #expect(throws: JSONError.duplicateKey("email")) { try read(text) }
  }

  @Test func theSameKeyInDifferentObjectsIsFine() throws {
    #expect(try read(#"{"a":{"a":{"a":1}},"b":{"a":2}}"#)["a"]?["a"]?["a"] == 1)
    #expect(try read(#"{"":1,"a":2,"A":3}"#)[""] == 1)
  }

  /// RFC 8259, section 8.3: names are compared code unit by code unit, so these two are not one.
  @Test func keysAreComparedAsTheyAreWrittenNotNormalised() throws {
    let object = try read(#"{"\u00e9":1,"e\u0301":2}"#)
    #expect(object["\u{E9}"] == 1)
    #expect(object["e\u{301}"] == 2)
    #expect(try read(#"{"\u212A":1}"#)["K"] == nil)
  }
}
