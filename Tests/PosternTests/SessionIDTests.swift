import Postern
import Testing

@Suite struct SessionIDTests {
  @Test(arguments: [
    "455d08d9-293f-48c4-984f-c21361e932f4", "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff", "01234567-89ab-cdef-fedc-ba9876543210",
  ])
  func aTextComesBack(text: String) throws {
    #expect(try #require(SessionID(text.utf8)).description == text)
    #expect(try #require(SessionID(Array(text.uppercased().utf8))).description == text)
    #expect(try #require(SessionID(text.utf8.lazy.map { $0 })).description == text)
  }

  @Test func theWordsAreThoseOfTheText() {
    #expect(
      SessionID("01234567-89ab-cdef-fedc-ba9876543210".utf8)
        == SessionID(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210))
  }

  @Test(arguments: [
    "", "455d08d9293f48c4984fc21361e932f4", "455d08d9-293f-48c4-984f-c21361e932f",
    "455d08d9-293f-48c4-984f-c21361e932f44",
    "455d08d9-293f-48c4-984f-c21361e932fg", "455d08d9-293f-48c4-984fc-21361e932f4",
    "455d08d9_293f_48c4_984f_c21361e932f4",
    "{55d08d9-293f-48c4-984f-c21361e932f}", "-55d08d9-293f-48c4-984f-c21361e932f4",
    "455d08d9-293f-48c4-984f-c21361e932é",
  ])
  func anythingElseIsNone(text: String) {
    #expect(SessionID(text.utf8) == nil)
  }
}
