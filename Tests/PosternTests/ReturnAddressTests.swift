import Postern
import PosternTesting
import Testing

private let origins = ["https://good.example", "http://localhost:8080", "https://[2001:db8::1]:8443"]

@Suite struct ReturnAddressTests {
  @Test(arguments: [
    "/", "/private/", "/private/?a=1&b=2", "/a#b", "/%2F/evil", "/%5Cevil", "/a//b", "/a/../b", "/?next=//evil",
    "/é/東京", "/.//evil", "/@evil", "/:evil", "/https://evil",
  ])
  func pathsOnThisSiteAreTakenAsTheyAre(text: String) throws {
    let address = try #require(ReturnAddress(text, origins: []))
    #expect(address.text == text)
    #expect(address.origin == nil)
  }

  @Test(arguments: [
    ("https://good.example", "https://good.example"), ("https://good.example/a?b#c", "https://good.example"),
    ("https://good.example:443/", "https://good.example"), ("HTTPS://GOOD.EXAMPLE/A", "https://good.example"),
    ("https://good.example?x", "https://good.example"), ("https://good.example#x", "https://good.example"),
    ("https://good.example//evil", "https://good.example"),
    ("https://good.example/\u{338}.evil", "https://good.example"), ("http://localhost:8080/", "http://localhost:8080"),
    ("https://[2001:DB8::1]:8443/", "https://[2001:db8::1]:8443"),
  ])
  func listedOriginsAreTaken(text: String, origin: String) throws {
    let address = try #require(ReturnAddress(text, origins: origins))
    #expect(address.text == text)
    #expect(address.origin == origin)
  }

  @Test(arguments: [
    "", "//evil", "///evil", "////evil", "//good.example", "/\\evil", "\\/evil", "\\\\evil", "\\evil", "/a\\b",
    "/\t/evil", "\t//evil", "/\n/evil", "/\r\nSet-Cookie: a=1", "/a\r\n", "\r/", "/\u{0}", "\u{0}/", " /", "/ a",
    "/\u{7F}",
    "\u{1}//evil", "\u{B}/", "http:evil", "https:evil", "https:/evil", "https:///evil", "https:////evil",
    "http:good.example", "https:/good.example", "https:///good.example", "evil", "evil.example", "good.example",
    "?a", "#a", ".", "..", "./a", "../a", "a/b",
    "https://good@evil", "https://good.example@evil", "https://good.example:443@evil", "https://:@good.example",
    "https://evil@good.example", "https://a:b@good.example", "https://good.evil", "https://good.example.evil",
    "https://.good.example", ".good.example", "https://evil.good.example", "https://evilgood.example",
    "https://good.example.", "https://good.example..", "https://good.example:", "https://good.example:80",
    "https://good.example:8443", "https://good.example:0", "https://good.example:65979", "https://good.example:+443",
    "https://good.example:443:443", "https://good.example:443a", "https://good.example\t.evil",
    "https://good.example\\@evil",
    "https://good.example\\.evil", "https://good.example\u{0}.evil", "https://good.example%2eevil",
    "https://good.example%00.evil", "https://good.example;evil", "https://good.example,evil",
    "https://good.example&@evil",
    "https://good%2eexample", "https://good\u{3002}example", "https://good.example\u{2044}evil",
    "https://\u{338}good.example", "http://good.example", "http://localhost",
    "http://localhost:8081", "javascript:alert(1)", "JaVaScRiPt://good.example/%0aalert(1)", "data:text/html,x",
    "ftp://good.example", "file:///etc", "https", "https:", "https:/", "https://", "blob:https://good.example/x",
    "view-source:https://good.example", "https://[2001:db8::1]", "https://[2001:db8::1]:8443.evil",
    "https://[2001:db8::1",
    "https://[2001:db8::1]evil:8443", "https://[::1]@good.example", "https://2001:db8::1:8443",
    "https://[good.example]",
  ])
  func whatABrowserMightReadAsAnotherSiteIsRefused(text: String) {
    #expect(ReturnAddress(text, origins: origins) == nil)
  }

  @Test func everyCharacterThatABrowserDropsIsRefusedAnywhere() {
    for code in UInt8(0)...0x7F where code <= 0x20 || code == 0x7F || code == UInt8(ascii: "\\") {
      let character = String(Unicode.Scalar(code))
      for text in ["/\(character)/evil", "\(character)/a", "/a\(character)", "https://good.example\(character)/"] {
        #expect(ReturnAddress(text, origins: origins) == nil, "\(code)")
      }
    }
  }

  /// The slowest texts of the greatest length: what compares characters takes seconds for one of these.
  @Test func aThousandAddressesOfCombiningMarksAreRefusedSoon() {
    let marks = String(repeating: "\u{301}\u{327}", count: 500)
    let seconds = processorTime {
      for _ in 0..<250 {
        for front in ["", "x", "https:/", "https://x"] {
          #expect(ReturnAddress(front + marks, origins: origins) == nil)
        }
      }
    }
    #expect(seconds < 5)
  }

  @Test func aLongAddressIsRefused() {
    #expect(ReturnAddress("/" + String(repeating: "a", count: 2_047), origins: []) != nil)
    #expect(ReturnAddress("/" + String(repeating: "a", count: 2_048), origins: []) == nil)
    #expect(ReturnAddress("/" + String(repeating: "é", count: 1_024), origins: []) == nil, "bytes count")
  }

  @Test func withoutOriginsOnlyPathsAreTaken() {
    #expect(ReturnAddress("https://good.example/", origins: []) == nil)
    #expect(ReturnAddress("https://good.example/", origins: ["https://good.example/", "good.example", "*", ""]) == nil)
  }
}

@Suite struct OriginTests {
  @Test(arguments: [
    ("https://www.example.com", "https://www.example.com", "www.example.com", true),
    ("HTTP://WWW.Example.com:80/a", "http://www.example.com", "www.example.com", false),
    ("http://a:443", "http://a:443", "a", false), ("https://a:80", "https://a:80", "a", true),
    ("https://a:0443", "https://a", "a", true), ("https://a_b-c.d:65535", "https://a_b-c.d:65535", "a_b-c.d", true),
    ("http://127.0.0.1:8080", "http://127.0.0.1:8080", "127.0.0.1", false),
    ("http://[::1]:80", "http://[::1]", "[::1]", false),
    ("http://[::FFFF:1.2.3.4]/", "http://[::ffff:1.2.3.4]", "[::ffff:1.2.3.4]", false),
  ])
  func originsAreRead(text: String, origin: String, host: String, isSecure: Bool) throws {
    let found = try #require(Origin(of: text))
    #expect(found.text == origin)
    #expect(found.host == host)
    #expect(found.isSecure == isSecure)
  }

  @Test(arguments: [
    "", "null", "https://", "https://:443", "https://a:", "https://a:65536", "https://a:-1", "https://a.",
    "https://a b",
    "https://a@b", "https://*", "https://*.example.com", "https://[]", "https://[:", "https://[abc", "https://[::1]:",
    "https://[::1]x", "https://[::1]]", "https://[[::1]]", "https://[xyz]", "https://a[b]", "https://]", "https://a\\b",
    "https://\u{212A}iosk.example", "https://\u{130}.example", "https://é.example", "httpſ://a", "//a", "a", "ws://a",
    "https://a,https://b", "https://a https://b", "https://a\n",
  ])
  func anythingElseIsNoOrigin(text: String) {
    #expect(Origin(of: text) == nil)
  }

  @Test(arguments: ["", "x", "https://", "https://x", "https://x:"])
  func combiningMarksTakeLinearTime(front: String) {
    let text = front + String(repeating: "\u{301}\u{327}", count: 250_000)
    var origin: Origin?
    let seconds = processorTime { origin = Origin(of: text) }
    #expect(origin == nil)
    #expect(seconds < 20)
  }
}
