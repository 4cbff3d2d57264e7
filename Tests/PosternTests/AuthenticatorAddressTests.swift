import Postern
import Testing

@Suite struct AuthenticatorAddressTests {
  private static let secret = Array("12345678901234567890".utf8)
  private static let rest = "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer="

  /// The name in label and parameter are the same, and neither can end its part of the address.
  @Test(
    arguments: [
      ("Example", "Example"), ("Ada's Shop", "Ada%27s%20Shop"), ("Bücher & Töne", "B%C3%BCcher%20%26%20T%C3%B6ne"),
      ("Intranet: Wiki", "Intranet%20Wiki"), ("a:b", "a%20b"), ("50% off?#/=", "50%25%20off%3F%23%2F%3D"),
      ("login.example.com", "login.example.com"), ("Cafe\u{301}", "Cafe%CC%81"),
    ])
  func theIssuerIsEncoded(name: String, encoded: String) {
    let address = AuthenticatorAddress(secret: Self.secret, issuer: name, email: "ada@example.com")
    #expect(
      address.text
        == "otpauth://totp/\(encoded):ada@example.com?\(Self.rest)\(encoded)&algorithm=SHA1&digits=6&period=30")
  }

  @Test func theAccountIsEncoded() {
    let address = AuthenticatorAddress(secret: Self.secret, issuer: "Example", email: "a+b/c&d?e@bücher.example")
    #expect(
      address.text.hasPrefix("otpauth://totp/Example:a%2Bb%2Fc%26d%3Fe@b%C3%BCcher.example?secret="))
  }

  @Test(arguments: ["", ":", " : "])
  func aSiteWithoutNameIsNotNamed(name: String) {
    let address = AuthenticatorAddress(secret: Self.secret, issuer: name, email: "ada@example.com")
    #expect(
      address.text == "otpauth://totp/ada@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=SHA1&digits=6"
        + "&period=30")
  }
}

@Suite struct Base32Tests {
  /// RFC 4648, section 10, without the padding.
  @Test(
    arguments: zip(
      ["", "f", "fo", "foo", "foob", "fooba", "foobar"],
      ["", "MY", "MZXQ", "MZXW6", "MZXW6YQ", "MZXW6YTB", "MZXW6YTBOI"]))
  func textsOfTheRFCAreRight(bytes: String, text: String) { #expect(Base32.standard.encode(bytes.utf8) == text) }

  @Test func theAlphabetsHaveThirtyTwoCharactersEach() {
    // Five bits each, counting up: 0, 1, 2, … 31.
    let counting: [UInt8] = [
      0x00, 0x44, 0x32, 0x14, 0xC7, 0x42, 0x54, 0xB6, 0x35, 0xCF, 0x84, 0x65, 0x3A, 0x56, 0xD7, 0xC6, 0x75, 0xBE, 0x77,
      0xDF,
    ]
    #expect(Base32.standard.encode(counting) == "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    #expect(Base32.crockford.encode(counting) == "0123456789ABCDEFGHJKMNPQRSTVWXYZ")
  }
}
