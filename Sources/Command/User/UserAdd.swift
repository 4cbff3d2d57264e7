import ArgumentParser
import Cryptography
import Postern

struct UserAdd: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Makes an account.",
    discussion: """
      The password is asked for twice on the terminal, or read as one line from standard input. The address counts as \
      proven, on the word of whoever gives this command.

      With --password-hash, the hash that another program made of the password is read instead, and replaced by one of \
      Postern's own at the first login. Taken are: \(PasswordHashes.kinds).

      \(ExitStatus.explanation)
      """)

  @Argument(help: "The e-mail address to sign in with.")
  var email: EmailAddress

  @Option(help: "A role by its name, such as admin.")
  var role: String?

  @Option(help: "The person's first name.")
  var firstName: String?

  @Option(help: "The person's last name.")
  var lastName: String?

  @Flag(help: "The address does not count as proven.")
  var unverified = false

  @Flag(help: "Reads the hash of the password, not the password.")
  var passwordHash = false

  func run() throws {
    var profile = Profile()
    profile.firstName = firstName
    profile.lastName = lastName
    if let problem = profile.problems(at: SystemClock().now()).first {
      throw Failure("\(problem.field): \(problem.sentence)")
    }
    try Accounts.open { accounts in
      guard try accounts.store.find(email) == nil else { throw StoreError.emailTaken }
      let hash = try passwordHash ? accounts.readForeignHash(for: email) : accounts.readHash(for: email)
      let account = try accounts.store.create(
        NewAccount(email: email, passwordHash: hash, profile: profile, roleName: role, isVerified: !unverified),
        mailing: nil, client: nil)
      tell("account \(account.id) made for \(email)" + (role.map { " with the role \(printable($0))" } ?? ""))
    }
  }
}
