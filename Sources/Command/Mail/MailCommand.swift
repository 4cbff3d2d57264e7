import ArgumentParser

struct MailCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mail", abstract: "Tries out how mail is sent, and lists what waits.",
    subcommands: [MailTest.self, MailList.self])
}
