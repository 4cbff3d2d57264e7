import Postern
import Testing

@testable import Command

@Suite struct FormTests {
  @Test(arguments: [
    ("True", true), ("true", true), ("'True'", true), ("1", true), ("on", true), ("YES", true),
    ("False", false), ("0", false), ("off", false), ("no", false),
  ])
  func truthIsWrittenAsInPythonOrPlainly(text: String, value: Bool) throws {
    #expect(try Form.truth.read(text) == value)
  }

  @Test(arguments: ["", "2", "T rue", "None", "truee"])
  func whatIsNoTruthIsRefused(text: String) {
    #expect(throws: Rejection.self) { try Form.truth.read(text) }
  }

  @Test(arguments: [
    ("900", 900), ("90s", 90), ("15m", 900), ("2h", 7_200), ("30d", 2_592_000), ("1w", 604_800), ("'15m'", 900),
  ])
  func durationHasItsUnitBehindOrIsSeconds(text: String, seconds: Int) throws {
    #expect(try Form.duration().read(text) == .seconds(seconds))
  }

  @Test(arguments: [("30", 1_800), ("30m", 1_800), ("90s", 90), ("1h", 3_600)])
  func plainNumberIsMinutesWhereTheKeySaysSo(text: String, seconds: Int) throws {
    #expect(try Form.duration(.minutes).read(text) == .seconds(seconds))
  }

  @Test(arguments: [
    "", "0", "-1", "1.5", "m", "15 m", "15M", "1y", "9223372036854775807", "9223372036854775807d", "4000d",
  ])
  func whatIsNoDurationIsRefused(text: String) {
    #expect(throws: Rejection.self) { try Form.duration().read(text) }
  }

  @Test func zeroIsADurationWhereItIsAllowed() throws {
    #expect(try Form.duration(atLeast: .zero).read("0") == .zero)
  }

  @Test(arguments: [
    ("['a', 'b']", ["a", "b"]), ("[\"a\",\"b\",]", ["a", "b"]), ("('a',)", ["a"]), ("a,b", ["a", "b"]),
    (" a , b ", ["a", "b"]), ("a", ["a"]), ("[]", []), ("", []), ("None", []), ("[a, 'b']", ["a", "b"]),
    ("['a,b']", ["a,b"]), ("'a'", ["a"]),
  ])
  func listIsPythonsOrHasCommasBetween(text: String, elements: [String]) throws {
    #expect(try Form<String>.text.list().read(text) == elements)
  }

  @Test(arguments: ["['a'", "a,,b", ",a", "['a' 'b']", "['a]", "[['a']]", "a,"])
  func brokenListIsRefused(text: String) {
    #expect(throws: Rejection.self) { try Form<String>.text.list().read(text) }
  }

  @Test func refusalOfAListNamesTheElement() {
    let error = #expect(throws: Rejection.self) { try Form<Settings.TokenLocation>.choice.list().read("cookies,json") }
    #expect(error?.sentence == "“json” is not cookies or headers")
  }

  @Test(arguments: ["None", "none", ""])
  func noneIsNoValue(text: String) throws {
    #expect(try Form<String>.text.orNone().read(text) == nil)
  }

  @Test(arguments: [("'it\\'s'", "it's"), ("\"a b\"", "a b"), ("it's", "it's"), ("'a' b", "'a' b"), ("'a\\\\'", "a\\")])
  func quotesOfPythonAreTakenAway(text: String, value: String) throws {
    #expect(try Form<String>.text.read(text) == value)
  }

  @Test(arguments: ["a\nb", "a\u{0}", "\u{1B}[2J", ""])
  func textWithControlCharactersIsRefused(text: String) {
    #expect(throws: Rejection.self) { try Form<String>.text.read(text) }
  }

  @Test(arguments: [
    ("https://Example.com", "https://example.com"), ("https://example.com/", "https://example.com"),
    ("https://example.com:443", "https://example.com"), ("http://example.com:443", "http://example.com:443"),
    ("http://localhost:8080", "http://localhost:8080"), ("http://[::1]:8080/", "http://[::1]:8080"),
  ])
  func originIsWrittenAsBrowsersWriteIt(text: String, origin: String) throws {
    #expect(try Form<String>.origin.read(text) == origin)
  }

  @Test(arguments: [
    "example.com", "ftp://example.com", "https://example.com/path", "https://user@example.com", "https://example.com?x",
    "https://example.com#x", "https://", "https://a b", "https://ex\u{E4}mple.com", "https://example.com:0",
    "https://example.com\\@evil.example", "*", "null", "https://example.com//",
  ])
  func whatIsNoOriginIsRefused(text: String) {
    #expect(throws: Rejection.self) { try Form<String>.origin.read(text) }
  }

  @Test(arguments: ["/", "/home?a=1", "https://www.example.com/home", "http://x"])
  func destinationIsAPathOrAnAddress(text: String) throws {
    #expect(try Form<String>.destination.read(text) == text)
  }

  @Test(arguments: ["//evil", "/\\evil", "javascript:alert(1)", "home", "", "/a\tb", "https://a@b/"])
  func destinationThatABrowserMisreadsIsRefused(text: String) {
    #expect(throws: Rejection.self) { try Form<String>.destination.read(text) }
  }

  @Test(arguments: ["", "api", "/api/", "/", "/a//b", "/a/../b", "/a b", "/%41", "/a?b"])
  func whatIsNoPrefixIsRefused(text: String) {
    #expect(throws: Rejection.self) { try Form<String>.prefix.read(text) }
  }

  @Test(arguments: ["unix:/run/postern/postern.sock", "127.0.0.1:9000", "[::1]:9000", "0.0.0.0:1"])
  func listenerIsAPathOrAnAddressWithAPort(text: String) throws {
    #expect(try Form<String>.listener.read(text) == text)
  }

  @Test(arguments: [
    "unix:relative", "unix:", "/run/x.sock", "localhost:9000", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536",
    "::1:9000",
    "[127.0.0.1]:9000", "unix:/" + String(repeating: "x", count: 107),
  ])
  func whatIsNoListenerIsRefused(text: String) {
    #expect(throws: Rejection.self) { try Form<String>.listener.read(text) }
  }

  @Test func listOfListenersMayHoldAddressesInBrackets() throws {
    #expect(
      try Form<String>.listener.list().read("unix:/a,[::1]:9000,127.0.0.1:9001")
        == ["unix:/a", "[::1]:9000", "127.0.0.1:9001"])
  }

  @Test(arguments: [("127.000.0.1", nil), ("::1", "::1"), ("2001:DB8::0:1", "2001:db8::1"), ("10.0.0.1", "10.0.0.1")])
  func peerIsAnAddressAsTheSystemWritesIt(text: String, address: String?) {
    #expect((try? Form<String>.address.read(text)) == address)
  }

  @Test(arguments: [
    ("sqlite:///app.db", "app.db"), ("sqlite:////var/lib/app.db", "/var/lib/app.db"),
    ("sqlite+pysqlite:////x.db", "/x.db"), ("'sqlite:///a b.db'", "a b.db"),
  ])
  func databaseIsAddressedAsInSQLAlchemy(text: String, path: String) throws {
    #expect(try Form<String>.database.read(text) == path)
  }

  @Test(arguments: [
    "sqlite://", "sqlite:///", "sqlite:///:memory:", "mysql://h/db", "/var/lib/app.db", "sqlite:///a.db?timeout=3",
    "postgresql://u:p@h/db", "postgresql+psycopg2://u:p@h/db",
  ])
  func databaseThatCannotBeUsedIsRefused(text: String) {
    #expect(throws: Rejection.self) { try Form<String>.database.read(text) }
  }

  @Test func refusalOfPostgreSQLSaysWhatThisVersionStoresIn() {
    let error = #expect(throws: Rejection.self) { try Form<String>.database.read("postgresql://u:p@h/db") }
    #expect(error?.sentence?.contains("stores in SQLite") == true)
  }

  @Test(arguments: [("660", 0o660), ("0660", 0o660), ("0o600", 0o600), ("'666'", 0o666)])
  func fileModeIsOctal(text: String, mode: UInt32) throws {
    #expect(try Form<UInt32>.fileMode.read(text) == mode)
  }

  @Test(arguments: ["", "888", "1777", "rw-rw----", "-1"])
  func whatIsNoFileModeIsRefused(text: String) {
    #expect(throws: Rejection.self) { try Form<UInt32>.fileMode.read(text) }
  }

  @Test(arguments: [("strict", "Strict"), ("Lax", "Lax"), ("'None'", "None"), ("None", "None")])
  func sameSiteNoneIsTheAttributeAndNotItsAbsence(text: String, value: String) throws {
    #expect(try Form<String>.sameSite.read(text) == value)
  }
}
