import ArgumentParser
import Glibc

/// The command line. Messages go to standard error behind `postern:`, results to standard output.
@main
struct Program: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "postern",
    abstract: "Login for web servers: asks who is there before nginx, lighttpd and others serve a page.",
    discussion: """
      Settings are read from the environment and from a .env file; docs/settings.md lists them, and `postern config \
      check` says what is wrong with yours.

      \(ExitStatus.explanation)
      """,
    subcommands: [
      ServeCommand.self, ConfigCommand.self, UserCommand.self, RoleCommand.self, KeysCommand.self, MailCommand.self,
      VersionCommand.self,
      DecodePicture.self,
    ])

  static func main() {
    // Whatever this program makes holds accounts or keys; what others may use is opened to them one by one.
    umask(0o077)
    Glibc.exit(run().rawValue)
  }

  private static func run() -> ExitStatus {
    do {
      var command = try parseAsRoot()
      try command.run()
      return .success
    } catch let failure as Failure {
      failure.sentences.forEach(tell)
      return failure.status
    } catch let failure as SystemFailure {
      tell("\(failure)")
      return .failure
    } catch {
      return explain(error)
    }
  }

  /// What ArgumentParser has to say: help that was asked for, or what it did not understand.
  private static func explain(_ error: any Error) -> ExitStatus {
    let text = fullMessage(for: error)
    if exitCode(for: error) == .success {
      try? output(text + "\n")
      return .success
    }
    tell(text.hasPrefix("Error: ") ? String(text.dropFirst(7)) : text)
    return .usage
  }
}

struct VersionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "version", abstract: "Says which version this is.")

  /// Semantic versioning; the one place where it is written.
  static let version = "0.1.0"

  func run() throws { try output("postern \(Self.version)\n") }
}
