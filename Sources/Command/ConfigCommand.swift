import ArgumentParser

struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Checks and shows the settings.",
    subcommands: [Check.self, Show.self, Reference.self])

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Names everything that is wrong with the settings.",
      discussion: """
        Reads the environment and the .env file as `serve` does, and changes nothing. Mistakes and warnings go to \
        standard error.

        \(ExitStatus.explanation)
        """)

    func run() throws {
      let configuration = try Configuration.forReading()
      for warning in configuration.warnings { tell("warning: \(warning)") }
      try configuration.stopOnMistakes()
      tell("the settings are sound")
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints the settings in force and where each came from.",
      discussion: """
        One line for each: key, value, and where it came from. Secrets are masked. Settings that this version does not \
        act on are printed where they were set.

        \(ExitStatus.explanation)
        """)

    func run() throws {
      let configuration = try Configuration.forReading()
      try output(configuration.table())
      for warning in configuration.warnings { tell("warning: \(warning)") }
      try configuration.stopOnMistakes()
    }
  }

  struct Reference: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints the documentation of every setting.", shouldDisplay: false)

    @Option(help: "What to print: docs/settings.md, or .env.example.")
    var format: ReferenceFormat

    func run() throws { try output(format.text) }
  }
}

extension ReferenceFormat: ExpressibleByArgument {}
