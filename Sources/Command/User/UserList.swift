import ArgumentParser
import HTTP
import Postern

struct UserList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists the accounts.",
    discussion: """
      One line for each, by number: number, address, role, state, time it was made (UTC). With --json, an array of \
      objects.

      \(ExitStatus.explanation)
      """)

  @Flag(help: "Prints JSON.")
  var json = false

  func run() throws {
    try Accounts.open { accounts in
      var last: AccountID?
      var isFirst = true
      if json { try output("[") }
      while case let page = try accounts.store.list(after: last, limit: 500), !page.isEmpty {
        for account in page {
          if json {
            try output((isFirst ? "" : ",") + "\n" + String(decoding: UserList.object(account).bytes, as: UTF8.self))
          } else {
            try output(UserList.line(account))
          }
          isFirst = false
        }
        last = page.last?.id
      }
      if json { try output(isFirst ? "]\n" : "\n]\n") }
    }
  }

  /// Columns with tabs between: easy to cut, and no field holds a tab.
  static func line(_ account: Account) -> String {
    let state =
      [account.isActive ? "active" : "disabled", account.isVerified ? "verified" : "unverified"]
      + (account.hasSecondFactor ? ["second-factor"] : [])
    let columns = [
      account.id.description, account.email.text, printable(account.role?.name ?? "-"), state.joined(separator: ","),
      account.createdAt.iso8601,
    ]
    return columns.joined(separator: "\t") + "\n"
  }

  static func object(_ account: Account) -> JSON {
    [
      "id": .integer(account.id.value), "email": .string(account.email.text), "role": JSON(account.role?.name),
      "first_name": JSON(account.profile.firstName), "last_name": JSON(account.profile.lastName),
      "is_active": .bool(account.isActive), "is_verified": .bool(account.isVerified),
      "mfa_enabled": .bool(account.hasSecondFactor),
      "created_at": .string(account.createdAt.iso8601),
    ]
  }
}
