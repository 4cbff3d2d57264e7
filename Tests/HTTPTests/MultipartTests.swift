import Testing

@testable import HTTP

@Suite struct MultipartTests {
  private let type = "multipart/form-data; boundary=----B7"

  private func form(_ lines: String..., type: String? = nil) -> Multipart? {
    Multipart(parsing: Array(lines.joined(separator: "\r\n").utf8), contentType: (type ?? self.type).utf8)
  }

  private let file = "Content-Disposition: form-data; name=\"picture\"; filename=\"a.png\""

  @Test func partsComeWithTheirNamesAndTypes() throws {
    let form = try #require(
      self.form(
        "------B7", "Content-Disposition: form-data; name=\"text\"", "", "some text\r\nof two lines", "------B7", file,
        "Content-Type: IMAGE/PNG; charset=x", "", "\u{89}PNG\r\n--\r\n----B\r\n", "------B7--", ""))
    #expect(form.parts.map(\.name) == ["text", "picture"])
    #expect(form.parts.map(\.fileName) == [nil, "a.png"])
    #expect(form.parts.map(\.mediaType) == ["", "image/png"])
    #expect(form["text"].map { Array($0.content) } == Array("some text\r\nof two lines".utf8))
    #expect(form["picture"].map { Array($0.content) } == Array("\u{89}PNG\r\n--\r\n----B\r\n".utf8))
    #expect(form["other"] == nil)
  }

  @Test(arguments: [
    ("multipart/form-data; boundary=\"----B7\"", true), ("Multipart/Form-Data ; charset=utf-8; Boundary=----B7", true),
    ("multipart/mixed; boundary=----B7", false), ("multipart/form-data", false),
    ("multipart/form-data; boundary=", false), ("multipart/form-data; boundary=----B7; boundary=----B7", false),
    ("multipart/form-data; boundary=\"----B7\u{1}\"", false), ("", false),
    ("multipart/form-data; boundary=" + String(repeating: "x", count: 71), false),
  ])
  func boundaryIsTheOneThatTheTypeNames(_ type: String, isForm: Bool) {
    #expect((form("------B7", file, "", "x", "------B7--", type: type) != nil) == isForm)
  }

  @Test(
    arguments: [
      ([""], nil), (["------B7--"], 0), (["preamble", "------B7", "F", "", "x", "------B7--", "epilogue"], 1),
      (["------B7 \t", "F", "", "x", "------B7--"], 1), (["------B7", "F", "", "", "------B7--"], 1),
      // Nothing but a head, no end of it, no end at all, half a delimiter.
      (["------B7", "F", "------B7--"], nil), (["------B7", "F", "", "x"], nil), (["------B7", "F"], nil),
      (["------B7", "F", "", "x", "------B7"], nil), (["------B7", "F", "", "x", "------B7-"], nil),
      (["------B7", "F", "", "x", "------B7--x"], nil), (["------B7--B7"], nil), (["------B7-- "], 0),
      (["------B7x", "F", "", "x", "------B7--"], nil), (["------B7", "", "x", "------B7--"], nil),
      (["------B7", "Content-Type: text/plain", "", "x", "------B7--"], nil),
      (["------B7", "Content-Disposition: attachment; name=a", "", "x", "------B7--"], nil),
      (["------B7", "F", "F", "", "x", "------B7--"], nil),
    ] as [([String], Int?)])
  func whatIsNotJustSoIsNoForm(_ lines: [String], count: Int?) {
    let text = lines.map { $0 == "F" ? file : $0 }.joined(separator: "\r\n")
    #expect(form(text)?.parts.count == count)
  }

  @Test func aFieldThatCameTwiceIsNone() throws {
    let form = try #require(self.form("------B7", file, "", "x", "------B7", file, "", "y", "------B7--"))
    #expect(form.parts.count == 2)
    #expect(form["picture"] == nil)
  }

  @Test(
    arguments: [
      ("name=\"a\"; filename=\"x\\\"y\\\\z.png\"", "x\"y\\z.png"),
      ("name=a; filename=\"C:\\dir\\x.png\"", "C:\\dir\\x.png"),
      ("name=a;filename=\"\"", ""), ("name=a; filename=\"a;b=c\"", "a;b=c"), ("name=a; filename=\"open", "open"),
      ("name=a; filename*=utf-8''x", nil), ("name=a; filename=x; filename=y", nil), ("name=a; filename", nil),
    ] as [(String, String?)])
  func namesOfFilesAreReadAsTheyAreQuoted(_ parameters: String, name: String?) throws {
    let form = try #require(
      self.form("------B7", "Content-Disposition: form-data; \(parameters)", "", "x", "------B7--"))
    #expect(form.parts[0].fileName == name)
    #expect(form.parts[0].name == "a")
  }

  @Test func numberAndHeadsOfPartsAreBounded() {
    let part = "------B7\r\n\(file)\r\n\r\nx\r\n"
    #expect(form(String(repeating: part, count: 20) + "------B7--")?.parts.count == 20)
    #expect(form(String(repeating: part, count: 21) + "------B7--") == nil)
    let long = "X: " + String(repeating: "x", count: 4_096)
    #expect(form("------B7", file, long, "", "x", "------B7--") == nil)
  }

  /// Whatever is changed in a form: it is read or refused, and what is read lies within it.
  @Test func aChangedFormIsReadOrRefused() {
    let body = Array(
      "------B7\r\n\(file)\r\nContent-Type: image/png\r\n\r\nabc\r\n------B7\r\n\(file)\r\n\r\n\r\n------B7--".utf8)
    var random = SeededGenerator(state: 7)
    var forms = 0
    for _ in 0..<20_000 {
      var changed = body
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<changed.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: changed[place] = UInt8.random(in: 0...255, using: &random)
        case 1: changed.remove(at: place)
        case 2: changed.insert(contentsOf: changed[..<place].suffix(20), at: place)
        default: changed.removeLast(min(changed.count - 1, 5))
        }
      }
      guard let form = Multipart(parsing: changed, contentType: type.utf8) else { continue }
      forms += 1
      #expect(form.parts.count <= 20)
      #expect(form.parts.allSatisfy { $0.content.startIndex >= 0 && $0.content.endIndex <= changed.count })
    }
    #expect(forms > 1_000)
  }

  /// Boundaries that nearly are some, and one that repeats itself, take no longer than others.
  @Test func nearlyBoundariesAreReadInOneGo() {
    let boundary = String(repeating: "-", count: 69) + "x"
    let body =
      Array(("--" + boundary + "\r\n" + file + "\r\n\r\n").utf8)
      + [UInt8](repeating: UInt8(ascii: "-"), count: 4 << 20) + Array(("\r\n--" + boundary + "--").utf8)
    let form = Multipart(parsing: body, contentType: "multipart/form-data; boundary=\(boundary)".utf8)
    #expect(form?.parts.first?.content.count == 4 << 20)
  }
}
