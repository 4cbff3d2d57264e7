import ArgumentParser
import Postern

struct UserRole: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "role", abstract: "Gives the account another role, or none.",
    discussion: """
      Nobody is signed out: what was decided by the former role is decided by this one from the next request on.

      \(ExitStatus.explanation)
      """)

  @Argument(help: "The account's e-mail address.")
  var email: EmailAddress

  @Argument(help: "The role's name.")
  var role: String?

  @Flag(help: "Takes the role away.")
  var none = false

  func validate() throws {
    if (role == nil) != none { throw ValidationError("Give either a role or --none.") }
  }

  func run() throws {
    try Accounts.open { accounts in
      guard try accounts.store.setRole(accounts.find(email).id, role, by: .commandLine) != nil else {
        throw accounts.unknown(email)
      }
      tell(role.map { "account of \(email) has the role “\(printable($0))”" } ?? "account of \(email) has no role")
    }
  }
}
