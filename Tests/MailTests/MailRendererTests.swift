import Postern
import PosternTesting
import Testing

@testable import Mail

@Suite struct MailRendererTests {
  private var settings = Settings()
  private let random = SequenceRandom()
  private static let hostile = "Ann\r\nBcc: eve@example.com\r\n\r\n<script>alert(1)</script>\u{0}\u{202E}"

  init() {
    settings.publicURL = "https://www.example.com"
    settings.siteName = "Zoë's <site>"
    settings.mail.sender = MailSender(name: "Zoë's \"site\"", EmailAddress("login@example.com")!)
  }

  private func rendered(
    _ kind: Mail.Kind, _ values: [String: String] = [:], link: Link.Purpose? = nil,
    _ templates: Templates = Templates(),
    _ settings: Settings? = nil
  ) -> String {
    let mail = Mail(kind, to: EmailAddress("ann@example.com")!, values: values, link: link, random: random)
    let now = Instant(seconds: 1_795_531_488)
    let outgoing = OutgoingMail(id: 1, mail: mail, account: nil, createdAt: now, expiresAt: now, dueAt: now)
    let renderer = MailRenderer(settings ?? self.settings, templates, sealer: PlainSealer())
    return String(decoding: renderer.message(for: outgoing).content, as: UTF8.self)
  }

  @Test(arguments: Mail.Kind.allCases)
  func everyKindIsAMailWhateverItsValues(_ kind: Mail.Kind) {
    let values = Dictionary(
      uniqueKeysWithValues: ["name", "address", "device", "new_email", "old_email"].map { ($0, Self.hostile) })
    for values in [values, [:]] {
      let link: Link.Purpose? = kind == .signInCode ? .signInCode : kind.hasLink ? .resetPassword : nil
      let content = rendered(kind, values, link: link)
      let lines = content.split(separator: "\r\n", omittingEmptySubsequences: false)
      #expect(content.utf8.allSatisfy { $0 < 0x7F && $0 >= 0x20 || $0 == 0x0D || $0 == 0x0A })
      #expect(content.utf8.count { $0 == 0x0A } == lines.count - 1, "no line ends with less than CR LF")
      #expect(lines.allSatisfy { $0.utf8.count < 998 })
      let header = lines.prefix { $0 != "" }.filter { !$0.hasPrefix(" ") }.map { $0.prefix { $0 != ":" } }
      #expect(
        header == [
          "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
        ])
      #expect(!content.contains("{{"))
      let html = content.firstRange(of: "Content-Type: text/html").map { content[$0.upperBound...] }
      #expect(html?.contains("<script") == false)
    }
  }

  @Test func theSameMailIsTheSameAtEveryAttempt() {
    let mail = Mail(.test, to: EmailAddress("ann@example.com")!, random: random)
    var outgoing = OutgoingMail(
      id: 1, mail: mail, account: nil, createdAt: Instant(seconds: 0), expiresAt: Instant(seconds: 9),
      dueAt: Instant(seconds: 0))
    let renderer = MailRenderer(settings, Templates(), sealer: PlainSealer())
    let first = renderer.message(for: outgoing)
    outgoing.attempts = 5
    outgoing.dueAt = Instant(seconds: 7)
    #expect(renderer.message(for: outgoing) == first)
  }

  @Test func linksLeadToThePagesOrWhereTheSiteWantsThem() {
    let token = "token-reset"
    // In ASCII, text stays as it is.
    var plain = settings
    plain.siteName = "Example"
    #expect(
      rendered(.resetPassword, link: .resetPassword, Templates(), plain).contains(
        "\r\nhttps://www.example.com/auth/reset/\(token)\r\n"))
    for (place, address) in [
      ("/new-password", "https://www.example.com/new-password/\(token)"),
      ("https://app.example.com/reset/", "https://app.example.com/reset/\(token)"),
      ("https://app.example.com/?token=", "https://app.example.com/?token=\(token)"),
      ("https://app.example.com/#/reset", "https://app.example.com/#/reset/\(token)"),
    ] {
      var settings = plain
      settings.mail.resetURL = place
      #expect(rendered(.resetPassword, link: .resetPassword, Templates(), settings).contains("\r\n\(address)\r\n"))
    }
  }

  @Test func lifetimesAreInWords() {
    #expect(rendered(.resetPassword, link: .resetPassword).contains("within 1 hour"))
    #expect(rendered(.confirmAddress, link: .confirmAddress).contains("within 48 hours"))
    #expect(rendered(.addressChanged, link: .undoAddressChange).contains("within 7 days"))
  }

  @Test(arguments: [
    ("Ada Lovelace", "Hello Ada Lovelace,"), ("J. R. O'Neill-Smith", "Hello J. R. O'Neill-Smith,"), ("", "Hello,"),
    ("Win a prize at evil.example", "Hello,"), ("http://evil.example", "Hello,"), ("Call 555 1234", "Hello,"),
    ("{{link}}", "Hello,"), ("a@b.example", "Hello,"), (String(repeating: "ab ", count: 30), "Hello,"),
  ])
  func aNameIsNoMessageOfAStranger(_ name: String, _ greeting: String) {
    let values = Values(["name": name])
    #expect(values["greeting"] == greeting)
  }

  @Test func valuesAreEscapedInTheHTMLPartOnlyAndNeverReadAgain() throws {
    let templates = try Templates(replacing: [
      "test.txt": Array("Subject: s\n\n[{{device}}]\n".utf8), "test.html": Array("<b>{{ device }}</b>\n".utf8),
      "frame.html": Array("<i>{{content}}</i>\n".utf8),
    ])
    let content = rendered(.test, ["device": "<a href='x'>&\"{{site}}"], templates)
    #expect(content.contains("[<a href='x'>&\"{{site}}]"))
    #expect(content.contains("<i><b>&lt;a href=&#39;x&#39;&gt;&amp;&quot;{{site}}</b>\r\n</i>"))
  }

  @Test(arguments: [
    ("reset-password.txt", "{{link}}", "has no “Subject: …” as its first line"),
    ("reset-password.txt", "Subject:\n\n{{link}}", "has no “Subject: …” as its first line"),
    ("reset-password.html", "hello", "has no {{link}}: who gets the mail could do nothing"),
    ("test.html", "a\n{{site", "has {{ without }} on line 2"),
    ("test.html", "a\n{{si\nte}}", "has {{ without }} on line 2"),
    ("frame.html", "a", "has no {{content}}: the mail's own words"),
    ("test.html", "{{content}}", "has {{content}}, which is nothing: there are"),
    ("tset.html", "a", "is the template of no mail: there are frame.html, and .txt and .html of confirm-address,"),
  ])
  func aMistakeInATemplateIsNamed(_ name: String, _ text: String, _ sentence: String) {
    do {
      _ = try Templates(replacing: [name: Array(text.utf8)])
      Issue.record("it was taken")
    } catch {
      #expect(error.sentences.count == 1)
      #expect(error.sentences[0].hasPrefix("\(name) \(sentence)"), "\(error.sentences)")
    }
  }

  @Test func textsThatAreNoUTF8AreRefused() {
    #expect(throws: TemplateMistakes.self) { try Templates(replacing: ["test.html": [0xFF, 0xFE]]) }
  }

  @Test func ownTemplatesAreSoundByTheRulesForOthers() throws {
    var files: [String: [UInt8]] = ["frame.html": PackageResources.frame_html]
    for kind in Mail.Kind.allCases {
      for name in ["\(kind.rawValue).txt", "\(kind.rawValue).html"] { files[name] = Templates.own(name) }
    }
    #expect(files.count == 2 * Mail.Kind.allCases.count + 1)
    _ = try Templates(replacing: files)
  }

  @Test func senderIsTheSettingsOrTheLoginOrNobody() {
    var settings = Settings()
    settings.publicURL = "https://www.example.com"
    #expect(MailRenderer.sender(settings).text == "www.example.com <no-reply@www.example.com>")
    settings.mail.username = "me@example.org"
    #expect(MailRenderer.sender(settings).address.text == "me@example.org")
    settings.mail.sender = MailSender(EmailAddress("login@example.com")!)
    #expect(MailRenderer.sender(settings).text == "login@example.com")
  }
}

/// Texts that can be read.
private struct PlainSealer: LinkSealer {
  func text(of id: LinkID, for purpose: Link.Purpose) -> String { "token-\(purpose.rawValue)" }
  func code(of id: LinkID) -> String { "012345" }
  func id(of text: ArraySlice<UInt8>, for purpose: Link.Purpose) -> LinkID? { nil }
}
