import HTTP
import Pages
import Postern
import Testing

/// What the forms around second factors post, and what of it needs no script.
@Suite struct FactorPageTests {
  private func page(_ name: String) throws -> Markup {
    try #require(everyPage().first { $0.name == name }).response.markup()
  }

  private func actions(_ name: String) throws -> [String?] {
    try page(name).all("form").map { $0.attributes["action"] }
  }

  /// Names of the fields that are sent.
  private func inputs(_ name: String) throws -> [String?] { try page(name).all("input").map { $0.attributes["name"] } }

  @Test func theBrowserOffersTheCodeWhereOneIsTypedIn() throws {
    for name in ["second step, TOTP", "second step, mailed", "TOTP", "TOTP as a second step"] {
      let code = try #require(page(name).all("input").first { $0.attributes["name"] == "code" }).attributes
      #expect(code["autocomplete"] == "one-time-code" && code["inputmode"] == "numeric", "\(name)")
      #expect(code["pattern"] == "[0-9 ]*" && code["required"] != nil, "\(name)")
    }
  }

  @Test func whoeverIsAskedCanBeSomebodyElse() throws {
    for name in ["second step, TOTP", "second step, mailed", "TOTP as a second step"] {
      let links = try page(name).all("a").compactMap { $0.attributes["href"] }
      #expect(links.contains { $0.hasPrefix("/auth/login") }, "\(name)")
    }
    #expect(try !page("TOTP").all("a").contains { $0.attributes["href"]?.hasPrefix("/auth/login") == true })
  }

  @Test func whatIsOfferedIsWhatTheAccountHas() throws {
    #expect(try inputs("second step, TOTP") == ["code", "trust_browser"])
    #expect(try actions("second step, mail") == ["/auth/mfa/mail"], "no field before a code is on its way")
    #expect(try actions("second step, mailed") == ["/auth/mfa", "/auth/mfa/mail"])
    #expect(try inputs("second step, passkey") == ["next", "credential", "next", "recovery_code"])
    #expect(try actions("second step, wrong") == ["/auth/mfa", "/auth/mfa", "/auth/mfa/mail", "/auth/mfa"])
    #expect(try inputs("second step, of a session") == ["code"], "a session is nothing to trust a browser by")
  }

  @Test func everyFormOfTheSecondStepKeepsWhereThePersonWasGoing() throws {
    let nexts = try page("second step, wrong").all("input").filter { $0.attributes["name"] == "next" }
    #expect(nexts.map { $0.attributes["value"] } == Array(repeating: "/private/?a=1&b=2", count: 4))
  }

  @Test func anErrorIsAtTheFieldThatWasFilledIn() throws {
    func described(_ name: String) throws -> [String?] {
      try page(name).all("input").filter { $0.attributes["aria-describedby"]?.hasSuffix("alert") ?? false }
        .map { $0.attributes["name"] }
    }
    #expect(try described("second step, wrong") == ["code"])
    #expect(try described("second step, recovery") == ["recovery_code"])
    #expect(try page("second step, recovery").all("details").map { $0.attributes["open"] != nil } == [true])
    #expect(try page("second step, wrong").all("details").map { $0.attributes["open"] != nil } == [false])
  }

  @Test func nobodySeesAPasskeyButtonBeforeTheScriptHasShownIt() throws {
    for (name, response) in everyPage() {
      let markup = try response.markup()
      for form in markup.all("form") where form.attributes["data-passkey"] != nil {
        #expect(form.attributes["hidden"] != nil, "\(name)")
        #expect(form.attributes["data-options"]?.hasPrefix("/api/auth/") ?? false, "\(name)")
      }
    }
    #expect(try page("second step, passkey").all("noscript").count == 1)
    #expect(try page("second step, wrong").all("noscript").isEmpty, "there are other ways")
  }

  @Test func theLoginPageLetsTheBrowserOfferPasskeys() throws {
    let email = try #require(page("login, passkeys").all("input").first { $0.attributes["name"] == "email" })
    #expect(email.attributes["autocomplete"] == "username webauthn")
    #expect(try actions("login, passkeys") == ["/auth/login", "/auth/login/passkey"])
    #expect(try actions("login") == ["/auth/login"])
  }

  @Test func theSecretIsShownInGroupsOfFourAndCopiedWithoutThem() throws {
    let markup = try page("TOTP")
    #expect(markup.text(in: "code") == "MFRG GZDF MZTW Q2LK")
    let button = try #require(markup.all("button").first { $0.attributes["data-copy"] != nil }).attributes
    #expect(button["data-copy"] == "MFRGGZDFMZTWQ2LK" && button["hidden"] != nil)
    #expect(markup.all("svg").count == 1)
    let untold = try page("TOTP, wrong")
    #expect(untold.all("svg").isEmpty && untold.all("details").map { $0.attributes["open"] != nil } == [true])
  }

  @Test func recoveryCodesAreThereToPrintAndToKeep() throws {
    let markup = try page("recovery codes")
    #expect(markup.texts.filter { $0.parent == "code" }.map(\.text) == ["7KQ2M-9XHTP", "ABCDE-FGHJK"])
    #expect(markup.all("button").contains { $0.attributes["data-print"] != nil && $0.attributes["hidden"] != nil })
    let file = try #require(markup.all("a").first { $0.attributes["download"] == "recovery-codes.txt" }).attributes
    #expect(file["href"]?.hasPrefix("data:text/plain;charset=utf-8,Recovery%20codes%20for%20word%0D%0A") ?? false)
    #expect(file["href"]?.contains("7KQ2M-9XHTP%0D%0AABCDE-FGHJK") ?? false)
    #expect(markup.all("a").contains { $0.attributes["href"] == "/private/?a=1&b=2" })
  }

  @Test func securityLeadsToWhatIsThereAndOffered() throws {
    func rows(_ name: String) throws -> [String] {
      try page(name).all("a").compactMap { $0.attributes["href"] }.filter { $0.contains("/security/") }
        .map { String($0.split(separator: "/security/")[1].prefix { $0 != "?" }) }
    }
    #expect(try rows("security, nothing") == ["totp", "passkeys", "email"])
    #expect(try rows("security, passkeys only") == ["passkeys"])
    #expect(try rows("security") == ["totp", "passkeys", "email", "recovery-codes", "browsers"])
    let onward = try page("security").all("a").filter { $0.attributes["class"] == "button" }
    #expect(onward.map { $0.attributes["href"] } == ["/private/?a=1&b=2"])
    #expect(try page("security, for a page").all("a").allSatisfy { $0.attributes["class"] != "button" })
  }

  @Test func aPictureIsSentAsAFile() throws {
    let markup = try page("picture")
    #expect(markup.all("form").map { $0.attributes["enctype"] } == ["multipart/form-data"])
    #expect(try inputs("picture") == ["profile_picture"])
    #expect(try actions("picture, there") == ["/auth/account/picture", "/auth/account/picture/remove"])
  }
}
