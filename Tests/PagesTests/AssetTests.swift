import Glibc
import HTTP
import Testing

@testable import Pages

@Suite struct AssetTests {
  @Test func theVersionChangesWithTheContent() {
    func version(_ text: String) -> String { Asset(name: "a", type: "text/css", bytes: Array(text.utf8)).version }
    #expect(version("a { color: red }") == version("a { color: red }"))
    #expect(version("a { color: red }") != version("a { color: rde }"))
    #expect(version("") != version("\0"))
  }

  /// FNV-1a's published test vectors.
  @Test(arguments: [("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c), ("foobar", 0x8594_4171_f739_67e8)])
  func theVersionIsFNV1a(_ text: String, _ hash: UInt64) {
    #expect(Asset(name: "a", type: "b", bytes: Array(text.utf8)).version == String(hash, radix: 36))
  }

  @Test func everyFileThatAPageNamesIsThereInThatVersion() throws {
    for (name, response) in everyPage() {
      let markup = try response.markup()
      let addresses =
        markup.all("link").compactMap { $0.attributes["href"] }
        + (markup.all("script") + markup.all("img").filter { $0.attributes["class"] != "picture" })
        .compactMap { $0.attributes["src"] }
      let asksForPasskeys = markup.all("form").contains { $0.attributes["data-passkey"] != nil }
      #expect(addresses.count == (asksForPasskeys ? 7 : 6), "\(name)")
      for address in addresses {
        let parts = address.split(separator: "?v=").map(String.init)
        let asset = try #require(Asset.named(String(parts[0].dropFirst("/auth/".count))))
        #expect(parts[1] == asset.version)
      }
    }
  }

  @Test func onlyTheVersionThatIsHereIsKept() {
    let asset = Asset.style
    #expect(asset.response(version: asset.version).fields["Cache-Control"] == "public, max-age=31536000, immutable")
    #expect(asset.response(version: "older").fields["Cache-Control"] == "no-cache")
    #expect(asset.response(version: nil).fields["Cache-Control"] == "no-cache")
  }

  @Test func filesHaveTheirTypesAndNoOthersAreThere() {
    #expect(Asset.all.map(\.name) == ["style.css", "form.css", "account.css", "page.js", "passkeys.js", "icon.svg"])
    #expect(
      Asset.all.map { $0.response(version: nil).fields["Content-Type"] } == [
        "text/css; charset=utf-8", "text/css; charset=utf-8", "text/css; charset=utf-8",
        "text/javascript; charset=utf-8", "text/javascript; charset=utf-8", "image/svg+xml",
      ])
    #expect(Asset.all.allSatisfy { $0.response(version: nil).fields["X-Content-Type-Options"] == "nosniff" })
    #expect(Asset.all.allSatisfy { !$0.response(version: nil).bytes.isEmpty })
    #expect(Asset.named("embedded_resources.swift") == nil)
  }
}

/// WCAG 2.2, success criteria 1.4.3 (text, 4.5:1) and 1.4.11 (edges of inputs, 3:1), for the colours of `style.css`.
@Suite struct ContrastTests {
  enum Scheme: CaseIterable { case light, dark }

  private func colours(_ scheme: Scheme) -> [String: Double] {
    let blocks = String(decoding: Asset.style.bytes, as: UTF8.self).split(separator: ":root {")
    let block = blocks[scheme == .light ? 1 : 2].prefix { $0 != "}" }
    var colours: [String: Double] = [:]
    for line in block.split(separator: ";") {
      let halves = line.split(separator: ":").map { $0.filter { !$0.isWhitespace } }
      guard halves.count == 2, halves[1].count == 7, let hex = UInt32(halves[1].dropFirst(), radix: 16) else {
        continue
      }
      let parts = [16, 8, 0].map { shift -> Double in
        let part = Double(hex >> UInt32(shift) & 255) / 255
        return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
      }
      colours[halves[0]] = 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    }
    return colours
  }

  static let texts = [
    ("ink", "card"), ("ink", "wall"), ("ink", "joint"), ("ink", "calm"), ("ink", "alarm-ground"), ("soft", "card"),
    ("soft", "wall"), ("accent", "card"), ("accent-strong", "card"), ("accent-strong", "calm"), ("on-accent", "accent"),
    ("on-accent", "accent-strong"), ("alarm", "card"),
  ]
  static let edges = [("line", "card"), ("accent", "wall"), ("alarm", "card")]

  @Test(arguments: Scheme.allCases) func everyColourIsTellable(_ scheme: Scheme) throws {
    let colours = colours(scheme)
    for (pairs, least) in [(Self.texts, 4.5), (Self.edges, 3.0)] {
      for (front, ground) in pairs {
        let (one, other) = (try #require(colours["--" + front]), try #require(colours["--" + ground]))
        let ratio = (max(one, other) + 0.05) / (min(one, other) + 0.05)
        #expect(ratio >= least, "\(front) on \(ground)")
      }
    }
  }
}
