import Postern
import Testing

@testable import Mail

@Suite struct EncodingTests {
  private func quoted(_ text: String) -> String {
    String(decoding: QuotedPrintable.encode(Array(text.utf8)), as: UTF8.self)
  }

  /// RFC 2045, section 6.7.
  @Test func textBecomesQuotedPrintable() {
    #expect(quoted("Zoë = 1\r\n") == "Zo=C3=AB =3D 1\r\n")
    #expect(quoted("space at the end \r\ntab\tinside") == "space at the end=20\r\ntab=09inside")
    #expect(quoted("end ") == "end=20")
    let long = quoted(String(repeating: "ab", count: 100) + "\r\n")
    #expect(long.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 76 })
    #expect(long.split(separator: "\r\n").dropLast().allSatisfy { $0.hasSuffix("=") })
  }

  /// RFC 2047, sections 2 and 4.2.
  @Test func aSubjectBeyondASCIIIsEncodedWords() {
    #expect(HeaderField.text("Zoë's site", after: "Subject") == "=?UTF-8?Q?Zo=C3=AB=27s_site?=")
    let long = HeaderField.text(String(repeating: "東京 ", count: 50), after: "Subject")
    for (index, line) in long.split(separator: "\r\n").enumerated() {
      #expect(line.utf8.count + (index == 0 ? 9 : 0) <= 76)
      let word = line.drop { $0 == " " }
      #expect(word.hasPrefix("=?UTF-8?Q?") && word.hasSuffix("?="))
      // No character is torn apart.
      #expect(word.utf8.count { $0 == UInt8(ascii: "=") } % 3 == 2)
    }
  }

  @Test func whatLooksEncodedIsEncoded() {
    #expect(HeaderField.text("=?UTF-8?Q?evil?=", after: "Subject").contains("=3D=3Fevil") == false)
    #expect(HeaderField.text("=?UTF-8?Q?evil?=", after: "Subject").hasPrefix("=?UTF-8?Q?=3D=3FUTF"))
  }

  @Test func aLongSubjectIsFoldedAtSpaces() {
    let field = HeaderField.text(String(repeating: "word ", count: 30), after: "Subject")
    #expect(field.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 78 })
    #expect(field.split(separator: "\r\n").joined() == String(repeating: "word ", count: 30))
  }

  @Test func aNameIsAQuotedString() {
    #expect(
      HeaderField.mailbox(name: #"Ann "the" \ example, Inc."#, address: "a@example.com")
        == "\"Ann \\\"the\\\" \\\\ example, Inc.\"\r\n <a@example.com>")
    #expect(HeaderField.mailbox(name: "", address: "a@example.com") == "a@example.com")
  }

  /// RFC 5322, section 3.3.
  @Test(arguments: [
    (0, "Thu, 01 Jan 1970 00:00:00 +0000"), (1_795_531_488, "Tue, 24 Nov 2026 14:44:48 +0000"),
    (951_827_696, "Tue, 29 Feb 2000 12:34:56 +0000"), (-1, "Wed, 31 Dec 1969 23:59:59 +0000"),
  ])
  func aDateIsAsMailsHaveIt(_ seconds: Int64, _ text: String) {
    #expect(Instant(seconds: seconds).rfc5322 == text)
  }
}
