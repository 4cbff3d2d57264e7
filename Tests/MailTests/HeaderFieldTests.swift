import Testing

@testable import Mail

@Suite struct HeaderFieldTests {
  @Test(arguments: ["a\r\nBcc: eve@example.com", "a\nb", "a\u{0}b", "a\u{2028}b", "a\u{85}b", "\u{202E}evil"])
  func aFieldIsOneFieldWhateverGoesIn(_ text: String) {
    for field in [HeaderField.text(text, after: "Subject"), HeaderField.mailbox(name: text, address: "a@example.com")] {
      let bytes = Array(field.utf8)
      #expect(bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7F || $0 == 0x0D || $0 == 0x0A })
      for line in field.split(separator: "\r\n").dropFirst() { #expect(line.hasPrefix(" "), "\(field)") }
    }
  }
}
