import Postern
import Cryptography
import Testing

@Suite struct EncodingTests {
  /// RFC 4648, section 10, without the padding.
  @Test(
    arguments: zip(
      ["", "f", "fo", "foo", "foob", "fooba", "foobar"],
      ["", "Zg", "Zm8", "Zm9v", "Zm9vYg", "Zm9vYmE", "Zm9vYmFy"]))
  func base64OfTheRFCIsRight(bytes: String, text: String) {
    #expect(Base64.url.encode(bytes.utf8) == text)
    #expect(Base64.standard.decode(text) == Array(bytes.utf8))
  }

  @Test func theTwoAlphabetsDifferInTwoCharacters() {
    let bytes: [UInt8] = [0xFB, 0xEF, 0xBE, 0xFF, 0xFF, 0xFF]
    #expect(Base64.url.encode(bytes) == "----____")
    #expect(Base64.standard.encode(bytes) == "++++////")
    #expect(Base64.url.decode("++++") == nil)
    #expect(Base64.standard.decode("----") == nil)
  }

  @Test func base64ComesBackForEveryLength() {
    var generator = SeededGenerator(state: 1)
    for count in 0...200 {
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
      #expect(Base64.url.decode(Base64.url.encode(bytes)) == bytes)
    }
  }

  @Test func base64TakesItsSixtyFourCharactersAndNoOthers() {
    for byte in UInt8.min...UInt8.max {
      let character = Unicode.Scalar(byte)
      let isOurs =
        byte < 128
        && (Character(character).isLetter || Character(character).isNumber || "-_".unicodeScalars.contains(character))
      var decoded: Int?
      [byte, 65, 65, 65].withUnsafeBufferPointer { text in
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4) { decoded = Base64.url.decode(text, into: $0) }
      }
      #expect((decoded == 3) == isOurs, "\(byte)")
    }
  }

  @Test(arguments: ["Zg==", "Zm8=", "Zh", "Zm9", "Z", "Zm9vY", "Zm 9v", "Zm9v\n", "Zm9v.", "Zé8"])
  func paddingAndStrayBitsAreRefused(text: String) {
    #expect(Base64.url.decode(text) == nil)
  }

  @Test func hexadecimalComesBack() {
    let bytes = Array(UInt8.min...UInt8.max)
    #expect(Hexadecimal.encode([0x00, 0x9F, 0xFF]) == "009fff")
    #expect(Hexadecimal.decode(Hexadecimal.encode(bytes)) == bytes)
    #expect(Hexadecimal.decode("AbCd") == [0xAB, 0xCD])
  }

  @Test(arguments: ["0", "0g", "0x00", " 00", "00 "])
  func whatIsNotHexadecimalIsRefused(text: String) {
    #expect(Hexadecimal.decode(text) == nil)
  }
}
