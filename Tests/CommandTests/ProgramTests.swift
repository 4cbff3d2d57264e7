import Glibc
import Testing

@testable import Command

/// The program as its users see it: exit status, standard output, standard error.
@Suite struct ProgramTests {
  private let directory: TemporaryDirectory
  private let environment: [String: String]

  init() throws {
    directory = try TemporaryDirectory()
    environment = sound(in: directory)
  }

  private func run(_ arguments: String..., input: String = "") throws -> ProgramRun {
    try ProgramRun(arguments, environment, input: input)
  }

  @Test func versionIsAResult() throws {
    let run = try run("version")
    #expect(run.status == 0)
    #expect(run.output == "postern \(VersionCommand.version)\n")
    #expect(run.messages == "")
  }

  @Test(arguments: [
    ["--help"], ["serve", "--help"], ["config", "--help"], ["config", "check", "--help"], ["config", "show", "--help"],
    ["user", "--help"], ["user", "add", "--help"], ["user", "list", "--help"], ["user", "password", "--help"],
    ["keys", "--help"], ["keys", "list", "--help"], ["keys", "rotate", "--help"],
    ["user", "role", "--help"], ["user", "disable", "--help"], ["user", "enable", "--help"],
    ["user", "remove", "--help"], ["version", "--help"],
  ])
  func everyCommandHasHelp(arguments: [String]) throws {
    let run = try ProgramRun(arguments, [:])
    #expect(run.status == 0)
    #expect(run.output.hasPrefix("OVERVIEW: "))
    #expect(run.messages == "")
  }

  @Test(arguments: [
    ["nonsense"], ["user", "add"], ["user", "add", "no address"], ["user", "add", "a@b", "password"],
  ])
  func commandLineThatIsNotUnderstoodIsUsage(arguments: [String]) throws {
    let run = try ProgramRun(arguments, environment)
    #expect(run.status == ExitStatus.usage.rawValue)
    #expect(run.output == "")
    #expect(run.messages.hasPrefix("postern: "))
  }

  @Test func mistakesInTheSettingsEndWithAStatusOfTheirOwn() throws {
    for arguments in [["config", "check"], ["user", "list"], ["serve"]] {
      let run = try ProgramRun(arguments, ["POSTERN_ENV_FILE": "", "POSTERN_LISTN": "x"])
      #expect(run.status == ExitStatus.configuration.rawValue)
      #expect(run.messages.contains("postern: POSTERN_LISTN (environment) is no setting"))
      #expect(run.messages.contains("postern: POSTERN_PUBLIC_URL is missing"))
    }
  }

  @Test func checkAndShowMakeNothing() throws {
    #expect(try run("config", "check").status == 0)
    let show = try run("config", "show")
    #expect(show.status == 0)
    #expect(show.output.contains("\nSECRET_KEY=****"))
    #expect(directory.names() == [])
  }

  @Test func accountIsMadeListedChangedAndRemoved() throws {
    let add = try run(
      "user", "add", "Ann@Example.com", "--role", "admin", "--first-name", "Ann", input: "correct horse\n")
    #expect(add.status == 0)
    #expect(add.messages == "postern: account 1 made for ann@example.com with the role admin\n")
    #expect(try run("user", "list").output.hasPrefix("1\tann@example.com\tadmin\tactive,verified\t20"))
    let list = try run("user", "list", "--json").output
    #expect(list.hasPrefix("[\n{\"id\":1,\"email\":\"ann@example.com\",\"role\":\"admin\",\"first_name\":\"Ann\","))
    #expect(try run("user", "role", "ann@example.com", "user").status == 0)
    #expect(try run("user", "list").output.hasPrefix("1\tann@example.com\tuser\t"))
    #expect(try run("user", "role", "ann@example.com", "--none").status == 0)
    #expect(try run("user", "list").output.hasPrefix("1\tann@example.com\t-\t"))
    #expect(try run("user", "role", "ann@example.com", "nobody").status == 1)
    #expect(try run("user", "role", "ann@example.com").status == 64)
    #expect(try run("user", "disable", "ann@example.com").status == 0)
    #expect(try run("user", "list").output.contains("\tdisabled,verified\t"))
    #expect(try run("user", "enable", "ANN@example.com").status == 0)
    #expect(try run("user", "list").output.contains("\tactive,verified\t"))
    #expect(try run("user", "password", "ann@example.com", input: "another horse").status == 0)
    #expect(try run("user", "remove", "ann@example.com").status == 0)
    #expect(try run("user", "list").output == "")
    #expect(try run("user", "list", "--json").output == "[]\n")
  }

  @Test func hashOfAnotherProgramIsTakenFromStandardInput() throws {
    func add(_ hash: String) throws -> ProgramRun {
      try run("user", "add", "ann@example.com", "--password-hash", input: hash + "\n")
    }
    for hash in ["", "correct horse", "$2b$04$short", "rqXexS6ZhobKA"] {
      let refused = try add(hash)
      #expect(refused.status == 1)
      let sentence = "postern: the password hash for ann@example.com is of none of the kinds that are taken: Argon2id"
      #expect(refused.messages.hasPrefix(sentence))
      for kind in ["scrypt:", "pbkdf2:", "$2b$", "$6$", "$y$", "$apr1$", "{SHA}"] {
        #expect(refused.messages.contains(kind))
      }
    }
    let costly = try add("$2b$31$g4bQ3jtSk1dyFq6em1DJFOsxZ.N4SZsdTTeu12NeS/MNqjEt7vDhu")
    #expect(costly.status == 1)
    #expect(costly.messages.hasSuffix("takes too long, or too much memory, to verify: $2b$31\n"))
    #expect(try run("user", "list").output == "")
    #expect(
      try run("user", "add", "ann@example.com", "--password-hash", "{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE=").status == 64)
    #expect(try add("{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE=").status == 0)
    #expect(try run("user", "list").output.hasPrefix("1\tann@example.com\t"))
  }

  @Test func accountThatCannotBeMadeIsAFailureWithASentence() throws {
    #expect(try run("user", "add", "a@example.com", "--unverified", input: "correct horse\n").status == 0)
    #expect(try run("user", "list").output.contains("\t-\tactive,unverified\t"))
    for (arguments, input, sentence) in [
      (["a@example.com"], "correct horse\n", "there is an account for that address already"),
      (
        ["b@example.com", "--role", "emperor"], "correct horse\n", "there is no role “emperor”; there are: admin, user"
      ),
      (["b@example.com"], "", "Password must be at least 8 characters"),
      (["b@example.com"], "short\ncorrect horse\n", "Password must be at least 8 characters"),
    ] {
      let run = try ProgramRun(["user", "add"] + arguments, environment, input: input)
      #expect(run.status == ExitStatus.failure.rawValue)
      #expect(run.messages == "postern: \(sentence)\n")
    }
    for command in ["password", "disable", "enable", "remove"] {
      let run = try run("user", command, "nobody@example.com", input: "correct horse\n")
      #expect(run.status == ExitStatus.failure.rawValue)
      #expect(run.messages == "postern: there is no account for nobody@example.com\n")
    }
  }

  @Test func processesThatStartTogetherEndWithTheSameSecrets() throws {
    let programs = try (0..<6).map { index in
      try RunningProgram(
        ["user", "list"], environment, input: STDIN_FILENO, outputPath: "/dev/null",
        messagesPath: "\(directory.path)/messages\(index)")
    }
    for (index, program) in programs.enumerated() {
      let status = try program.waitForEnd()
      let messages = try directory.read("messages\(index)")
      #expect(status == 0, "\(messages)")
    }
    let secret = try SecretFile.secretKey.read(in: directory.path + "/data")
    #expect(secret?.count == 64)
    #expect(secret != (try SecretFile.jwtSecretKey.read(in: directory.path + "/data")))
  }

  @Test(.enabled(if: geteuid() == 0, "needs root to give a directory away"))
  func rootWorksAsTheUserThatTheDataBelongsTo() throws {
    let data = directory.path + "/data"
    chmod(directory.path, 0o711)
    mkdir(data, 0o700)
    chown(data, 65_534, 65_534)
    #expect(try run("user", "add", "a@example.com", input: "correct horse\n").status == 0)
    for name in ["secret_key", "jwt_secret_key", "postern.db"] {
      var status = stat()
      #expect(stat("\(data)/\(name)", &status) == 0)
      #expect(status.st_uid == 65_534, "\(name)")
    }
  }

  @Test func whatIsMadeIsItsOwnersAlone() throws {
    #expect(try run("user", "add", "a@example.com", input: "correct horse\n").status == 0)
    for name in ["", "/secret_key", "/jwt_secret_key", "/postern.db"] {
      var status = stat()
      #expect(stat(directory.path + "/data" + name, &status) == 0)
      #expect(status.st_mode & 0o077 == 0, "\(name)")
    }
  }
}
