import ArgumentParser
import Cryptography
import Postern
import SQL

struct UserCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "user", abstract: "Makes, lists and changes accounts.",
    discussion: """
      Works on the database itself, whether `serve` is running or not: a running one takes notice within a second. \
      Given by root, a command works as the user that the data directory belongs to.
      """,
    subcommands: [
      UserAdd.self, UserList.self, UserPassword.self, UserRole.self, UserDisable.self, UserEnable.self, UserRemove.self,
      UserFactors.self,
    ])
}

/// An account's address on the command line.
extension EmailAddress: ExpressibleByArgument {
  package init?(argument: String) { self.init(argument) }
}

/// The accounts of the database that the settings name, and the hasher that they ask for.
struct Accounts {
  let store: any AccountStore
  let factors: any FactorStore
  let roles: any RoleStore
  let settings: Settings
  let hashes: PasswordHashes

  /// Opens the database, lets `work` at it, and closes it. A store's refusal becomes a failure with a sentence.
  static func open<Result>(_ work: (Accounts) throws -> Result) throws -> Result {
    let random = SystemRandom()
    let settings = try Configuration.forStart(.current(), random, asOwner: true).settings
    let log = LoggerLog(settings, clock: SystemClock())
    do {
      let database = try SQLiteDatabase(path: settings.databasePath, clock: SystemClock())
      defer { database.close() }
      let hashes = PasswordHashes(settings: settings.argon2, random: random, log: log)
      return try work(
        Accounts(
          store: SQLAccountStore(database), factors: SQLFactorStore(database), roles: SQLRoleStore(database),
          settings: settings, hashes: hashes))
    } catch let error as StoreError {
      throw Failure(error.sentence)
    }
  }

  /// Throws a failure when nobody has the address.
  func find(_ email: EmailAddress) throws -> Account {
    guard let account = try store.find(email) else { throw unknown(email) }
    return account
  }

  /// Reads a password and hashes it. Throws a failure that says what is wrong with it.
  func readHash(for email: EmailAddress) throws -> String {
    let password = try readPassword(for: email.text)
    if let problem = PasswordRules.check(password, email: email) { throw Failure(problem) }
    return try hashes.hash(password)
  }

  /// Reads the hash of a password as it is. Throws a failure where no login could verify it.
  func readForeignHash(for email: EmailAddress) throws -> String {
    let hash = try readPasswordHash(for: email.text)
    switch hashes.problem(with: hash) {
    case nil: return hash
    case .unreadable:
      throw Failure("the password hash for \(email) is of none of the kinds that are taken: \(PasswordHashes.kinds)")
    case .tooCostly(let summary):
      throw Failure("the password hash for \(email) takes too long, or too much memory, to verify: \(summary)")
    }
  }

  func unknown(_ email: EmailAddress) -> Failure { Failure("there is no account for \(email)") }
}

extension StoreError {
  /// For whoever gave the command.
  var sentence: String {
    switch self {
    case .emailTaken: "there is an account for that address already"
    case .unknownRole(let name, let known):
      "there is no role “\(printable(name))”; there are: \(known.map { printable($0) }.joined(separator: ", "))"
    case .accountGone: "the account is gone"
    case .unavailable(let reason), .unconfirmed(let reason), .unusable(let reason): reason
    }
  }
}
