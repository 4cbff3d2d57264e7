import ArgumentParser
import HTTP
import Postern

struct RoleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "role", abstract: "Lists roles, and says which of them demand a second factor.",
    subcommands: [RoleList.self, RoleRequireFactor.self])
}

struct RoleList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists the roles.",
    discussion: """
      One line for each, by name: name, whether it demands a second factor, how many accounts have it, how many of \
      these have no second factor, permissions. With --json, an array of objects.

      \(ExitStatus.explanation)
      """)

  @Flag(help: "Prints JSON.")
  var json = false

  func run() throws {
    try Accounts.open { accounts in
      let roles = try accounts.roles.list()
      if json {
        let objects = roles.map { "\n" + String(decoding: RoleList.object($0).bytes, as: UTF8.self) }
        try output("[" + objects.joined(separator: ",") + "\n]\n")
      } else {
        for role in roles { try output(RoleList.line(role)) }
      }
      if roles.contains(where: \.role.requiresSecondFactor) { accounts.warnWhereNoneIsAsked() }
    }
  }

  /// Columns with tabs between, as `UserList.line`.
  static func line(_ census: RoleCensus) -> String {
    let permissions = census.role.permissions.map { printable($0) }.joined(separator: ",")
    let columns = [
      printable(census.role.name), census.role.requiresSecondFactor ? "second-factor" : "-", String(census.members),
      String(census.membersWithoutFactor), permissions.isEmpty ? "-" : permissions,
    ]
    return columns.joined(separator: "\t") + "\n"
  }

  static func object(_ census: RoleCensus) -> JSON {
    [
      "id": .integer(census.role.id), "name": .string(census.role.name),
      "requires_second_factor": .bool(census.role.requiresSecondFactor),
      "members": .integer(Int64(census.members)),
      "members_without_second_factor": .integer(Int64(census.membersWithoutFactor)),
      "permissions": .array(census.role.permissions.map(JSON.string)),
    ]
  }
}

struct RoleRequireFactor: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "require-factor", abstract: "Demands a second factor of everybody who has the role, or no longer.",
    discussion: """
      Nobody is signed out: it counts at the next sign-in, where who has no second factor yet adds one before they get \
      in. It needs AUTHSVC_ENABLE_MFA.

      \(ExitStatus.explanation)
      """)

  @Argument(help: "The role's name.")
  var role: String

  @Flag(help: "Demands none any more.")
  var off = false

  func run() throws {
    try Accounts.open { accounts in
      try accounts.roles.setRequiresSecondFactor(role, !off, by: .commandLine)
      tell("the role “\(printable(role))” demands \(off ? "no" : "a") second factor")
      if !off { accounts.warnWhereNoneIsAsked() }
    }
  }
}

extension Accounts {
  /// Says so where the site asks nobody for a second factor, whatever their role demands.
  fileprivate func warnWhereNoneIsAsked() {
    if !settings.secondFactors.isEnabled { tell("warning: \(SecondFactorSettings.unheededRole)") }
  }
}

extension SecondFactorSettings {
  /// What is wrong where a role demands what the site does not ask for.
  static let unheededRole = "AUTHSVC_ENABLE_MFA is False: nobody is asked for a second factor, whatever a role demands"
}
