import Postern
import Testing

@testable import Command

@Suite struct MailSettingsTests {
  private func judged(_ settings: [String: String]) throws -> (mistakes: [String], warnings: [String]) {
    let result = try configuration(sound(with: settings))
    return (result.mistakes, result.warnings)
  }

  private static let server = ["MAIL_SERVER": "smtp.example.com", "MAIL_DEFAULT_SENDER": "login@example.com"]

  @Test func aServerWithTLSAndALoginIsSound() throws {
    for port in ["587": "MAIL_USE_TLS", "465": "MAIL_USE_SSL"] {
      let judged = try judged(
        Self.server.merging(
          ["MAIL_PORT": port.key, port.value: "True", "MAIL_USERNAME": "me", "MAIL_PASSWORD": "app password"]
        ) { $1 })
      #expect(judged.mistakes == [])
      #expect(judged.warnings == [])
    }
  }

  @Test func noPasswordTravelsInPlainText() throws {
    let login = ["MAIL_USERNAME": "me", "MAIL_PASSWORD": "hunter2"]
    let judged = try judged(Self.server.merging(login) { $1 })
    #expect(
      judged.mistakes == [
        "MAIL_PASSWORD would travel in plain text to smtp.example.com: MAIL_USE_TLS=True (mostly port 587) or "
          + "MAIL_USE_SSL=True (port 465)"
      ])
    for own in ["localhost", "127.0.0.1", "::1"] {
      #expect(try self.judged(Self.server.merging(login) { $1 }.merging(["MAIL_SERVER": own]) { $1 }).mistakes == [])
    }
  }

  @Test(arguments: [
    (["MAIL_USE_TLS": "True", "MAIL_USE_SSL": "True"], "MAIL_USE_TLS and MAIL_USE_SSL are both True"),
    (["MAIL_USE_TLS": "True", "MAIL_USERNAME": "me"], "MAIL_USERNAME and MAIL_PASSWORD go together"),
    (["MAIL_CA_FILE": "/nowhere/ca.pem"], "MAIL_CA_FILE is /nowhere/ca.pem: No such file or directory"),
    (["POSTERN_MAIL_TEMPLATES": "/nowhere"], "POSTERN_MAIL_TEMPLATES: opendir /nowhere: No such file or directory"),
    (["MAIL_SERVER": "smtp.example.com:587"], "MAIL_SERVER is “smtp.example.com:587”"),
    (["MAIL_SERVER": "http://x"], "MAIL_SERVER is “http://x”"),
    (["MAIL_DEFAULT_SENDER": "nobody"], "MAIL_DEFAULT_SENDER is “nobody”"),
    (["MAIL_DEFAULT_SENDER": "A <a@example.com>\r\nBcc: b@example.com"], "MAIL_DEFAULT_SENDER is “A"),
    (["POSTERN_CONFIRM_URL": "javascript:alert(1)"], "POSTERN_CONFIRM_URL is"),
    (["POSTERN_RESET_URL": "//evil.example.com/"], "POSTERN_RESET_URL is"),
    (["POSTERN_UNDO_URL": "https://a.example.com/a b"], "POSTERN_UNDO_URL is"),
  ])
  func aMistakeIsNamed(_ settings: [String: String], _ sentence: String) throws {
    let judged = try judged(Self.server.merging(settings) { $1 })
    #expect(judged.mistakes.count == 1)
    #expect(judged.mistakes.first?.hasPrefix(sentence) == true, "\(judged.mistakes)")
  }

  @Test(arguments: [
    ("Example <login@example.com>", "Example", "login@example.com"),
    ("\"Example, Inc.\" <Login@Example.com>", "Example, Inc.", "login@example.com"),
    ("login@example.com", "", "login@example.com"), ("<login@example.com>", "", "login@example.com"),
  ])
  func aSenderHasAnAddressAndPerhapsAName(_ text: String, _ name: String, _ address: String) throws {
    let result = try configuration(sound(with: ["MAIL_DEFAULT_SENDER": text]))
    #expect(result.mistakes == [])
    #expect(result.settings.mail.sender == MailSender(name: name, EmailAddress(address)!))
  }

  @Test(arguments: [
    (["MAIL_USE_TLS": "True", "POSTERN_REGISTRATION": "verified"], "MAIL_USE_TLS has no effect without MAIL_SERVER"),
    (["MAIL_PASSWORD": "app password"], "MAIL_PASSWORD has no effect without MAIL_SERVER"),
    (["POSTERN_REGISTRATION": "verified"], "POSTERN_REGISTRATION is verified, and MAIL_SERVER is not set"),
  ])
  func mailsThatNobodyGetsAreNamed(_ settings: [String: String], _ sentence: String) throws {
    let judged = try judged(settings)
    #expect(judged.mistakes == [])
    #expect(judged.warnings.contains { $0.hasPrefix(sentence) }, "\(judged.warnings)")
  }

  @Test func linksNeedAPlaceWhereThereAreNoPages() throws {
    var settings = ["AUTHSVC_TOKEN_DELIVERY": "body_only", "POSTERN_RESET_URL": "/new-password"]
    let sentence = "AUTHSVC_TOKEN_DELIVERY is body_only, which has no pages, so that mailed links lead nowhere; set "
    #expect(try judged(settings).warnings == [sentence + "POSTERN_CONFIRM_URL, POSTERN_UNDO_URL"])
    settings["POSTERN_CONFIRM_URL"] = "https://app.example.com/confirm"
    settings["POSTERN_UNDO_URL"] = "https://app.example.com/undo?token="
    #expect(try judged(settings).warnings == [])
  }

  @Test func templatesOfTheSiteAreCheckedWithTheSettings() throws {
    let directory = try TemporaryDirectory()
    _ = try directory.write("reset-password.txt", "Subject: x\n\n{{lnik}}\n")
    _ = try directory.write("confirm.html", "{{link}}")
    _ = try directory.write("README", "{{whatever}}")
    let judged = try judged(["POSTERN_MAIL_TEMPLATES": directory.path])
    #expect(judged.mistakes.count == 3)
    #expect(judged.mistakes[0].hasPrefix("POSTERN_MAIL_TEMPLATES: confirm.html is the template of no mail"))
    #expect(judged.mistakes[1].hasPrefix("POSTERN_MAIL_TEMPLATES: reset-password.txt has {{lnik}}, which is nothing"))
    #expect(judged.mistakes[2].contains("reset-password.txt has no {{link}}"))
  }
}
