import HTTP
import Pages
import Postern
import Testing

/// What the forms of the account's pages post, and where they lead.
@Suite struct AccountPageTests {
  private func page(_ name: String) throws -> Markup {
    try #require(everyPage().first { $0.name == name }).response.markup()
  }

  private func forms(_ name: String) throws -> [[String: String]] { try page(name).all("form").map(\.attributes) }

  private func inputs(_ name: String) throws -> [String?] { try page(name).all("input").map { $0.attributes["name"] } }

  private func focused(_ response: Response) throws -> [String?] {
    let markup = try response.markup()
    return (markup.all("input") + markup.all("textarea")).filter { $0.attributes["autofocus"] != nil }
      .map { $0.attributes["name"] }
  }

  private func post(_ path: String) -> [String: String] { ["method": "post", "action": "/auth/\(path)"] }

  @Test func theAccountLeadsToEachOfItsPages() throws {
    let links = try page("account").all("a").compactMap { $0.attributes["href"] }
    for part in ["profile", "email", "password", "sessions", "tokens", "activity", "delete", "security", "picture"] {
      #expect(links.contains("/auth/account/\(part)"))
    }
  }

  @Test(arguments: [
    "profile", "password", "address", "sessions", "API tokens", "activity", "deletion", "security", "picture",
  ])
  func eachOfThemLeadsBack(name: String) throws {
    let page = try page(name)
    #expect(page.all("nav").count == 1)
    #expect(page.all("a").contains { $0.attributes["class"] == "back" && $0.attributes["href"] == "/auth/account" })
  }

  /// By the methods of RFC 8176, of which some say how another was used.
  @Test(arguments: [
    (["pwd"], "Password"), (["pwd", "otp", "mfa"], "Password and one-time code"),
    (["pwd", "hwk", "user", "mfa"], "Password and passkey"), (["swk", "user", "mfa"], "Passkey"),
  ])
  func theAccountSaysHowSomebodySignedIn(methods: [String], words: String) throws {
    let view = AccountView(
      email: "ann@example.com", name: "", role: nil, isVerified: true, signedInSince: Instant(seconds: 0),
      methods: methods)
    let site = Site(name: "Example", pages: "/auth", home: "/", registrationIsOpen: false)
    let text = String(decoding: Pages.account(site, view).bytes, as: UTF8.self)
    #expect(text.contains("<dt>Signed in with</dt><dd>\(words)</dd>"))
  }

  @Test func anAddressThatIsNotConfirmedIsSpokenOfUntilTheMailIsSentAgain() throws {
    #expect(try forms("account, bare") == [post("account/email/resend"), post("logout")])
    #expect(try forms("account, mail sent again") == [post("logout")])
    #expect(try forms("account") == [post("logout")])
    #expect(try forms("address, unproven") == [post("account/email/resend"), post("account/email")])
    #expect(try forms("address") == [post("account/email")])
  }

  @Test func otherSessionsAreEndedByPostsOfTheirOwn() throws {
    #expect(try forms("sessions") == [post("account/sessions/end"), post("account/sessions/end-others")])
    #expect(try forms("sessions, one") == [])
  }

  @Test func theProfileHasEveryField() throws {
    let markup = try page("profile")
    let names = markup.tags.filter { ["input", "textarea"].contains($0.name) }.map { $0.attributes["name"] }
    #expect(names == ProfileField.all.map(\.name))
    #expect(try forms("profile") == [post("account/profile")])
    #expect(markup.all("label").count == ProfileField.all.count)
    let attributes = markup.tags.filter { ["input", "textarea"].contains($0.name) }.map(\.attributes)
    #expect(attributes.allSatisfy { ($0["maxlength"] == nil) == ($0["type"] == "date") })
  }

  /// What is longer than `maxlength` would be left out: saving the page as it is must change nothing.
  @Test func whatIsStoredIsShownWhole() throws {
    var profile = Profile()
    profile.bio = "\nfirst\n" + String(repeating: "😀", count: 493)
    let markup = try Pages.profile(Site(name: "x"), ProfileForm(profile)).markup()
    let areas = markup.texts.filter { $0.parent == "textarea" }.map(\.text)
    // The first line feed is the markup's own.
    #expect(areas.contains("\n" + profile.bio!))
  }

  @Test func theFirstWrongFieldHasTheFocus() throws {
    let site = Site(name: "x")
    #expect(try focused(Pages.profile(site, ProfileForm(Profile()))) == [])
    let problems = ["zip_code": "No.", "phone_number": "No."]
    #expect(try focused(Pages.profile(site, ProfileForm(Profile(), problems: problems))) == ["phone_number"])
    let bio = ["bio": "No."]
    #expect(try focused(Pages.profile(site, ProfileForm(Profile(), problems: bio))) == ["bio"])
    for (wrong, field) in [
      (["new_email"], "new_email"), (["password"], "password"), (["password", "new_email"], "new_email"),
    ] {
      let problems = Dictionary(uniqueKeysWithValues: wrong.map { ($0, "No.") })
      let form = AddressForm(email: "a@example.com", isVerified: true, problems: problems)
      #expect(try focused(Pages.address(site, form)) == [field])
    }
    for (wrong, field) in [
      (["new_password"], "new_password"), (["current_password"], "current_password"),
      (["current_password", "new_password"], "current_password"),
    ] {
      let problems = Dictionary(uniqueKeysWithValues: wrong.map { ($0, "No.") })
      #expect(try focused(Pages.password(site, PasswordForm(email: "a@example.com", problems: problems))) == [field])
    }
  }

  @Test func whatChangesCredentialsAsksForThePassword() throws {
    #expect(try inputs("password") == ["email", "current_password", "new_password"])
    #expect(try inputs("address") == ["email", "new_email", "password"])
    #expect(try inputs("deletion") == ["email", "password"])
    #expect(try forms("deletion") == [post("account/delete")])
  }

  @Test func whoeverHasNoPasswordIsToldHowToSetOne() throws {
    for name in ["password, none", "address, no password"] {
      #expect(try inputs(name) == [])
      #expect(try page(name).all("a").contains { $0.attributes["href"] == "/auth/forgot" })
    }
    #expect(try inputs("deletion, no password") == ["email"])
  }

  @Test func theCopyOfOnesDataIsALink() throws {
    let links = try page("deletion").all("a").filter { $0.attributes["download"] != nil }
    #expect(links.map { $0.attributes["href"] } == ["/auth/account/export"])
  }
}
