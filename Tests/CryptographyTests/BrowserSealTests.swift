import Cryptography
import Postern
import Testing

@Suite struct BrowserSealTests {
  private let seal = BrowserSeal(secretKey: Array("a secret key of thirty-two bytes".utf8))
  private let mark = BrowserMark(0x0123_4567_89AB_CDEF)

  private func account(_ id: Int64 = 1, epoch: Int64 = 3) -> Account {
    Account(
      id: AccountID(id), email: EmailAddress("ada@example.com")!, passwordHash: nil,
      createdAt: Instant(seconds: 0), updatedAt: Instant(seconds: 0), epoch: epoch)
  }

  @Test func aMarkComesBackForItsAccountAndEpochOnly() {
    let text = seal.text(of: mark, for: account())
    #expect(text.utf8.count == 32)
    #expect(seal.mark(of: text, for: account()) == mark)
    #expect(seal.mark(of: text, for: account(2)) == nil)
    #expect(seal.mark(of: text, for: account(epoch: 4)) == nil)
    let other = BrowserSeal(secretKey: Array("another key of thirty-two bytes!".utf8))
    #expect(other.mark(of: text, for: account()) == nil)
  }

  @Test func everyOtherTextIsNone() {
    let text = seal.text(of: mark, for: account())
    for position in text.indices {
      var changed = text
      changed.replaceSubrange(position...position, with: text[position] == "A" ? "B" : "A")
      #expect(seal.mark(of: changed, for: account()) == nil)
    }
    for other in ["", "A", text + "A", String(text.dropLast()), text + "=", String(repeating: "é", count: 16)] {
      #expect(seal.mark(of: other, for: account()) == nil)
    }
  }

  /// The tag by another implementation: Python's hmac and hashlib over the same bytes.
  @Test func theTextIsWhatTheFormatSays() {
    #expect(seal.text(of: mark, for: account()) == "ASNFZ4mrze_RwTf_Rxm7pyiaJuDjue0_")
  }
}
