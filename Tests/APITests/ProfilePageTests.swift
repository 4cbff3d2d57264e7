import HTTP
import Postern
import PosternTesting
import Testing

@testable import API

/// The page of one's own profile, as a browser without a script uses it.
@Suite struct ProfilePageTests {
  private let page = "/auth/account/profile"

  private func submit(_ harness: Harness, _ cookies: [String: String], _ form: String) -> Response {
    harness.send("POST", page, form: form, cookies: cookies, with: ["HTTP_ORIGIN": "https://site.example"])
  }

  private func me(_ harness: Harness, _ cookies: [String: String]) -> JSON {
    harness.send("GET", "/api/auth/user/@me", cookies: cookies).json["user"] ?? .null
  }

  @Test func whatIsFilledInIsSavedAndShown() throws {
    let harness = try Harness()
    let cookies = harness.register()
    let saved = submit(
      harness, cookies,
      "first_name=+Ann+&last_name=M%C3%BCller&phone_number=%2B49+30+123456&bio=one%0D%0Atwo&date_of_birth=1990-05-17")
    #expect(saved.status == 303)
    #expect(saved.fields["Location"] == "/auth/account?done=profile")
    let user = me(harness, cookies)
    #expect(user["first_name"] == "Ann")
    #expect(user["last_name"] == "Müller")
    #expect(user["bio"] == "one\ntwo", "as it is stored, whatever a form makes of the end of a line")
    #expect(user["date_of_birth"] == "1990-05-17")
    let shown = harness.send("GET", page, cookies: cookies).text
    #expect(shown.contains(#"value="Ann""#) && shown.contains("\none\ntwo</textarea>"))
    #expect(
      harness.send("GET", "/auth/account", query: "done=profile", cookies: cookies).text.contains("has been saved"))
  }

  @Test func whatIsWrongIsSaidAtItsFieldAndNothingIsSaved() throws {
    let harness = try Harness()
    let cookies = harness.register()
    let answer = submit(harness, cookies, "first_name=Ann&phone_number=nonsense&zip_code=12345678901")
    #expect(answer.status == 400)
    #expect(answer.text.contains("Please look at the marked fields."))
    #expect(answer.text.contains(#"id="phone_number-note">Invalid phone number format"#))
    #expect(answer.text.contains(#"value="nonsense""#) && answer.text.contains(#"value="Ann""#))
    #expect(me(harness, cookies)["first_name"] == .null)
  }

  @Test func aNameIsChangedButNotTakenBack() throws {
    let harness = try Harness()
    let cookies = harness.register()
    #expect(submit(harness, cookies, "first_name=&last_name=").status == 303, "there is none to take back")
    #expect(submit(harness, cookies, "first_name=Ann&city=Bonn").status == 303)
    let answer = submit(harness, cookies, "first_name=++&city=")
    #expect(answer.status == 400)
    #expect(answer.text.contains("First Name is required"))
    #expect(submit(harness, cookies, "first_name=Anna&city=").status == 303)
    #expect(me(harness, cookies)["first_name"] == "Anna")
    #expect(me(harness, cookies)["city"] == .null)
  }

  /// The log names the fields that have changed, and a name in a token is out of date at once.
  @Test func onlyWhatHasChangedIsSet() throws {
    let harness = try Harness()
    let cookies = harness.register()
    func changes() -> [JSON] {
      let logs = harness.send("GET", "/api/audit/audit-logs/me", cookies: cookies).json["logs"]?.array ?? []
      return logs.filter { $0["action"] == "user.profile_update" }
    }
    let form = "first_name=Ann&city=Bonn&bio=x%0D%0Ay"
    #expect(submit(harness, cookies, form).status == 303)
    #expect(harness.verify(cookies).fields["X-Auth-Name"] == "Ann")
    #expect(submit(harness, cookies, form).status == 303)
    #expect(changes().count == 1)
    #expect(submit(harness, cookies, "first_name=Ann&city=K%C3%B6ln&bio=x%0D%0Ay").status == 303)
    #expect(changes().count == 2)
    #expect(changes().first?["metadata"]?["fields"]?.string == "city")
    #expect(
      harness.send("PUT", "/api/auth/user/@me", json: #"{"city": "Bad\nHonnef"}"#, cookies: cookies).status == 200)
    #expect(submit(harness, cookies, "first_name=Ann&city=BadHonnef&bio=x%0D%0Ay").status == 303)
    #expect(changes().count == 3, "an input of one line has no line feeds")
  }

  @Test func otherSitesCannotSendIt() throws {
    let harness = try Harness()
    let cookies = harness.register()
    let answer = harness.send(
      "POST", page, form: "first_name=x", cookies: cookies, with: ["HTTP_ORIGIN": "https://evil.example"])
    #expect(answer.status == 403)
    #expect(me(harness, cookies)["first_name"] == .null)
    #expect(harness.send("GET", page).fields["Location"] == "/auth/login?next=\(page)")
  }
}

@Suite struct LinkFromElsewhereTests {
  /// A mail that is read in the browser: the cookie comes along only once a page of ours has loaded the address again.
  @Test func aLinkToTheAccountFromAnotherSiteIsLoadedOnceMore() throws {
    let harness = try Harness()
    let first = harness.send("GET", "/auth/account", with: ["HTTP_SEC_FETCH_SITE": "cross-site"])
    #expect(first.status == 401)
    #expect(first.text.contains(#"content="0;url=/auth/account""#))
    let again = harness.send("GET", "/auth/account", with: ["HTTP_SEC_FETCH_SITE": "same-origin"])
    #expect(again.fields["Location"] == "/auth/login?next=/auth/account")
    let cookies = harness.register()
    let known = harness.send("GET", "/auth/account", cookies: cookies, with: ["HTTP_SEC_FETCH_SITE": "cross-site"])
    #expect(known.status == 200)
  }

  @Test func aFormFromAnotherSiteIsToldApart() throws {
    let harness = try Harness()
    let page: Harness.Extra = ["HTTP_ACCEPT": "text/html", "HTTP_SEC_FETCH_MODE": "navigate"]
    let elsewhere = Harness.Extra(pairs: page.pairs + [("HTTP_SEC_FETCH_SITE", "cross-site")])
    let from = { (extra: Harness.Extra) in harness.challenge([:], method: "POST", with: extra) }
    #expect(from(page).status == 401 && from(elsewhere).status == 401)
    #expect(from(page).text.contains("Sign in to send this form"))
    #expect(from(elsewhere).text.contains("This form came from another site"))
  }
}
