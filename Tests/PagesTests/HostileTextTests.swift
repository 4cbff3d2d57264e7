import Pages
import Postern
import Testing

@Suite struct HostileTextTests {
  static let texts = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' autofocus onfocus='alert(1)",
    "\" autofocus onfocus=\"alert(1)", "</title><script>alert(1)</script>", "</main></body></html><p>",
    "<!-- ", " -->", "]]>", "&lt;b&gt;", "&#60;b&#62;", "&", "x=", "javascript:alert(1)", "\\\"><b>", "${1}{{1}}`",
    "\"\u{301}>\u{301}<\u{301}b>", "\u{0}<b>\u{8}", "\r\n<b>\t\n", "\u{2028}\u{202E}<b>",
    "👩‍👩‍👧‍👦<b>", "+ADw-script+AD4-",
  ]

  @Test(arguments: texts) func noTextMakesATagOrAnAttribute(_ text: String) throws {
    for (calm, hostile) in zip(everyPage(), everyPage(text)) {
      let markup = try hostile.response.markup()
      #expect(try markup.skeleton == calm.response.markup().skeleton, "\(calm.name)")
      #expect(markup.text(in: "span").contains(text), "\(calm.name): the site's name is shown as it is")
    }
  }

  @Test(arguments: texts) func anAddressToGoBackToMakesNoTagOrAttribute(_ text: String) throws {
    let path = "/" + String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value > 0x20 && $0 != "\\" }))
    let next = try #require(ReturnAddress(path, origins: []))
    for (calm, hostile) in zip(everyPage(), everyPage(next: next)) {
      let markup = try hostile.response.markup()
      #expect(try markup.skeleton == calm.response.markup().skeleton, "\(calm.name)")
      for input in markup.all("input") where input.attributes["name"] == "next" {
        #expect(input.attributes["value"] == path)
      }
    }
  }

  @Test func aTextComesBackInItsFieldAsItWas() throws {
    let text = "Zoë \"<&>'"
    let form = RegisterForm(firstName: text, lastName: text, email: text)
    let markup = try Pages.register(Site(name: "x"), form).markup()
    let values = markup.all("input").compactMap { $0.attributes["value"] }
    #expect(values == [text, text, text])
  }
}
