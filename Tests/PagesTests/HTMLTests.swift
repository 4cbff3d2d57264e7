import Testing

@testable import Pages

@Suite struct HTMLTests {
  @Test func whatIsPutIntoALiteralIsEscaped() {
    let text = #"<b title="x">'&'</b>"#
    #expect(
      ("<p>\(text)</p>" as HTML).text
        == "<p>&lt;b title=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/b&gt;</p>")
  }

  @Test func aChoiceBetweenTextsIsTextAndEscaped() {
    #expect(("\(Bool.random() ? "<i>" : "<i>")" as HTML).text == "&lt;i&gt;")
  }

  /// A combining mark makes one character out of itself and the quote before it; a browser still sees the quote.
  @Test func aQuoteUnderACombiningMarkIsEscaped() {
    #expect(("\("\"\u{301}<\u{301}")" as HTML).text == "&quot;\u{301}&lt;\u{301}")
  }

  @Test func piecesStayAsTheyAreAndNothingIsNothing() {
    let piece: HTML = "<b>\("&")</b>"
    let missing: HTML? = nil
    #expect(("\(piece)\(missing)\([piece, piece])\(7)" as HTML).text == "<b>&amp;</b><b>&amp;</b><b>&amp;</b>7")
  }
}
