import Postern
import Testing

@Suite struct EmailAddressTests {
  @Test(arguments: [
    ("ada@example.com", "ada@example.com"), ("  ADA@Example.COM ", "ada@example.com"), ("a@b", "a@b"),
    ("!#$%&'*+-/=?^_`{|}~@x.y", "!#$%&'*+-/=?^_`{|}~@x.y"), ("a.b.c+d@sub.example.co.uk", "a.b.c+d@sub.example.co.uk"),
    ("1@2.3", "1@2.3"), ("a@xn--bcher-kva.example", "a@xn--bcher-kva.example"), ("a--b@c--d.e", "a--b@c--d.e"),
  ])
  func addressesAreTakenInLowerCase(text: String, expected: String) {
    #expect(EmailAddress(text)?.text == expected)
  }

  @Test(arguments: [
    "a@evil@corp.example", "a@@corp.example", "@corp.example", "a@", "@", "a", "", " ", "a@evil.example@corp.example ",
    "\"a@evil\"@corp.example", "\"a b\"@corp.example", "\"\"@x.y", "a\\@b@x.y", "(comment)a@x.y", "Ada <ada@x.y>",
    "<ada@x.y>", "ada@x.y,bob@x.y", "ada@x.y;bob@x.y", "mailto:ada@x.y",
    ".a@x.y", "a.@x.y", "a..b@x.y", "a@.x.y", "a@x.y.", "a@x..y", "a@.", "a@-x.y", "a@x-.y", "a@x.-y", "a@x_y.z",
    "a@[127.0.0.1]", "a@[IPv6:::1]", "a@x.y:25", "a@x.y/z", "a@x.y?z", "a@x.y#z", "a@x.y%00",
    "a b@x.y", "a@x y", "a @x.y", "a@ x.y", "\ta@x.y", "a@x.y\n", "a@x.y\r\nBcc: b@x.y", "a\u{0}@x.y", "a@x.y\u{0}",
    "ä@x.y", "a@bücher.example", "a@x.y\u{200B}", "a\u{FF20}x.y", "a@x\u{3002}y", "\u{212A}@x.y", "a\u{301}@x.y",
    "a@x.y\u{A0}", "\u{FEFF}a@x.y",
  ])
  func whatIsNoAddressIsRefused(text: String) {
    #expect(EmailAddress(text) == nil)
  }

  @Test func lengthsHold() {
    func a(_ count: Int) -> String { String(repeating: "a", count: count) }
    #expect(EmailAddress("\(a(64))@x.y") != nil)
    #expect(EmailAddress("\(a(65))@x.y") == nil)
    #expect(EmailAddress("x@\(a(63)).y") != nil)
    #expect(EmailAddress("x@\(a(64)).y") == nil)
    let domain = "\(a(63)).\(a(63)).\(a(61))"
    #expect(EmailAddress("\(a(64))@\(domain)")?.text.utf8.count == 254)
    #expect(EmailAddress("  \(a(64))@\(domain)  ") != nil)
    #expect(EmailAddress("\(a(64))@\(domain)a") == nil)
    #expect(EmailAddress(String(repeating: "@", count: 1_000_000)) == nil)
    #expect(EmailAddress(String(repeating: " ", count: 1_000_000)) == nil)
  }

  @Test func spellingsOfOneAddressAreOne() {
    #expect(EmailAddress("Ada@Example.com") == EmailAddress("aDA@eXAMPLE.COM"))
    #expect(Set([EmailAddress("Ada@x.y"), EmailAddress("ada@X.Y"), EmailAddress("ada@x.z")]).count == 2)
  }
}
