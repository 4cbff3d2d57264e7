import Postern
import PosternTesting
import Testing

@testable import Cryptography

@Suite struct LinkSealTests {
  private let seal = LinkSeal(secretKey: Array("a secret of thirty-two bytes or more".utf8))
  private let id = LinkID(random: SequenceRandom())

  private func open(_ text: String, for purpose: Link.Purpose = .resetPassword) -> LinkID? {
    seal.id(of: Array(text.utf8)[...], for: purpose)
  }

  @Test(arguments: Link.Purpose.allCases)
  func aLinkIsReadForItsPurposeOnly(purpose: Link.Purpose) {
    let text = seal.text(of: id, for: purpose)
    for other in Link.Purpose.allCases { #expect(open(text, for: other) == (other == purpose ? id : nil)) }
  }

  @Test func anotherSecretMakesAnotherLink() {
    let other = LinkSeal(secretKey: Array("another secret of thirty-two bytes".utf8))
    #expect(open(other.text(of: id, for: .resetPassword)) == nil)
  }

  @Test func everyChangedCharacterIsNoticed() {
    let text = Array(seal.text(of: id, for: .resetPassword).utf8)
    for position in text.indices {
      for byte in "AQgw-_/+=. ".utf8 where byte != text[position] {
        var changed = text
        changed[position] = byte
        #expect(seal.id(of: changed[...], for: .resetPassword) == nil)
      }
    }
  }

  @Test(arguments: ["", "abc", String(repeating: "A", count: 42), String(repeating: "A", count: 43)])
  func whatIsNoLinkIsNone(text: String) { #expect(open(text) == nil) }

  @Test func whatComesBeforeOrBehindIsNotCutOff() {
    let text = seal.text(of: id, for: .resetPassword)
    #expect(open(text + "A") == nil)
    #expect(open(text + "=") == nil)
    #expect(open("A" + text) == nil)
  }
}
