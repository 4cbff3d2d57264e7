import HTTP
import Postern
import PosternTesting
import Testing

@testable import API

/// The page of one's e-mail address, and the pages behind the links that change it and bring it back.
@Suite struct AddressPageTests {
  private let page = "/auth/account/email"
  private let form = "new_email=ann%40new.example&password=correct+horse"

  private func asked(
    _ change: (inout Settings) -> Void = { _ in }
  ) throws -> (Harness, [String: String], link: String) {
    let harness = try Harness(change)
    let cookies = try harness.registerProven()
    #expect(harness.submit(page, form, cookies: cookies).fields["Location"] == "/auth/account/email?asked=1")
    let link = try harness.mailedLink(.confirmNewAddress, to: "ann@new.example")
    return (harness, cookies, "/auth/confirm/\(link)")
  }

  @Test func aChangeWaitsForItsLink() throws {
    let (harness, cookies, link) = try asked()
    #expect(harness.send("GET", page, query: "asked=1", cookies: cookies).text.contains("A mail is on its way to"))
    #expect(harness.send("GET", page, cookies: cookies).text.contains("You have asked for <strong><bdi>ann@new"))
    #expect(harness.send("GET", link, cookies: cookies).text.contains("ann@new.example"))
    #expect(harness.verify(cookies).fields["X-Auth-User"] == "alice@example.com")
    let done = harness.submit(link, cookies: cookies)
    #expect(done.fields["Location"] == "/auth/account?done=address")
    #expect(harness.verify(cookies).status == 401, "the tokens from before")
    #expect(harness.verify(done.cookies, "verified").fields["X-Auth-User"] == "ann@new.example")
    #expect(harness.submit(link, cookies: done.cookies).text.contains("It has been confirmed before"))
  }

  /// A mistyped address: whoever gets the mail learns nothing of the account, and cannot confirm.
  @Test func whoeverGetsTheMailNeedsThePassword() throws {
    let (harness, cookies, link) = try asked()
    let shown = harness.send("GET", link).text
    #expect(shown.contains("type=\"password\"") && !shown.contains("alice@example.com"))
    let wrong = harness.submit(link, "password=wrong+horse")
    #expect(wrong.status == 401 && !wrong.text.contains("alice@example.com") && wrong.notBefore != nil)
    let bob = harness.register("bob@example.com")
    #expect(harness.submit(link, cookies: bob).status == 401)
    #expect(harness.verify(cookies).status == 204)
    let right = harness.submit(link, "password=correct+horse")
    #expect(harness.verify(right.cookies).fields["X-Auth-User"] == "ann@new.example")
    #expect(harness.submit(link).status == 400)
  }

  @Test func anAddressThatWasTakenMeanwhileSaysSo() throws {
    let (harness, cookies, link) = try asked()
    harness.register("ann@new.example")
    let answer = harness.submit(link, cookies: cookies)
    #expect(answer.status == 400 && answer.text.contains("Email is already in use"))
  }

  @Test(arguments: [
    ("new_email=nonsense&password=correct+horse", "new_email", "Invalid email format"),
    ("new_email=alice%40example.com&password=correct+horse", "new_email", "New email must be different"),
    ("new_email=bob%40example.com&password=correct+horse", "new_email", "Email is already in use"),
    ("new_email=ann%40new.example&password=wrong+horse", "password", "Password is incorrect"),
    ("new_email=ann%40new.example&password=", "password", "Password is required"),
    ("password=correct+horse", "new_email", "Invalid email format"),
  ])
  func whatIsWrongIsSaidAtItsField(form: String, field: String, sentence: String) throws {
    let harness = try Harness()
    let cookies = harness.register()
    harness.register("bob@example.com")
    let answer = harness.submit(page, form, cookies: cookies)
    #expect(answer.status == 400)
    #expect(answer.text.contains("id=\"\(field)-note\">\(sentence)"))
    #expect(!harness.storage.mails.contains { $0.link?.purpose == .confirmNewAddress })
  }

  @Test func whereNobodyMayLearnWhoHasAnAccountATakenAddressLooksFree() throws {
    let harness = try Harness { $0.registration = .verified }
    func confirmed(_ name: String) throws -> [String: String] {
      harness.submit("/auth/register", "email=\(name)%40example.com&password=correct+horse")
      let link = try harness.mailedLink(.confirmAddress, to: "\(name)@example.com")
      return harness.submit("/auth/confirm/\(link)", "password=correct+horse").cookies
    }
    let alice = try confirmed("alice")
    let bob = try confirmed("bob")
    func ask(_ name: String, _ cookies: [String: String]) -> (Response, String) {
      let answer = harness.submit(page, "new_email=\(name)%40example.com&password=correct+horse", cookies: cookies)
      return (answer, harness.send("GET", page, cookies: cookies).text)
    }
    let taken = ask("bob", alice)
    let free = ask("ann", bob)
    #expect(taken.0.fields["Location"] == free.0.fields["Location"])
    #expect(taken.0.notBefore != nil)
    let shown = taken.1.replacing("bob@example.com", with: "X").replacing("alice@example.com", with: "Y")
    #expect(shown == free.1.replacing("ann@example.com", with: "X").replacing("bob@example.com", with: "Y"))
    #expect(harness.storage.mails.contains { $0.kind == .addressTaken && $0.recipient.text == "bob@example.com" })
  }

  @Test func theAddressBeforeTakesItBackOnce() throws {
    let (harness, cookies, link) = try asked()
    let changed = harness.submit(link, cookies: cookies).cookies
    let undo = "/auth/undo/" + (try harness.mailedLink(.undoAddressChange))
    for method in ["GET", "HEAD", "GET"] { #expect(harness.send(method, undo).status == 200) }
    #expect(harness.verify(changed).status == 204, "to look at it changes nothing")
    let undone = harness.submit(undo)
    #expect(undone.status == 303)
    let reset = try #require(undone.fields["Location"])
    #expect(reset.hasPrefix("/auth/reset/"))
    #expect(harness.verify(changed).status == 401)
    #expect(harness.login().status == 401, "the password has ended")
    #expect(harness.send("GET", reset).text.contains("alice@example.com"))
    #expect(harness.submit(reset, "password=battery+staple").fields["Location"] == "/auth/login?reset=done")
    #expect(harness.login(password: "battery staple").status == 200)
    for answer in [harness.send("GET", undo), harness.submit(undo)] {
      #expect(answer.status == 400 && answer.text.contains("This link is no longer good"))
    }
  }

  @Test func otherSitesCannotSendTheForms() throws {
    let (harness, cookies, link) = try asked()
    let changed = harness.submit(link, cookies: cookies).cookies
    let undo = "/auth/undo/" + (try harness.mailedLink(.undoAddressChange))
    for path in [undo, page, "/auth/account/delete"] {
      let answer = harness.send(
        "POST", path, form: form, cookies: changed, with: ["HTTP_ORIGIN": "https://evil.example"])
      #expect(answer.status == 403)
    }
    #expect(harness.verify(changed).status == 204)
  }
}

/// What has happened to an account, a copy of all that is stored of it, and its end.
@Suite struct DataPageTests {
  @Test func whatHasHappenedIsToldInWords() throws {
    let harness = try Harness()
    let cookies = harness.register()
    harness.submit("/auth/account/profile", "first_name=Ann", cookies: cookies)
    let page = harness.send("GET", "/auth/account/activity", cookies: cookies).text
    let changed = try #require(page.firstRange(of: "Changed the profile"))
    let signedIn = try #require(page.firstRange(of: "Signed in"))
    #expect(changed.lowerBound < signedIn.lowerBound, "the latest first")
    #expect(page.contains("203.0.113.5"))
    let bob = harness.register("bob@example.com")
    #expect(!harness.send("GET", "/auth/account/activity", cookies: bob).text.contains("Changed the profile"))
  }

  @Test func onlyTheLastFiftyAreShown() throws {
    let harness = try Harness()
    let cookies = harness.register()
    for number in 0..<60 { harness.submit("/auth/account/profile", "first_name=Ann\(number)", cookies: cookies) }
    let page = harness.send("GET", "/auth/account/activity", cookies: cookies).text
    #expect(page.ranges(of: "Changed the profile").count == 50)
    #expect(page.contains("the last 50"))
  }

  @Test func aCopyIsAFile() throws {
    let harness = try Harness()
    let cookies = harness.register()
    let copy = harness.send("GET", "/auth/account/export", cookies: cookies)
    #expect(copy.status == 200)
    #expect(copy.fields["Content-Type"] == "application/json")
    #expect(copy.fields["Content-Disposition"]?.hasPrefix("attachment") == true)
    #expect(copy.fields["Cache-Control"] == "no-store")
    #expect(copy.json["account"]?["email"] == "alice@example.com")
    #expect(harness.send("GET", "/auth/account/export").fields["Location"] == "/auth/login?next=/auth/account/export")
  }

  @Test func anAccountIsDeletedByItsPassword() throws {
    let harness = try Harness()
    let cookies = harness.register()
    for form in ["password=wrong+horse", "password=", ""] {
      let wrong = harness.submit("/auth/account/delete", form, cookies: cookies)
      #expect(wrong.status == 400 && wrong.text.contains("id=\"password-note\""))
    }
    #expect(harness.verify(cookies).status == 204)
    let done = harness.submit("/auth/account/delete", "password=correct+horse", cookies: cookies)
    #expect(done.status == 200 && done.text.contains("Your account is deleted"))
    #expect(done.cookies.count == 2 && done.cookies.values.allSatisfy { $0.isEmpty })
    #expect(harness.verify(cookies).status == 401)
    #expect(harness.login().status == 401)
  }

  /// Nobody can be asked for a password that is not there: whoever has just signed in goes on, others sign in first.
  @Test func withoutAPasswordAFreshSignInIsAskedFor() throws {
    let harness = try Harness()
    let cookies = harness.register()
    harness.storage.update(AccountID(1)) { $0.passwordHash = nil }
    #expect(harness.send("GET", "/auth/account/password", cookies: cookies).text.contains("You have no password"))
    #expect(!harness.send("GET", "/auth/account/delete", cookies: cookies).text.contains("type=\"password\""))
    harness.clock.advance(by: .seconds(901))
    try harness.refreshRevocations()
    let late = harness.submit("/auth/account/delete", cookies: cookies)
    #expect(late.status == 403 && late.text.contains("Sign in again first"))
  }
}
