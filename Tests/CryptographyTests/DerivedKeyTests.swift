import Postern
import Testing

@testable import Cryptography

@Suite struct DerivedKeyTests {
  /// RFC 5869, appendices A.1 to A.3.
  @Test(arguments: [
    (
      String(repeating: "0b", count: 22), "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    ),
    (
      Hexadecimal.encode(0x00...0x4F), Hexadecimal.encode(0x60...0xAF), Hexadecimal.encode(0xB0...0xFF),
      "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
        + "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"
    ),
    (
      String(repeating: "0b", count: 22), "", "",
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    ),
  ])
  func keysOfTheRFCAreRight(key: String, salt: String, info: String, output: String) throws {
    let derived = HKDF.derive(
      key: try #require(Hexadecimal.decode(key)), salt: try #require(Hexadecimal.decode(salt)),
      info: try #require(Hexadecimal.decode(info)), count: output.utf8.count / 2)
    #expect(Hexadecimal.encode(derived) == output)
  }

  /// A key that changed would make everything invalid that was made under it, so it is written down here, as computed
  /// by Python's hmac.
  @Test func theKeyOfAPurposeStaysTheSame() {
    let key = DerivedKey(from: Array("a secret of thirty-two bytes or more".utf8), for: .doubleSubmit)
    #expect(Hexadecimal.encode(key.bytes) == "37ae1fd0051ffafc323bdd4b09c3949341f50efe0196c177a1775fca3fff78ab")
  }

  @Test func anotherSecretGivesAnotherKey() {
    let one = DerivedKey(from: Array("one secret".utf8), for: .doubleSubmit).bytes
    let other = DerivedKey(from: Array("another secret".utf8), for: .doubleSubmit).bytes
    #expect(one.count == 32)
    #expect(one != other)
  }

  @Test func aDoubleSubmitValueIsFixedPerSessionAndKind() {
    let first = SessionID("455d08d9-293f-48c4-984f-c21361e932f4".utf8)!
    let second = SessionID("455d08d9-293f-48c4-984f-c21361e932f5".utf8)!
    let doubleSubmit = DoubleSubmit(secretKey: Array("a secret of thirty-two bytes or more".utf8))
    let again = DoubleSubmit(secretKey: Array("a secret of thirty-two bytes or more".utf8))
    let value = doubleSubmit.csrfToken(for: first, .access)
    #expect(value.utf8.count == 32)
    #expect(value == again.csrfToken(for: first, .access))
    #expect(value != doubleSubmit.csrfToken(for: first, .refresh))
    #expect(value != doubleSubmit.csrfToken(for: second, .access))
    #expect(value != DoubleSubmit(secretKey: Array("another secret".utf8)).csrfToken(for: first, .access))
  }
}
