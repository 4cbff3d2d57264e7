import HTTP
import Postern
import PosternTesting
import Testing

@testable import API

@Suite struct PasswordResetTests {
  private func request(_ harness: Harness, _ json: String = #"{"email": "alice@example.com"}"#) -> Response {
    harness.send("POST", "/api/auth/request-password-reset", json: json)
  }

  private func reset(_ harness: Harness, _ json: String = #"{"password": "battery staple"}"#) throws -> Response {
    harness.send("POST", "/api/auth/reset-password/\(try harness.mailedLink(.resetPassword))", json: json)
  }

  @Test func everybodyHearsTheSame() throws {
    let harness = try Harness()
    harness.register()
    let answers = [
      #"{"email": "alice@example.com"}"#, #"{"email": "nobody@example.com"}"#, #"{"email": "a@b@c"}"#, "{}",
      #"{"email": null}"#, #"{"email": "alice@example.com", "redirect_url": "https://evil.example/x"}"#,
    ].map { request(harness, $0) }
    for answer in answers {
      #expect(answer.status == 200)
      #expect(answer.json == ["message": "If an account exists, a reset link has been sent."])
      #expect(answer.notBefore == harness.clock.monotonic())
    }
    let mails = harness.storage.mails.filter { $0.kind == .resetPassword }
    #expect(mails.map(\.recipient.text) == ["alice@example.com", "alice@example.com"])
    for mail in mails { #expect(!"\(mail)".contains("evil"), "the mail leads nowhere else") }
    for body in ["x", #"{"email": 7}"#, "[]"] { #expect(request(harness, body).status == 400) }
  }

  /// Threat 21: nothing from before lives on.
  @Test func everythingFromBeforeEnds() throws {
    let harness = try Harness()
    let cookies = harness.register()
    let made = harness.send(
      "POST", "/api/auth/tokens", json: #"{"name": "git"}"#, cookies: cookies)
    let token = try #require(made.json["token"]?.string)
    let bearer: Harness.Extra = ["HTTP_AUTHORIZATION": "Bearer \(token)"]
    #expect(harness.verify([:], with: bearer).status == 204)
    _ = request(harness)
    #expect(harness.verify(cookies).status == 204, "to ask for it ends nothing")
    let answer = try reset(harness)
    #expect(answer.status == 200)
    #expect(answer.json == ["message": "Password has been reset successfully."])
    #expect(answer.cookies.isEmpty, "it signs nobody in")
    #expect(harness.verify(cookies).status == 401)
    #expect(harness.verify([:], with: bearer).status == 401)
    #expect(harness.send("GET", "/api/auth/check-auth", cookies: cookies).status == 401)
    #expect(harness.send("POST", "/api/auth/token/refresh", cookies: cookies).json["error_code"] == "SESSION_INACTIVE")
    #expect(harness.login().status == 401)
    let after = harness.login(password: "battery staple").cookies
    #expect(harness.verify(after, "verified").status == 204, "it proves the address, too")
  }

  /// Threat 29: an attacker has registered the victim's address, and is signed in.
  @Test func nothingThatAnAttackerMadeLivesOn() throws {
    let harness = try Harness()
    let attacker = harness.register(password: "the attacker's own")
    let confirmation = try harness.mailedLink(.confirmAddress)
    _ = request(harness)
    #expect(try reset(harness).status == 200)
    #expect(harness.verify(attacker).status == 401)
    let old = harness.send("POST", "/api/auth/confirm/\(confirmation)", json: #"{"password": "the attacker's own"}"#)
    #expect(old.status == 400)
    #expect(harness.login(password: "the attacker's own").status == 401)
  }

  @Test func linkWorksOnce() throws {
    let harness = try Harness()
    harness.register()
    _ = request(harness)
    let link = try harness.mailedLink(.resetPassword)
    for (json, sentence) in [
      ("{}", "New password is required"), (#"{"password": ""}"#, "New password is required"),
      (#"{"password": "abc"}"#, "Password must be at least 8 characters"),
      (#"{"password": "alice@example.com"}"#, "Password must not be your e-mail address"),
    ] {
      let answer = try reset(harness, json)
      #expect(answer.status == 400)
      #expect(answer.json["error"]?.string == sentence)
      #expect(answer.json["fields"]?["password"]?.string == sentence)
    }
    let both = try reset(harness, #"{"password": "battery staple", "new_password": "battery staple"}"#)
    #expect(both.status == 400)
    #expect(try reset(harness, #"{"new_password": "battery staple"}"#).status == 200)
    for text in [link, "abc", link + "a"] {
      let answer = harness.send(
        "POST", "/api/auth/reset-password/\(text)", json: #"{"password": "another staple"}"#)
      #expect(answer.status == 400)
      #expect(answer.json["error"] == "Reset link is invalid or has expired.")
      #expect(answer.json["error_code"] == "INVALID_TOKEN")
    }
    #expect(harness.login(password: "battery staple").status == 200)
    #expect(harness.send("GET", "/api/auth/reset-password/\(link)").status == 405)
  }

  @Test func noPasswordAndNoLinkIsLogged() throws {
    let harness = try Harness()
    harness.register(password: "a very secret passphrase")
    _ = request(harness)
    let link = try harness.mailedLink(.resetPassword)
    for way in ["", "/", "x", "//"] {
      _ = harness.send("POST", "/api/auth/reset-password/\(link)\(way)", json: "{}", with: ["HTTP_ORIGIN": "null"])
      _ = harness.send("POST", "/api/auth/confirm/\(link)\(way)", json: "{}")
    }
    _ = try reset(harness, #"{"password": "another secret passphrase"}"#)
    #expect(harness.log.contains("/api/auth/reset-password/*"))
    #expect(!harness.log.contains("secret"))
    #expect(!harness.log.contains(link), "whoever reads the log follows no link")
  }
}
