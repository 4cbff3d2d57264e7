import HTTP
import Pages
import Postern
import Testing

/// The pages that lead to a mail, and those behind its link.
@Suite struct MailedPageTests {
  private func page(_ name: String) throws -> Markup {
    try #require(everyPage().first { $0.name == name }).response.markup()
  }

  private func links(_ markup: Markup) -> [String] { markup.all("a").compactMap { $0.attributes["href"] } }

  /// Whoever looks through mail opens links: only a button does what a link is for.
  @Test(arguments: [
    ("confirm", "confirm/word"), ("confirm, asks", "confirm/word"), ("confirm new", "confirm/word"),
    ("reset", "reset/word"), ("undo", "undo/word"),
  ])
  func aLinkActsByAPostToItself(name: String, path: String) throws {
    let markup = try page(name)
    #expect(markup.all("form").map(\.attributes) == [["method": "post", "action": "/auth/\(path)"]])
    #expect(markup.all("meta").allSatisfy { $0.attributes["http-equiv"] == nil })
    #expect(!links(markup).contains { $0.contains("/word") })
  }

  @Test func aPageThatIsReachedByALinkLoadsNothingFromElsewhere() throws {
    for name in ["confirm, asks", "confirm new, asks", "reset", "undo", "undoAddressChange gone"] {
      for tag in try page(name).tags where ["link", "script", "img"].contains(tag.name) {
        #expect((tag.attributes["href"] ?? tag.attributes["src"] ?? "").hasPrefix("/auth/"), "\(name): \(tag)")
      }
    }
  }

  @Test func thePasswordIsAskedForOnlyOfWhoeverIsNotSignedIn() throws {
    #expect(try page("confirm").all("input").isEmpty)
    #expect(try page("confirm, asks").all("input").map { $0.attributes["name"] } == ["email", "password"])
    #expect(try links(page("confirm, asks")).contains("/auth/forgot"))
    #expect(try page("confirm, asks").all("input")[1].attributes["autocomplete"] == "current-password")
  }

  /// A new address may have been mistyped: whoever gets that mail learns nothing of the account.
  @Test func theLinkToANewAddressNamesNoAccount() throws {
    #expect(try page("confirm new, asks").all("input").map { $0.attributes["name"] } == ["password"])
  }

  @Test func aNewPasswordIsAskedForAsOne() throws {
    let inputs = try page("reset").all("input").map(\.attributes)
    #expect(inputs.map { $0["autocomplete"] } == ["username", "new-password"])
    #expect(inputs[1]["minlength"] == "8")
  }

  @Test(arguments: [
    (Link.Purpose.confirmAddress, "/auth/account/email"), (.confirmNewAddress, "/auth/account/email"),
    (.resetPassword, "/auth/forgot"), (.undoAddressChange, "/auth/forgot"),
  ])
  func aLinkThatIsNoLongerGoodLeadsToWhatHelps(purpose: Link.Purpose, way: String) throws {
    let response = Pages.linkGone(Site(name: "x"), purpose)
    #expect(response.status == 400)
    #expect(try links(response.markup()).contains(way))
  }

  @Test func theLoginLeadsToANewPassword() throws {
    #expect(try links(page("login")).contains("/auth/forgot"))
    #expect(try links(page("step-up")).contains("/auth/forgot"))
  }

  @Test func onlyWhereAddressesAreConfirmedFirstTheLoginSpeaksOfIt() throws {
    #expect(try !links(page("login")).contains("/auth/resend"))
    #expect(try links(page("login, verified")).contains("/auth/resend"))
    #expect(try !links(page("step-up, verified")).contains("/auth/resend"))
    #expect(try page("register, verified").ids.contains("email-note"))
    #expect(try !page("register").ids.contains("email-note"))
  }

  /// With the address that was registered, so that the mail can be sent again by one button.
  @Test func theMailThatWasSentCanBeSentAgain() throws {
    let markup = try page("check mail")
    #expect(markup.all("form").map(\.attributes) == [["method": "post", "action": "/auth/resend"]])
    #expect(markup.all("input").map(\.attributes) == [["type": "hidden", "name": "email", "value": "word"]])
  }

  @Test func theFieldForTheAddressHasTheFocusAndItsProblem() throws {
    for name in ["forgot", "resend"] {
      let input = try page("\(name), wrong").all("input")[0].attributes
      #expect(input["autofocus"] != nil && input["aria-invalid"] == "true" && input["aria-describedby"] == "email-note")
    }
  }
}
