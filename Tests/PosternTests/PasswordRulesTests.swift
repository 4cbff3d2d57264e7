import Postern
import Testing

@Suite struct PasswordRulesTests {
  private func check(_ password: String, _ email: String = "countess@example.com") -> String? {
    PasswordRules.check(password, email: EmailAddress(email)!)
  }

  @Test(arguments: [
    "correct horse", "x7$kQ!2p", "Tr0ub4dor&3", "東京東京大阪", "        .", "zwölf Boxkämpfer", "password is not this",
    "abcdefgz", "12345679x", "😀😁",
  ])
  func goodPasswordsAreTaken(password: String) {
    #expect(check(password) == nil)
  }

  @Test(arguments: [
    "password", "PASSWORD", "PassWord", "qwertyuiop", "123456789", "iloveyou", "letmein1", "Welcome123", "11111111",
    "aaaaaaaaaaaa", "abababab", "ABABABABA", "abcabcabc", "abcdabcdabcd", "12345678", "23456789", "87654321",
    "abcdefgh", "hgfedcba", "ABCDEFGHIJ", "9876543210", "1234567890", "        ", "ßßßß",
  ])
  func commonPasswordsAreRefusedInAnyCase(password: String) {
    #expect(check(password)?.contains("most common") == true)
  }

  @Test func lengthsAreBytes() {
    let unlike = (0..<200).map { String($0) }.joined(separator: "-")
    #expect(check("x7$kQ!2")?.contains("at least 8") == true)
    #expect(check("")?.contains("at least 8") == true)
    #expect(check("x7$kQ!2p") == nil)
    #expect(check("ö7$kQ!2") == nil, "eight bytes")
    #expect(check(unlike.padding(to: 1_024)) == nil)
    #expect(check(unlike.padding(to: 1_025))?.contains("at most 1024") == true)
    #expect(check(String(repeating: "\u{301}\u{327}", count: 250_000)) != nil)
  }

  @Test func theAddressIsNoPassword() {
    #expect(check("countess@example.com")?.contains("e-mail") == true)
    #expect(check("Countess@Example.COM")?.contains("e-mail") == true)
    #expect(check("COUNTESS")?.contains("e-mail") == true)
    #expect(check("countess1") == nil)
  }

  @Test func nulIsRefused() {
    #expect(check("correct\u{0}horse")?.contains("NUL") == true)
  }
}

extension String {
  fileprivate func padding(to count: Int) -> String {
    String(
      decoding: Array((self + String(repeating: self, count: count / utf8.count)).utf8.prefix(count)), as: UTF8.self)
  }
}
