import Postern
import PosternTesting
import Testing

@Suite struct SessionIDTests {
  private func parse(_ text: String) -> SessionID? { SessionID(Array(text.utf8)) }

  /// RFC 9562, section 5.4: version 4, variant 10.
  @Test func aRandomNameIsAUUIDOfVersionFour() {
    let random = SequenceRandom(seed: 4)
    var (ones, zeros) = ((high: UInt64(0), low: UInt64(0)), (high: UInt64.max, low: UInt64.max))
    var names: Set<SessionID> = []
    for _ in 0..<1_000 {
      let id = SessionID(random: random)
      #expect(id.high >> 12 & 0xF == 4)
      #expect(id.low >> 62 == 0b10)
      let text = Array(id.description)
      #expect(text.count == 36)
      #expect(text[14] == "4")
      #expect("89ab".contains(text[19]))
      #expect(parse(id.description) == id)
      names.insert(id)
      ones = (ones.high | id.high, ones.low | id.low)
      zeros = (zeros.high & id.high, zeros.low & id.low)
    }
    #expect(names.count == 1_000)
    #expect(ones.high == 0xFFFF_FFFF_FFFF_4FFF && zeros.high == 0x4000, "all other bits are random")
    #expect(ones.low == 0xBFFF_FFFF_FFFF_FFFF && zeros.low == 0x8000_0000_0000_0000)
  }

  @Test func textComesBackInEitherCase() throws {
    let id = SessionID(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)
    #expect(id.description == "01234567-89ab-cdef-fedc-ba9876543210")
    #expect(parse("01234567-89AB-CDEF-FEDC-BA9876543210") == id)
    #expect(SessionID(high: 0, low: 0).description == "00000000-0000-0000-0000-000000000000")
    #expect(SessionID(high: .max, low: .max).description == "ffffffff-ffff-ffff-ffff-ffffffffffff")
  }

  @Test(arguments: [
    "", "01234567-89ab-cdef-fedc-ba987654321", "01234567-89ab-cdef-fedc-ba98765432100",
    "0123456789abcdeffedcba9876543210",
    "01234567089ab0cdef0fedc0ba9876543210", "0123456-789ab-cdef-fedc-ba9876543210",
    "g1234567-89ab-cdef-fedc-ba9876543210",
    "{1234567-89ab-cdef-fedc-ba987654321}", " 1234567-89ab-cdef-fedc-ba9876543210",
    "+1234567-89ab-cdef-fedc-ba9876543210",
    "01234567-89ab-cdef-fedc-ba98765432é", "01234567-89ab-cdef-fedc-ba987654321\u{0}",
    "------------------------------------",
  ])
  func anythingElseIsNoName(text: String) {
    #expect(parse(text) == nil)
  }
}
