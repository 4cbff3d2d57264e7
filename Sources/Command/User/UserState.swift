import ArgumentParser
import Postern

struct UserDisable: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "disable", abstract: "Lets nobody sign in to the account, and ends all its sessions and API tokens.",
    discussion: ExitStatus.explanation)

  @Argument(help: "The account's e-mail address.")
  var email: EmailAddress

  func run() throws {
    try Accounts.open { accounts in
      guard try accounts.store.setActive(accounts.find(email).id, false, by: .commandLine) != nil else {
        throw accounts.unknown(email)
      }
      tell("account of \(email) disabled; all its sessions and API tokens have ended")
    }
  }
}

struct UserEnable: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "enable", abstract: "Lets people sign in to the account again.", discussion: ExitStatus.explanation)

  @Argument(help: "The account's e-mail address.")
  var email: EmailAddress

  func run() throws {
    try Accounts.open { accounts in
      guard try accounts.store.setActive(accounts.find(email).id, true, by: .commandLine) != nil else {
        throw accounts.unknown(email)
      }
      tell("account of \(email) enabled")
    }
  }
}

struct UserRemove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Removes the account with everything that belongs to it.",
    discussion: """
      Asks once more on a terminal, unless --yes is given.

      \(ExitStatus.explanation)
      """)

  @Argument(help: "The account's e-mail address.")
  var email: EmailAddress

  @Flag(help: "Does not ask.")
  var yes = false

  func run() throws {
    try Accounts.open { accounts in
      let account = try accounts.find(email)
      guard try yes || isConfirmed("Remove account \(account.id), \(email), for good?") else {
        throw Failure("nothing was removed")
      }
      guard try accounts.store.remove(account.id, by: .commandLine, mailing: nil) else { throw accounts.unknown(email) }
      tell("account of \(email) removed")
    }
  }
}
