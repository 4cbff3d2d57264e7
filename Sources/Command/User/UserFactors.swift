import ArgumentParser
import Cryptography
import Postern

struct UserFactors: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "factors", abstract: "Helps whoever has lost what proves who they are.",
    subcommands: [Remove.self])

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "remove",
      abstract: "Removes every second factor of the account, and ends all its sessions and API tokens.",
      discussion: """
        Authenticator app, codes by mail, passkeys, recovery codes and trusted browsers go. Its owner signs in with \
        the password alone then, and is told by mail. Make sure first that it is they who ask for it.

        \(ExitStatus.explanation)
        """)

    @Argument(help: "The account's e-mail address.")
    var email: EmailAddress

    func run() throws {
      try Accounts.open { accounts in
        let account = try accounts.find(email)
        var mail = Mail(.secondFactorRemoved, to: account, client: nil, random: SystemRandom())
        mail.values["factor"] = "all of them"
        let changed = try accounts.factors.removeAll(account.id, mailing: mail, by: .commandLine)
        guard changed != nil else { throw Failure("the account of \(email) has no second factor") }
        tell("the account of \(email) has no second factor any more; all its sessions and API tokens have ended")
      }
    }
  }
}
