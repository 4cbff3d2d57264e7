import Cryptography
import Postern
import PosternTesting
import Testing

@Suite struct AESSealTests {
  private let seal = AESSeal(secretKey: Array("a secret key of thirty-two bytes".utf8), random: SequenceRandom())
  private let content = Array("what nobody else shall read".utf8)

  @Test(arguments: SealPurpose.allCases)
  func opensWhatItHasSealed(_ purpose: SealPurpose) {
    let text = seal.seal(content, for: purpose, context: [1, 2])
    #expect(seal.open(text, for: purpose, context: [1, 2]) == content)
    #expect(seal.open(seal.seal([], for: purpose), for: purpose) == [])
  }

  @Test func isAnotherTextEachTime() {
    #expect(seal.seal(content, for: .totpSecret) != seal.seal(content, for: .totpSecret))
  }

  @Test(arguments: SealPurpose.allCases)
  func opensForItsPurposeOnly(_ purpose: SealPurpose) {
    let text = seal.seal(content, for: purpose)
    for other in SealPurpose.allCases where other != purpose { #expect(seal.open(text, for: other) == nil) }
  }

  @Test func opensInItsContextAndUnderItsKeyOnly() {
    let text = seal.seal(content, for: .totpSecret, context: [1])
    let other = AESSeal(secretKey: Array("another key of thirty-two bytes!".utf8), random: SequenceRandom())
    #expect(seal.open(text, for: .totpSecret, context: [2]) == nil)
    #expect(seal.open(text, for: .totpSecret) == nil)
    #expect(other.open(text, for: .totpSecret, context: [1]) == nil)
  }

  @Test func opensNothingThatWasChanged() {
    let text = seal.seal(content, for: .signInTicket)
    for position in text.indices {
      var changed = text
      changed.replaceSubrange(position...position, with: text[position] == "A" ? "B" : "A")
      #expect(seal.open(changed, for: .signInTicket) == nil, "at \(position.utf16Offset(in: text))")
    }
    for count in 0..<text.utf8.count { #expect(seal.open(String(text.prefix(count)), for: .signInTicket) == nil) }
    #expect(seal.open(text + "A", for: .signInTicket) == nil)
    #expect(seal.open(String(repeating: "A", count: 1_000_000), for: .signInTicket) == nil)
  }
}
