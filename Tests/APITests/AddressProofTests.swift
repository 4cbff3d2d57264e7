import Cryptography
import HTTP
import Postern
import PosternTesting
import Testing

@testable import API

@Suite struct AddressProofTests {
  private func confirm(
    _ harness: Harness, _ method: String = "GET", json: String? = nil, cookies: [String: String] = [:],
    with extra: Harness.Extra = [:]
  ) throws -> Response {
    harness.send(
      method, "/api/auth/confirm/\(try harness.mailedLink(.confirmAddress))", json: json, cookies: cookies, with: extra)
  }

  /// `AUTH_REQUIRE "verified"` refuses before, and lets pass right after, with the very same cookie; and so it does in
  /// another process, as soon as that has read what has changed.
  @Test func whatAWebServerDemandsHoldsAtOnce() throws {
    let harness = try Harness()
    let cookies = harness.register()
    #expect(harness.verify(cookies, "verified").fields["X-Auth-Error"] == "verified")
    let answer = try confirm(harness, cookies: cookies)
    #expect(answer.status == 200)
    #expect(
      answer.json == [
        "message": "Email verified successfully.", "success": true,
        "user": ["email": "alice@example.com", "id": 1, "is_verified": true],
      ])
    #expect(answer.cookies.isEmpty, "no new token is needed")
    #expect(harness.verify(cookies, "verified").status == 204)
    #expect(harness.send("GET", "/api/auth/user/@me", cookies: cookies).json["user"]?["is_verified"] == true)
    let again = try confirm(harness, cookies: cookies)
    #expect(again.status == 200)
    #expect(again.json["message"] == "Account already verified.")
    #expect(again.json["success"] == true)
  }

  @Test func headChangesNothing() throws {
    let harness = try Harness()
    let cookies = harness.register()
    #expect(try confirm(harness, "HEAD", cookies: cookies).status == 200)
    #expect(try confirm(harness, "HEAD").status == 401)
    #expect(harness.verify(cookies, "verified").status == 403)
    #expect(harness.send("HEAD", "/api/auth/confirm/abc", cookies: cookies).status == 400)
    #expect(try confirm(harness, cookies: cookies).status == 200)
  }

  @Test func linkAloneIsAnswered401() throws {
    let harness = try Harness()
    let cookies = harness.register()
    let bob = harness.register("bob@example.com")
    let link = try harness.mailedLink(.confirmAddress, to: "alice@example.com")
    for (method, cookies) in [("GET", [:]), ("GET", bob), ("POST", [:]), ("POST", bob)] {
      let answer = harness.send(method, "/api/auth/confirm/\(link)", cookies: cookies)
      #expect(answer.status == 401)
      #expect(answer.json["error_code"] == "SIGN_IN_TO_CONFIRM")
      #expect(answer.json["success"] == false)
      #expect(answer.json["message"] == answer.json["error"])
      #expect(answer.json["login_url"] != nil)
      #expect(answer.cookies.isEmpty)
    }
    #expect(harness.verify(cookies, "verified").status == 403)
    #expect(harness.verify(bob, "verified").status == 403)
    // A session that has ended is none.
    _ = harness.send("POST", "/api/auth/logout", cookies: cookies)
    #expect(harness.send("GET", "/api/auth/confirm/\(link)", cookies: cookies).status == 401)
  }

  @Test func linkAloneProvesWhereTheSettingsSaySo() throws {
    let harness = try Harness { $0.confirmation = .link }
    harness.register()
    let answer = try confirm(harness)
    #expect(answer.status == 200)
    #expect(answer.json["user"]?["is_verified"] == true)
    #expect(answer.cookies.isEmpty)
    #expect(try confirm(harness).json["message"] == "Account already verified.")
  }

  @Test(arguments: [Settings.Delivery.cookiesOnly, .bodyOnly, .dual]) func passwordProvesAndSignsIn(
    delivery: Settings.Delivery
  ) throws {
    let harness = try Harness { $0.delivery = delivery }
    harness.register()
    let bob = harness.register("bob@example.com")
    let link = try harness.mailedLink(.confirmAddress, to: "alice@example.com")
    let answer = harness.send(
      "POST", "/api/auth/confirm/\(link)", json: #"{"password": "correct horse"}"#, cookies: bob)
    #expect(answer.status == 200)
    #expect(answer.json["message"] == "Email verified successfully.")
    #expect(answer.json["user"]?["is_verified"] == true)
    #expect(answer.cookies.isEmpty == (delivery == .bodyOnly))
    #expect((answer.json["access_token"] == nil) == (delivery == .cookiesOnly))
    if delivery == .cookiesOnly {
      let pass = harness.verify(answer.cookies, "verified")
      #expect(pass.status == 204)
      #expect(pass.fields["X-Auth-User"] == "alice@example.com")
      #expect(harness.verify(bob).status == 401, "the session that this browser had ends")
    }
  }

  @Test func wrongPasswordIsAnsweredOnTheScheduleOfLogins() throws {
    let harness = try Harness()
    harness.register()
    for _ in 0..<5 {
      let answer = try confirm(harness, "POST", json: #"{"password": "wrong"}"#)
      #expect(answer.status == 401)
      #expect(answer.json["error_code"] == "WRONG_PASSWORD")
      #expect(answer.json["fields"]?["password"] != nil)
      #expect(answer.notBefore == harness.clock.monotonic())
    }
    #expect(try confirm(harness, "POST", json: #"{"password": "correct horse"}"#).status == 429)
    #expect(harness.login().status == 429)
  }

  @Test func whatIsNoLinkIsAnsweredInTheFormOfTheRoute() throws {
    let harness = try Harness()
    let cookies = harness.register()
    let link = try harness.mailedLink(.confirmAddress)
    _ = harness.send(
      "POST", "/api/auth/request-password-reset", json: #"{"email": "alice@example.com"}"#)
    let reset = try harness.mailedLink(.resetPassword)
    var altered = Array(link)
    altered[9] = altered[9] == "a" ? "b" : "a"
    for text in ["abc", String(altered), link + "a", reset, "%00", cookies["access_token_cookie"]!] {
      let answer = harness.send("GET", "/api/auth/confirm/\(text)", cookies: cookies)
      #expect(answer.status == 400)
      #expect(answer.json["error_code"] == "INVALID_TOKEN")
      #expect(answer.json["message"] == "Verification link is invalid or has expired.")
      #expect(answer.json["success"] == false)
    }
    #expect(harness.send("GET", "/api/auth/confirm/", cookies: cookies).status == 404)
    #expect(harness.send("PUT", "/api/auth/confirm/abc", cookies: cookies).status == 405)
    let account = try #require(try harness.storage.accounts.find(EmailAddress("alice@example.com")!))
    #expect(!account.isVerified)
    #expect(try harness.storage.accounts.remove(account.id))
    let gone = harness.send("GET", "/api/auth/confirm/\(link)")
    #expect(gone.status == 404)
    #expect(gone.json["error_code"] == "USER_NOT_FOUND")
    #expect(gone.json["message"] == "User not found.")
    #expect(gone.json["success"] == false)
  }

  /// A form of another site with the attacker's link and password would sign the victim in as the attacker.
  @Test func otherSitesSignNobodyIn() throws {
    let harness = try Harness()
    harness.register()
    for extra: Harness.Extra in [["HTTP_ORIGIN": "https://evil.example"], ["HTTP_SEC_FETCH_SITE": "cross-site"]] {
      let answer = try confirm(harness, "POST", json: #"{"password": "correct horse"}"#, with: extra)
      #expect(answer.json["error_code"] == "CROSS_SITE")
      for path in ["resend-verification-email", "request-password-reset", "reset-password/x"] {
        #expect(harness.send("POST", "/api/auth/\(path)", json: "{}", with: extra).json["error_code"] == "CROSS_SITE")
      }
    }
  }

  @Test func doubleSubmitIsDemandedOfASession() throws {
    let harness = try Harness { $0.doubleSubmit = true }
    let cookies = harness.register()
    for path in ["confirm/\(try harness.mailedLink(.confirmAddress))", "resend-verification-email"] {
      #expect(harness.send("POST", "/api/auth/\(path)", cookies: cookies).json["msg"] == "Missing CSRF token")
    }
    let answer = try confirm(
      harness, "POST", cookies: cookies, with: ["HTTP_X_CSRF_TOKEN": try #require(cookies["csrf_access_token"])])
    #expect(answer.status == 200)
  }

  @Test func whoeverIsSignedInGetsAnotherLink() throws {
    let harness = try Harness()
    let cookies = harness.register()
    func resend() -> Response { harness.send("POST", "/api/auth/resend-verification-email", cookies: cookies) }
    let first = try harness.mailedLink(.confirmAddress)
    #expect(resend().json == ["message": "Verification email sent successfully"])
    let second = try harness.mailedLink(.confirmAddress)
    #expect(first != second)
    #expect(harness.send("GET", "/api/auth/confirm/\(second)", cookies: cookies).status == 200)
    #expect(resend().json == ["message": "User is already verified"])
    #expect(harness.storage.mails.count == 2)
    let none = harness.send("POST", "/api/auth/resend-verification-email")
    #expect(none.status == 401)
    #expect(none.json["msg"]?.string?.hasPrefix("Missing JWT") == true)
    #expect(harness.send("POST", "/api/auth/resend-verification-email", json: "{}").status == 401)
    #expect(harness.send("POST", "/api/auth/resend-verification-email", json: #"{"email": 7}"#).status == 400)
  }

  @Test func whoeverIsNotHearsTheSameOfEveryAddress() throws {
    let harness = try Harness { $0.registration = .verified }
    harness.register()
    let proven = try harness.storage.accounts.create(
      NewAccount(email: EmailAddress("proven@example.com")!, passwordHash: nil, isVerified: true))
    let answers = ["alice@example.com", proven.email.text, "nobody@example.com", "a@b@c", ""].map { email in
      harness.send("POST", "/api/auth/resend-verification-email", json: #"{"email": "\#(email)"}"#)
    }
    for answer in answers {
      #expect(answer.status == 200)
      #expect(answer.json == answers[0].json)
      #expect(answer.notBefore == harness.clock.monotonic())
    }
    #expect(harness.storage.mails.map(\.recipient.text) == ["alice@example.com", "alice@example.com"])
  }

  @Test func registrationUnderVerifiedSaysNothingOfAnybody() throws {
    let harness = try Harness { $0.registration = .verified }
    _ = try harness.storage.accounts.create(
      NewAccount(email: EmailAddress("proven@example.com")!, passwordHash: nil, isVerified: true))
    let answers = ["alice@example.com", "ALICE@example.com", "proven@example.com"].map { email in
      harness.send(
        "POST", "/api/auth/register",
        json: #"{"email": "\#(email)", "password": "correct horse", "is_verified": true, "verified": 1}"#)
    }
    for answer in answers {
      #expect(answer.status == 202)
      #expect(answer.json == answers[0].json)
      #expect(answer.json["verification_required"] == true)
      #expect(answer.json["message"] != nil)
      #expect(answer.notBefore == harness.clock.monotonic())
      #expect(answer.cookies.isEmpty)
    }
    #expect(harness.storage.mails.map(\.kind) == [.confirmAddress, .confirmAddress, .addressTaken])
    // Nobody signs in, and the right password is answered as a wrong one.
    let (right, wrong) = (harness.login(), harness.login(password: "wrong horse"))
    for answer in [right, wrong] {
      #expect(answer.status == 401)
      #expect(answer.json["error"] == "Invalid email or password, or the address has not been confirmed yet")
      #expect(answer.json["error_code"] == "BAD_CREDENTIALS")
    }
    #expect(right.json == wrong.json)
    let link = try harness.mailedLink(.confirmAddress)
    let confirmed = harness.send("POST", "/api/auth/confirm/\(link)", json: #"{"password": "correct horse"}"#)
    #expect(confirmed.status == 200)
    #expect(harness.verify(confirmed.cookies, "verified").status == 204)
    #expect(harness.login().status == 200)
  }

  @Test func registrationPageUnderVerifiedSaysNothingOfAnybody() throws {
    let harness = try Harness { $0.registration = .verified }
    #expect(harness.send("GET", "/auth/register").status == 200)
    #expect(harness.send("GET", "/auth/login").text.contains("/auth/register"))
    let answers = (0..<2).map { _ in
      harness.send("POST", "/auth/register", form: "email=alice%40example.com&password=correct+horse")
    }
    for answer in answers {
      #expect(answer.bytes == answers[0].bytes)
      #expect(answer.status == answers[0].status)
      #expect(answer.notBefore == harness.clock.monotonic())
      #expect(answer.cookies.isEmpty)
    }
    let short = harness.send("POST", "/auth/register", form: "email=alice%40example.com&password=short")
    #expect(short.status == 400)
  }
}
