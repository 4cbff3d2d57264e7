import Cryptography
import HTTP
import Postern
import PosternTesting
import Testing

@testable import API

@Suite struct FactorTests {
  private let harness: Harness

  init() throws { harness = try Harness { $0.secondFactors.isEnabled = true } }

  private func post(_ path: String, _ cookies: [String: String], json: String? = nil) -> Response {
    harness.send("POST", "/api/auth/mfa" + path, json: json, cookies: cookies)
  }

  private func delete(_ path: String, _ cookies: [String: String], json: String? = nil) -> Response {
    harness.send("DELETE", "/api/auth/mfa" + path, json: json, cookies: cookies)
  }

  private func list(_ cookies: [String: String]) -> JSON {
    harness.send("GET", "/api/auth/mfa", cookies: cookies).json
  }

  /// What an app shows that has scanned that.
  private func code(_ begun: Response) throws -> String {
    let text = try #require(begun.json["secret"]?.string)
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    let bits = text.flatMap { letter in
      let value = alphabet.firstIndex(of: letter)!
      return (0..<5).map { value >> (4 - $0) & 1 }
    }
    let secret = stride(from: 0, to: bits.count, by: 8).map { start in
      UInt8(bits[start..<start + 8].reduce(0) { $0 << 1 | $1 })
    }
    return TOTP().code(secret: secret, step: OneTimeCode.step(at: harness.clock.now()))
  }

  @Test func anAuthenticatorAppIsAddedAndRemoved() throws {
    let cookies = try harness.registerProven()
    let begun = post("/totp", cookies)
    #expect(begun.status == 200)
    let secret = try #require(begun.json["secret"]?.string)
    #expect(secret.utf8.count == 32)
    #expect(begun.json["otpauth_url"]?.string?.contains(secret) == true)
    #expect(begun.json["qr_svg"]?.string?.hasPrefix("<svg") == true)
    #expect(list(cookies)["factors"]?["totp"] == .bool(false))

    let wrong = post("/totp/confirm", cookies, json: #"{"code": "000000"}"#)
    #expect(wrong.status == 400)
    #expect(wrong.json["error_code"]?.string == "BAD_CODE")
    #expect(wrong.notBefore != nil, "on the schedule of wrong passwords")
    #expect(wrong.cookies.isEmpty)

    let confirmed = post("/totp/confirm", cookies, json: #"{"code": "\#(try code(begun))"}"#)
    #expect(confirmed.status == 200)
    #expect(confirmed.json["recovery_codes"]?.array?.count == 10)
    let raised = confirmed.cookies
    #expect(harness.verify(raised, "mfa").status == 204)
    #expect(harness.verify(cookies).status == 401, "the session before has ended")
    let listed = list(raised)
    #expect(listed["enabled"] == .bool(true))
    #expect(listed["factors"]?["totp"] == .bool(true))
    #expect(listed["factors"]?["recovery_codes_left"] == .integer(10))
    let me = harness.send("GET", "/api/auth/user/@me", cookies: raised)
    #expect(me.text.contains(#""mfa_enabled":true"#))

    #expect(post("/totp", raised).json["error_code"]?.string == "FACTOR_EXISTS")
    let email = post("/email", raised)
    #expect(email.status == 200)
    #expect(email.json["recovery_codes"] == nil)
    #expect(delete("/totp", raised).status == 200)
    #expect(delete("/totp", raised).json["error_code"]?.string == "FACTOR_NOT_FOUND")
    #expect(delete("/email", raised).status == 200)
    #expect(list(raised)["factors"]?["recovery_codes_left"] == .integer(0), "they went with the last factor")
    let mails = harness.storage.mails.map(\.kind.rawValue).filter { $0.hasPrefix("second-factor-") }
    #expect(mails.map { $0.dropFirst(14) } == ["added", "added", "removed", "removed"])
  }

  @Test func withoutAFreshProofThePasswordIsAskedFor() throws {
    let cookies = try harness.registerProven()
    harness.clock.advance(by: .seconds(901))
    let refreshed = harness.send("POST", "/api/auth/token/refresh", cookies: cookies).cookies
    for (method, path) in [("POST", "/totp"), ("POST", "/email"), ("DELETE", "/totp"), ("POST", "/recovery-codes")] {
      let answer = harness.send(method, "/api/auth/mfa" + path, cookies: refreshed)
      #expect(answer.status == 400, "\(path)")
      #expect(answer.json["fields"]?["password"] != nil, "\(path)")
    }
    #expect(post("/totp", refreshed, json: #"{"password": "wrong"}"#).json["error_code"]?.string == "WRONG_PASSWORD")
    #expect(post("/totp", refreshed, json: #"{"password": "correct horse"}"#).status == 200)
  }

  @Test func whereThereIsAFactorAPasswordAloneChangesNone() throws {
    let cookies = try harness.registerProven()
    #expect(post("/email", cookies).status == 200)
    for (method, path) in [
      ("POST", "/totp"), ("POST", "/recovery-codes"), ("DELETE", "/email"), ("POST", "/email"), ("DELETE", "/totp"),
    ] {
      let answer = harness.send(
        method, "/api/auth/mfa" + path, json: #"{"password": "correct horse"}"#, cookies: cookies)
      #expect(answer.status == 403, "\(path)")
      #expect(answer.json["error_code"]?.string == "SECOND_FACTOR_REQUIRED", "\(path)")
      #expect(answer.json["mfa_url"]?.string == "https://site.example/auth/mfa", "\(path)")
    }
    #expect(list(cookies)["factors"]?["email"] == .bool(true))
  }

  @Test func whereTheSiteAsksForNoneTheyAreRefusedAndListedAsOff() throws {
    let harness = try Harness()
    let cookies = try harness.registerProven()
    let listed = harness.send("GET", "/api/auth/mfa", cookies: cookies)
    #expect(listed.status == 200)
    #expect(listed.json["enabled"] == .bool(false))
    for (method, path) in [
      ("POST", "/totp"), ("POST", "/totp/confirm"), ("DELETE", "/totp"), ("POST", "/email"), ("DELETE", "/email"),
      ("POST", "/recovery-codes"),
    ] {
      let answer = harness.send(method, "/api/auth/mfa" + path, json: #"{"code": "123456"}"#, cookies: cookies)
      #expect(answer.status == 403, "\(path)")
      #expect(answer.json["error_code"]?.string == "MFA_DISABLED", "\(path)")
    }
  }

  @Test func onlyASessionChangesThem() throws {
    let cookies = try harness.registerProven()
    let token = harness.send("POST", "/api/auth/tokens", json: #"{"name": "git"}"#, cookies: cookies)
    let bearer = "Bearer " + (try #require(token.json["token"]?.string))
    for (method, path) in [
      ("GET", ""), ("POST", "/totp"), ("POST", "/totp/confirm"), ("DELETE", "/totp"), ("POST", "/email"),
      ("DELETE", "/email"), ("POST", "/recovery-codes"),
    ] {
      let json = method == "GET" ? nil : #"{"code": "123456"}"#
      let path = "/api/auth/mfa" + path
      #expect(harness.send(method, path, json: json).status == 401, "\(path)")
      let answer = harness.send(method, path, json: json, with: ["HTTP_AUTHORIZATION": bearer])
      #expect(answer.json["error_code"]?.string == "SESSION_REQUIRED", "\(path)")
    }
  }

  @Test func whoseRoleDemandsAFactorEnrolsBeforeTheyGetIn() throws {
    _ = try harness.registerProven()
    harness.storage.setRole("admin", permissions: [], requiresSecondFactor: true)
    _ = try harness.storage.accounts.setRole(AccountID(1), "admin", by: .commandLine)
    let login = harness.login()
    #expect(login.json["mfa_required"] == .bool(true))
    #expect(login.json["enrolment_required"] == .bool(true))
    #expect(login.json["factors"]?.array == [.string("email")], "the address is proven, so a code can be mailed to it")
    let ticket = try #require(login.json["mfa_token"]?.string)
    let begun = post("/totp", login.cookies, json: #"{"mfa_token": "\#(ticket)"}"#)
    #expect(begun.status == 200)
    let foreign = post("/totp", [:], json: #"{"mfa_token": "\#(ticket)"}"#)
    #expect(foreign.json["error_code"]?.string == "BAD_MFA_TOKEN", "of another browser")
    let confirmed = post(
      "/totp/confirm", login.cookies, json: #"{"mfa_token": "\#(ticket)", "code": "\#(try code(begun))"}"#)
    #expect(confirmed.status == 200)
    #expect(confirmed.json["recovery_codes"]?.array?.count == 10)
    #expect(confirmed.json["user"]?["email"]?.string == "alice@example.com")
    #expect(harness.verify(confirmed.cookies, "mfa").status == 204)
    let again = post("/totp", login.cookies, json: #"{"mfa_token": "\#(ticket)"}"#)
    #expect(again.json["error_code"]?.string == "BAD_MFA_TOKEN")
  }
}
