import Postern
import Testing

@Suite struct AuditDetailsTests {
  @Test func detailsAreAJSONObject() {
    let none: AuditDetails = [:]
    #expect(none.json == "{}")
    let some: AuditDetails = ["a": "b", "none": nil, "東": "\"\\/\n\u{0}\u{1F}\u{7F}é"]
    #expect(some.json == #"{"a":"b","none":null,"東":"\"\\/\u000a\u0000\u001f"# + "\u{7F}é\"}")
    #expect(AuditDetails(json: some.json) == some)
  }
}
