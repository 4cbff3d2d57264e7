import HTTP
import Pages
import Postern
import Testing

@Suite struct PageTests {
  @Test func everyPageHasALanguageATitleAndOneHeading() throws {
    for (name, response) in everyPage() {
      let markup = try response.markup()
      #expect(markup.all("html").map { $0.attributes["lang"] } == ["en"], "\(name)")
      #expect(markup.all("h1").count == 1 && markup.all("main").count == 1, "\(name)")
      #expect(markup.text(in: "title") == "\(markup.text(in: "h1")) · word", "\(name)")
      #expect(markup.all("meta").contains { $0.attributes["name"] == "viewport" }, "\(name)")
    }
  }

  @Test func noPageHoldsScriptOrStyleOfItsOwn() throws {
    for (name, response) in everyPage() {
      let markup = try response.markup()
      #expect(markup.all("style").isEmpty && markup.text(in: "script").isEmpty, "\(name)")
      for tag in markup.tags {
        #expect(!tag.attributes.keys.contains { $0 == "style" || $0.hasPrefix("on") }, "\(name): \(tag)")
        #expect(tag.attributes.values.allSatisfy { !$0.hasPrefix("javascript:") }, "\(name): \(tag)")
      }
    }
  }

  @Test func everyInputHasItsLabelAndEveryNoteItsInput() throws {
    for (name, response) in everyPage() {
      let markup = try response.markup()
      #expect(Set(markup.ids).count == markup.ids.count, "\(name)")
      let labelled = markup.all("label").compactMap { $0.attributes["for"] }
      let inputs = ["input", "textarea", "select"].flatMap(markup.all)
      for input in inputs where input.attributes["type"] != "hidden" && input.attributes["hidden"] == nil {
        #expect(labelled.filter { $0 == input.attributes["id"] }.count == 1, "\(name): \(input)")
        for note in input.attributes["aria-describedby"]?.split(separator: " ") ?? [] {
          #expect(markup.ids.contains(String(note)), "\(name)")
        }
      }
    }
  }

  @Test func theLoginFormPostsWhatALoginNeeds() throws {
    let next = ReturnAddress("/private/?a=1&b=2", origins: [])
    let markup = try Pages.login(Site(name: "x"), LoginForm(email: "a@example.com", next: next)).markup()
    #expect(markup.all("form").map(\.attributes) == [["method": "post", "action": "/auth/login"]])
    let inputs = markup.all("input").map(\.attributes)
    #expect(inputs.map { $0["name"] } == ["next", "email", "password", "remember"])
    #expect(inputs.map { $0["value"] } == ["/private/?a=1&b=2", "a@example.com", nil, "1"])
    #expect(inputs.map { $0["autocomplete"] } == [nil, "username", "current-password", nil])
  }

  @Test func aStepUpFixesTheAddressAndSaysSoToTheServer() throws {
    let markup = try Pages.login(Site(name: "x"), LoginForm(email: "a@example.com", isStepUp: true)).markup()
    let inputs = markup.all("input").map(\.attributes)
    #expect(inputs.map { $0["name"] } == ["step_up", "email", "password"])
    #expect(inputs[1]["readonly"] != nil && inputs[2]["autofocus"] != nil)
    #expect(markup.text(in: "h1") == "Confirm it’s you")
  }

  @Test func aNewPasswordIsAskedForAsOne() throws {
    let markup = try Pages.register(Site(name: "x"), RegisterForm()).markup()
    let password = try #require(markup.all("input").first { $0.attributes["name"] == "password" }).attributes
    #expect(password["autocomplete"] == "new-password")
    #expect(password["minlength"] == "8" && password["maxlength"] == "1024")
  }

  @Test func anErrorIsReadOut() throws {
    let markup = try Pages.login(Site(name: "x"), LoginForm(error: "No."), status: 401).markup()
    #expect(markup.all("p").contains { $0.attributes["role"] == "alert" && $0.attributes["id"] == "alert" })
    #expect(markup.all("input").map { $0.attributes["aria-describedby"] } == ["alert", "alert", nil])
    let problems = ["email": "No."]
    let email = try Pages.register(Site(name: "x"), RegisterForm(problems: problems)).markup().all("input")[0]
    #expect(email.attributes["aria-invalid"] == "true" && email.attributes["aria-describedby"] == "email-note")
  }

  @Test func theFirstFieldThatNeedsAttentionHasTheFocus() throws {
    func focused(_ response: Response) throws -> [String?] {
      try response.markup().all("input").filter { $0.attributes["autofocus"] != nil }.map { $0.attributes["name"] }
    }
    let site = Site(name: "x")
    #expect(try focused(Pages.login(site, LoginForm())) == ["email"])
    #expect(try focused(Pages.login(site, LoginForm(email: "a@example.com"))) == ["password"])
    for (problems, name) in [
      ([], "email"), (["email"], "email"), (["password"], "password"), (["email", "password"], "email"),
    ] {
      let form = RegisterForm(problems: Dictionary(uniqueKeysWithValues: problems.map { ($0, "No.") }))
      #expect(try focused(Pages.register(site, form)) == [name])
    }
  }

  @Test func aClosedRegistrationIsNotOffered() throws {
    func links(_ site: Site) throws -> [String?] {
      try Pages.login(site, LoginForm()).markup().all("a").map { $0.attributes["href"] }
    }
    #expect(try links(Site(name: "x")).contains("/auth/register"))
    #expect(try !links(Site(name: "x", registrationIsOpen: false)).contains("/auth/register"))
  }

  @Test func signingOutIsAPost() throws {
    let account = try #require(everyPage().first { $0.name == "account" }).response
    #expect(
      try account.markup().all("form").map(\.attributes) == [
        ["method": "post", "action": "/auth/logout"]
      ])
    #expect(try account.markup().text(in: "time") == "18 November 2026, 11:06 UTC")
    #expect(try account.markup().all("time").map(\.attributes) == [["datetime": "2026-11-18T11:06:40Z"]])
  }

  @Test func tokensAreMadeAndEndedByPosts() throws {
    let page = try #require(everyPage().first { $0.name == "API tokens" }).response
    let markup = try page.markup()
    #expect(
      markup.all("form").map(\.attributes) == [
        ["method": "post", "action": "/auth/account/tokens/end"],
        ["method": "post", "action": "/auth/account/tokens/end"], ["method": "post", "action": "/auth/account/tokens"],
      ])
    #expect(
      markup.all("input").map { $0.attributes["name"] } == ["token", "token", "name", "scope", "scope"])
    #expect(markup.all("input").map { $0.attributes["checked"] != nil } == [false, false, false, true, false])
    #expect(markup.all("option").map { $0.attributes["value"] } == ["7", "30", "90", "365"])
    let bare = try #require(everyPage().first { $0.name == "API tokens, none" }).response
    #expect(try bare.markup().all("input").map { $0.attributes["name"] } == ["name"])
  }

  @Test func theReloadingPageNamesTheSameAddress() throws {
    let address = try #require(ReturnAddress("/a;b'c/?x=\"1\"&y=<2>", origins: []))
    let markup = try Pages.reload(Site(name: "x"), address).markup()
    let refresh = markup.all("meta").filter { $0.attributes["http-equiv"] == "refresh" }
    #expect(refresh.map { $0.attributes["content"] } == ["0;url=/a;b'c/?x=\"1\"&y=<2>"])
    #expect(markup.all("a").contains { $0.attributes["href"] == address.text })
  }

  @Test(arguments: [nil, "/private/?a=1&b=2"]) func afterASignInThePageLeadsToWhereCookiesAreLookedFor(
    next: String?
  ) throws {
    let page = Pages.goOn(Site(name: "x"), to: next.flatMap { ReturnAddress($0, origins: []) })
    let refresh = try page.markup().all("meta").filter { $0.attributes["http-equiv"] == "refresh" }
    let query = next == nil ? "" : "?next=/private/%3Fa%3D1%26b%3D2"
    #expect(refresh.map { $0.attributes["content"] } == ["0;url=/auth/continue\(query)"])
  }

  @Test func whoeverIsSignedInCanGoOnWithoutAPassword() throws {
    let next = ReturnAddress("/private/?a=1&b=2", origins: [])
    func links(_ form: LoginForm) throws -> [String] {
      try Pages.login(Site(name: "x"), form).markup().all("a").compactMap { $0.attributes["href"] }
    }
    #expect(try links(LoginForm(next: next, current: "a@example.com")).contains("/private/?a=1&b=2"))
    #expect(try !links(LoginForm(next: next)).contains("/private/?a=1&b=2"))
  }

  @Test func theLoginPageAsksWhetherToStaySignedIn() throws {
    func boxes(_ form: LoginForm) throws -> [Bool] {
      try Pages.login(Site(name: "x"), form).markup().all("input")
        .filter { $0.attributes["name"] == "remember" }.map { $0.attributes["checked"] != nil }
    }
    #expect(try boxes(LoginForm()) == [false])
    #expect(try boxes(LoginForm(isPersistent: true)) == [true])
    #expect(try boxes(LoginForm(isStepUp: true, isPersistent: true)) == [], "a step-up changes nothing about it")
  }

  @Test func statusesAreThoseOfTheCause() {
    let others = everyPage().filter { $0.response.status != 200 }.map { "\($0.name): \($0.response.status)" }
    #expect(
      others == [
        "login, filled: 401", "register, filled: 400", "registration closed: 403", "API tokens: 400",
        "forbidden: 403", "sign in beside: 401", "form from elsewhere: 401", "reload: 401", "message: 500",
        "message, short: 404", "profile, filled: 400", "password, wrong: 400", "address, wrong: 400",
        "deletion, wrong: 400", "picture, wrong: 400", "forgot, wrong: 400", "resend, wrong: 400",
        "confirm, wrong: 401",
        "reset, wrong: 400", "undo, wrong: 400", "confirmAddress gone: 400", "confirmAddress gone, verified: 400",
        "resetPassword gone: 400", "resetPassword gone, verified: 400", "confirmNewAddress gone: 400",
        "confirmNewAddress gone, verified: 400", "undoAddressChange gone: 400",
        "undoAddressChange gone, verified: 400", "second step, wrong: 400", "second step, recovery: 400",
        "TOTP, wrong: 400", "passkeys, none: 400", "passkey, wrong: 400",
      ])
  }

  @Test func nextIsOneValueOfTheQuery() {
    let next = ReturnAddress("/p?a=1&b=ü#x", origins: [])
    #expect(Site(name: "x").address(of: "login", next: next) == "/auth/login?next=/p%3Fa%3D1%26b%3D%C3%BC%23x")
    #expect(Site(name: "x").address(of: "login") == "/auth/login")
  }
}
