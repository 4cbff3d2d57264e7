import HTTP
import Postern
import PosternTesting
import Testing

@testable import API

/// The page of one's own API tokens, as a browser without a script uses it.
@Suite struct APITokenPageTests: APITokenStand {
  private let page = "/auth/account/tokens"

  private func submit(_ harness: Harness, _ cookies: [String: String], _ form: String, to more: String = "") -> Response
  {
    harness.send("POST", page + more, form: form, cookies: cookies, with: ["HTTP_ORIGIN": "https://site.example"])
  }

  /// The new token that the page shows.
  private func shown(_ response: Response) throws -> String {
    let start = try #require(response.text.firstRange(of: ">pst_")).upperBound
    return "pst_" + response.text[start...].prefix { $0 != "<" }
  }

  @Test func tokenIsShownOnceAndWorks() throws {
    let (harness, cookies) = try signedIn()
    let made = submit(harness, cookies, "name=Backup&days=30")
    #expect(made.status == 200)
    let text = try shown(made)
    #expect(harness.verify([:], "role=editor", with: bearer(text)).status == 204)
    let list = harness.send("GET", page, cookies: cookies)
    #expect(list.text.contains("Backup"))
    #expect(!list.text.contains(text))
    let row = try #require(harness.send("GET", path, cookies: cookies).json["tokens"]?.array?.first)
    #expect(row["scopes"] == .null)
    #expect(row["expires_at"]?.string == (harness.clock.now() + .seconds(30 * 86_400)).iso8601)
  }

  @Test func tickedPermissionsLimitIt() throws {
    let (harness, cookies) = try signedIn()
    let text = try shown(submit(harness, cookies, "name=x&days=7&scope=pages.write&scope=reports.%2A"))
    let answer = harness.verify([:], with: bearer(text))
    #expect(answer.fields["X-Auth-Permissions"] == "pages.write reports.*")
    #expect(answer.fields["X-Auth-Role"] == "")
  }

  @Test(arguments: [
    "name=&days=30", "days=30", "name=x&days=0", "name=x&days=400", "name=x", "name=x&days=30&scope=rbac.admin",
    "name=x&name=y&days=30", "name=x&days=30&days=7",
  ])
  func formThatIsNotRightComesAgain(form: String) throws {
    let (harness, cookies) = try signedIn()
    let answer = submit(harness, cookies, form)
    #expect(answer.status == 400)
    #expect(answer.text.contains(#"role="alert""#))
    #expect(harness.send("GET", path, cookies: cookies).json["count"] == 0)
  }

  @Test func fiftyAreEnough() throws {
    let (harness, cookies) = try signedIn()
    for _ in 0..<50 { _ = make(harness, cookies) }
    let answer = submit(harness, cookies, "name=x&days=30")
    #expect(answer.status == 409)
    #expect(answer.text.contains("50 API tokens"))
  }

  @Test func tokenIsEndedByItsButton() throws {
    let (harness, cookies) = try signedIn()
    let made = make(harness, cookies)
    let text = try #require(made.json["token"]?.string)
    let id = try #require(made.json["id"]?.integer)
    let mallory = harness.register("mallory@example.com")
    #expect(submit(harness, mallory, "token=\(id)", to: "/end").status == 303)
    #expect(harness.verify([:], with: bearer(text)).status == 204)
    let ended = submit(harness, cookies, "token=\(id)", to: "/end")
    #expect(ended.status == 303)
    #expect(ended.fields["Location"] == page)
    #expect(harness.verify([:], with: bearer(text)).status == 401)
    #expect(submit(harness, cookies, "token=\(id)", to: "/end").status == 303)
  }

  @Test func otherSitesCannotSendTheForms() throws {
    let (harness, cookies) = try signedIn()
    for more in ["", "/end"] {
      let answer = harness.send(
        "POST", page + more, form: "name=x&days=30", cookies: cookies, with: ["HTTP_ORIGIN": "https://evil.example"])
      #expect(answer.status == 403)
    }
    #expect(harness.send("GET", path, cookies: cookies).json["count"] == 0)
    #expect(harness.send("GET", page).status == 302)
  }
}
