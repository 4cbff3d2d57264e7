import ArgumentParser
import Cryptography
import Postern

struct UserPassword: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "password", abstract: "Sets another password, and ends all sessions and API tokens of the account.",
    discussion: """
      The owner of the address is told by mail. The password is asked for twice on the terminal, or read as one line from standard input.

      \(ExitStatus.explanation)
      """)

  @Argument(help: "The account's e-mail address.")
  var email: EmailAddress

  func run() throws {
    try Accounts.open { accounts in
      let account = try accounts.find(email)
      let hash = try accounts.readHash(for: email)
      let mail = Mail(.passwordChanged, to: account, client: nil, random: SystemRandom())
      let changed = try accounts.store.setPassword(
        account.id, from: nil, to: hash, except: nil, mailing: mail, by: .commandLine)
      guard changed != nil else { throw accounts.unknown(email) }
      tell("password of \(email) set; all sessions and API tokens of the account have ended")
    }
  }
}
