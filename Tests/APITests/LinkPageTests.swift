import Cryptography
import HTTP
import Postern
import PosternTesting
import Testing

@testable import API

extension Harness {
  /// Sends a form of ours, as a browser that is on this site does.
  @discardableResult
  func submit(_ path: String, _ form: String = "", cookies: [String: String] = [:]) -> Response {
    send("POST", path, form: form, cookies: cookies, with: ["HTTP_ORIGIN": "https://site.example"])
  }

  func isVerified(_ email: String = "alice@example.com") throws -> Bool {
    try storage.accounts.find(#require(EmailAddress(email)))?.isVerified == true
  }
}

/// The pages behind the links that confirm an address and set a password.
@Suite struct LinkPageTests {
  /// Somebody who has registered, and their link.
  private func registered(_ change: (inout Settings) -> Void = { _ in }) throws -> (Harness, [String: String], String) {
    let harness = try Harness(change)
    let cookies = harness.register()
    return (harness, cookies, "/auth/confirm/" + (try harness.mailedLink(.confirmAddress)))
  }

  @Test func lookingAtALinkChangesNothing() throws {
    let (harness, cookies, page) = try registered()
    for known in [cookies, [:]] {
      for method in ["GET", "HEAD"] { #expect(harness.send(method, page, cookies: known).status == 200) }
    }
    #expect(try !harness.isVerified())
    harness.submit("/auth/forgot", "email=alice%40example.com")
    let reset = "/auth/reset/" + (try harness.mailedLink(.resetPassword))
    for method in ["GET", "HEAD", "GET"] { #expect(harness.send(method, reset).status == 200) }
    #expect(harness.login().status == 200)
  }

  @Test func whoeverIsSignedInConfirmsByOneButton() throws {
    let (harness, cookies, page) = try registered()
    let form = harness.send("GET", page, cookies: cookies).text
    #expect(form.contains("alice@example.com") && !form.contains("type=\"password\""))
    let answer = harness.submit(page, cookies: cookies)
    #expect(answer.fields["Location"] == "/auth/account?done=address")
    #expect(try harness.isVerified())
    #expect(harness.send("GET", page, cookies: cookies).text.contains("It has been confirmed before"))
    #expect(harness.submit(page, cookies: cookies).text.contains("It has been confirmed before"))
  }

  @Test func whoeverIsNotIsAskedForThePasswordWhichSignsIn() throws {
    let (harness, _, page) = try registered()
    #expect(harness.send("GET", page).text.contains("type=\"password\""))
    let nothing = harness.submit(page, "password=")
    #expect(nothing.status == 401 && nothing.text.contains("give your password"))
    let wrong = harness.submit(page, "password=wrong+horse")
    #expect(wrong.status == 401 && wrong.text.contains(#"id="password-note">Password is incorrect"#))
    #expect(wrong.notBefore != nil, "on the schedule of wrong passwords")
    #expect(try !harness.isVerified())
    let right = harness.submit(page, "password=correct+horse")
    #expect(right.fields["Location"] == "/auth/account?done=address")
    #expect(harness.verify(right.cookies, "verified").status == 204)
  }

  /// The session of somebody else who uses the same browser proves nothing.
  @Test func somebodyElsesSessionIsNone() throws {
    let (harness, _, page) = try registered()
    let bob = harness.register("bob@example.com")
    #expect(harness.send("GET", page, cookies: bob).text.contains("type=\"password\""))
    #expect(harness.submit(page, cookies: bob).status == 401)
    #expect(try !harness.isVerified())
    let answer = harness.submit(page, "password=correct+horse", cookies: bob)
    #expect(try harness.isVerified())
    #expect(harness.verify(answer.cookies).fields["X-Auth-User"] == "alice@example.com")
    #expect(harness.verify(bob).status == 401, "this browser's session before")
  }

  @Test func whereTheLinkIsEnoughNobodyIsAsked() throws {
    let (harness, _, page) = try registered { $0.confirmation = .link }
    #expect(!harness.send("GET", page).text.contains("type=\"password\""))
    let answer = harness.submit(page)
    #expect(answer.status == 200 && answer.text.contains("Thank you."))
    #expect(answer.cookies.isEmpty)
    #expect(try harness.isVerified())
  }

  /// Read in the browser, a mail's link comes from another site, without `SameSite=Strict` cookies.
  @Test func aLinkFromAMailThatIsReadInTheBrowserFindsTheSession() throws {
    let (harness, cookies, page) = try registered()
    let first = harness.send("GET", page, with: ["HTTP_SEC_FETCH_SITE": "cross-site"])
    #expect(first.text.contains("content=\"0;url=\(page)\""))
    let again = harness.send("GET", page, cookies: cookies, with: ["HTTP_SEC_FETCH_SITE": "same-origin"])
    #expect(!again.text.contains("type=\"password\""))
  }

  @Test func anAccessTokenThatRanOutIsRenewed() throws {
    let (harness, cookies, page) = try registered()
    harness.clock.advance(by: .seconds(901))
    try harness.refreshRevocations()
    let form = harness.send("GET", page, cookies: cookies)
    #expect(!form.text.contains("type=\"password\""))
    #expect(harness.verify(form.cookies).status == 204)
  }

  @Test func aLinkThatIsNoneOrTooOldLeadsToAnother() throws {
    let (harness, cookies, page) = try registered()
    for text in ["/auth/confirm/nothing", page.dropLast() + "_", "/auth/reset/nothing"] {
      for method in ["GET", "POST"] {
        let answer =
          method == "GET" ? harness.send("GET", String(text)) : harness.submit(String(text), "password=correct+horse")
        #expect(answer.status == 400 && answer.text.contains("This link is no longer good"))
      }
    }
    harness.clock.advance(by: .seconds(48 * 3600 + 1))
    #expect(harness.send("GET", page, cookies: cookies).status == 400)
    #expect(harness.submit(page, "password=correct+horse").status == 400)
    #expect(try !harness.isVerified())
  }

  /// To whoever cannot show that the account is theirs, a link that has done its work does not name it.
  @Test func aUsedLinkNamesNobody() throws {
    let (harness, cookies, page) = try registered()
    #expect(harness.submit(page, cookies: cookies).status == 303)
    let answer = harness.send("GET", page)
    #expect(answer.status == 400 && !answer.text.contains("alice@example.com"))
  }

  @Test func aLinkForOnePurposeServesNoOther() throws {
    let (harness, _, _) = try registered()
    harness.submit("/auth/forgot", "email=alice%40example.com")
    let confirm = try harness.mailedLink(.confirmAddress)
    let reset = try harness.mailedLink(.resetPassword)
    #expect(harness.submit("/auth/reset/\(confirm)", "password=battery+staple").status == 400)
    #expect(harness.submit("/auth/confirm/\(reset)", "password=correct+horse").status == 400)
  }

  @Test func aResetSetsThePasswordOnceAndEndsWhatWasThere() throws {
    let (harness, cookies, _) = try registered()
    #expect(harness.submit("/auth/forgot", "email=+Alice%40EXAMPLE.com").status == 200)
    let page = "/auth/reset/" + (try harness.mailedLink(.resetPassword))
    #expect(harness.send("GET", page).text.contains("autocomplete=\"new-password\""))
    let short = harness.submit(page, "password=short")
    #expect(short.status == 400 && short.text.contains("Password must be at least 8 characters"))
    let done = harness.submit(page, "password=battery+staple", cookies: cookies)
    #expect(done.status == 303 && done.fields["Location"] == "/auth/login?reset=done")
    #expect(done.cookies.values.allSatisfy { $0.isEmpty }, "nobody is signed in by it")
    #expect(harness.send("GET", "/auth/login", query: "reset=done").text.contains("Your new password is set."))
    #expect(harness.verify(cookies).status == 401)
    #expect(harness.login().status == 401)
    #expect(harness.login(password: "battery staple").status == 200)
    #expect(harness.submit(page, "password=another+staple").status == 400)
    #expect(harness.send("GET", page).status == 400)
  }

  @Test func otherSitesCannotSendTheForms() throws {
    let (harness, cookies, page) = try registered()
    for path in [page, "/auth/forgot", "/auth/resend", "/auth/account/email/resend", "/auth/reset/x"] {
      let answer = harness.send(
        "POST", path, form: "email=alice%40example.com&password=correct+horse", cookies: cookies,
        with: ["HTTP_ORIGIN": "https://evil.example"])
      #expect(answer.status == 403, "\(path)")
    }
    #expect(try !harness.isVerified())
    #expect(!harness.storage.mails.contains { $0.link?.purpose == .resetPassword })
  }
}

/// The pages that send a mail.
@Suite struct MailPageTests {
  @Test(arguments: ["forgot", "resend"]) func knownAndUnknownAddressesAreAnsweredAlike(page: String) throws {
    let harness = try Harness { $0.registration = .verified }
    let form = "email=alice%40example.com&password=correct+horse"
    #expect(harness.submit("/auth/register", form).status == 200)
    let before = harness.storage.mails.count
    let known = harness.submit("/auth/\(page)", "email=alice%40example.com")
    #expect(harness.storage.mails.count == before + 1)
    let unknown = harness.submit("/auth/\(page)", "email=nobody%40example.com")
    #expect(harness.storage.mails.count == before + 1)
    #expect(known.status == 200 && unknown.status == 200)
    #expect(known.text.replacing("alice", with: "nobody") == unknown.text)
    #expect(known.notBefore != nil && unknown.notBefore != nil)
  }

  @Test(arguments: ["forgot", "resend"]) func whatIsNoAddressIsSaidAtItsField(page: String) throws {
    let harness = try Harness()
    for form in ["", "email=", "email=nonsense", "email=a%40example.com&email=b%40example.com"] {
      let answer = harness.submit("/auth/\(page)", form)
      #expect(answer.status == 400 && answer.text.contains("Invalid email format"))
    }
  }

  @Test func registeringLooksAlikeWhereAddressesAreConfirmedFirst() throws {
    let harness = try Harness { $0.registration = .verified }
    func register(_ name: String) -> Response {
      harness.submit("/auth/register", "email=\(name)%40example.com&password=correct+horse")
    }
    let first = register("alice")
    #expect(first.status == 200 && first.cookies.isEmpty)
    #expect(first.text.contains("Check your mail"))
    #expect(first.notBefore != nil)
    let again = register("alice")
    #expect(again.text == first.text)
    #expect(register("bob").text == first.text.replacing("alice", with: "bob"))
    let page = "/auth/confirm/" + (try harness.mailedLink(.confirmAddress, to: "alice@example.com"))
    #expect(harness.verify(harness.submit(page, "password=correct+horse").cookies, "verified").status == 204)
    #expect(register("alice").text == first.text)
    #expect(harness.storage.mails.last?.kind == .addressTaken)
  }

  @Test func whoeverIsSignedInHasTheMailSentAgainByAButton() throws {
    let harness = try Harness()
    let cookies = harness.register()
    let account = harness.send("GET", "/auth/account", cookies: cookies).text
    #expect(account.contains("action=\"/auth/account/email/resend\""))
    let before = harness.storage.mails.count
    let sent = harness.submit("/auth/account/email/resend", cookies: cookies)
    #expect(sent.fields["Location"] == "/auth/account?done=mail")
    #expect(harness.storage.mails.count == before + 1)
    let page = "/auth/confirm/" + (try harness.mailedLink(.confirmAddress))
    #expect(harness.submit(page, cookies: cookies).status == 303)
    #expect(
      !harness.send("GET", "/auth/account", cookies: cookies).text.contains("action=\"/auth/account/email/resend\""))
    #expect(
      harness.submit("/auth/account/email/resend", cookies: cookies).fields["Location"] == "/auth/account?done=address")
    #expect(harness.storage.mails.count == before + 1)
  }
}
