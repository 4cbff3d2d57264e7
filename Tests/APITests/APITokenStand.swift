import Cryptography
import HTTP
import Postern
import PosternTesting
import Testing

@testable import API

/// Somebody with a role that grants two permissions, who makes API tokens.
protocol APITokenStand {}

extension APITokenStand {
  var path: String { "/api/auth/tokens" }

  /// A harness with somebody of a role that grants two permissions, signed in.
  func signedIn(
    _ change: (inout Settings) -> Void = { _ in }
  ) throws -> (harness: Harness, cookies: [String: String]) {
    let harness = try Harness(change)
    harness.storage.setRole("editor", permissions: ["pages.write", "reports.*"])
    harness.register("somebody@example.com")
    let hash = try harness.storage.accounts.find(EmailAddress("somebody@example.com")!)?.passwordHash
    _ = try harness.storage.accounts.create(
      NewAccount(
        email: EmailAddress("ed@example.com")!, passwordHash: hash, roleName: "editor", isVerified: true))
    return (harness, harness.login("ed@example.com").cookies)
  }

  func make(_ harness: Harness, _ cookies: [String: String], _ more: String = "") -> Response {
    harness.send("POST", path, json: #"{"name": "git"\#(more)}"#, cookies: cookies)
  }

  func token(_ harness: Harness, _ cookies: [String: String], _ more: String = "") throws -> String {
    try #require(make(harness, cookies, more).json["token"]?.string)
  }

  func bearer(_ token: String) -> Harness.Extra { ["HTTP_AUTHORIZATION": "Bearer \(token)"] }

  func basic(_ token: String, user: String = "git") -> Harness.Extra {
    ["HTTP_AUTHORIZATION": "Basic \(Base64.standard.encode("\(user):\(token)".utf8))"]
  }
}
