import Glibc
import Postern
import Testing

@testable import Command

/// Settings read in surroundings of the test's own; nothing of the machine's gets in.
func configuration(
  _ environment: [String: String], file: String? = nil, in directory: TemporaryDirectory? = nil, user: uid_t = geteuid()
) throws -> Configuration {
  let directory = try directory ?? TemporaryDirectory()
  if let file { try directory.write(".env", file) }
  return withExtendedLifetime(directory) {
    Configuration(
      Surroundings(
        environment: environment, workingDirectory: directory.path, user: user,
        systemFile: directory.path + "/system.env"))
  }
}

/// Enough for a start without a mistake or a warning.
let sound = ["POSTERN_PUBLIC_URL": "https://www.example.com", "POSTERN_REGISTRATION": "closed"]

func sound(with more: [String: String]) -> [String: String] { sound.merging(more) { $1 } }

/// Those of a program whose data is in that directory, with hashes that cost next to nothing.
func sound(in directory: TemporaryDirectory) -> [String: String] {
  sound(with: [
    "POSTERN_DATA_DIR": directory.path + "/data", "POSTERN_ENV_FILE": "", "POSTERN_DEV": "True",
    "POSTERN_ARGON2_MEMORY": "8", "POSTERN_ARGON2_PASSES": "1",
  ])
}

@Suite struct ConfigurationTests {
  @Test func publicURLIsAllThatIsRequired() throws {
    let result = try configuration(["POSTERN_PUBLIC_URL": "https://www.example.com/"])
    #expect(result.mistakes == [])
    #expect(result.settings.publicURL == "https://www.example.com")
    #expect(try configuration([:]).mistakes.map { $0.prefix(29) } == ["POSTERN_PUBLIC_URL is missing"])
  }

  @Test func environmentGoesBeforeTheFile() throws {
    let result = try configuration(
      sound(with: ["JWT_HEADER_TYPE": "Env"]), file: "JWT_HEADER_TYPE=File\nJWT_HEADER_NAME=X-File\n")
    #expect(result.settings.headerType == "Env")
    #expect(result.settings.headerName == "X-File")
    #expect(result.source(of: "JWT_HEADER_TYPE") == .environment)
    #expect(result.from("JWT_HEADER_NAME").hasSuffix("/.env, line 2"))
    #expect(result.source(of: "POSTERN_WORKERS") == .standard)
  }

  @Test func namedFileIsReadInsteadOfTheOneThatLiesThere() throws {
    let directory = try TemporaryDirectory()
    let named = try directory.write("named.env", "JWT_HEADER_TYPE=Named\n", mode: 0o666)
    let result = try configuration(
      sound(with: ["POSTERN_ENV_FILE": named]), file: "JWT_HEADER_TYPE=Lying\n", in: directory)
    #expect(result.settings.headerType == "Named")
    #expect(result.mistakes == [])
  }

  @Test func systemsFileIsReadWhereThereIsNoOther() throws {
    let directory = try TemporaryDirectory()
    try directory.write("system.env", "JWT_HEADER_TYPE=System\n")
    #expect(try configuration(sound, in: directory).settings.headerType == "System")
    #expect(
      try configuration(sound(with: ["POSTERN_ENV_FILE": ""]), in: directory).settings.headerType == "Bearer")
  }

  @Test func namedFileThatIsMissingIsAMistake() throws {
    let result = try configuration(sound(with: ["POSTERN_ENV_FILE": "/nonexistent/.env"]))
    #expect(result.mistakes.count == 1)
    #expect(result.mistakes.first?.contains("there is no such file") == true)
  }

  @Test func fileThatTheReadersOwnGroupCanWriteIsRead() throws {
    let directory = try TemporaryDirectory()
    try directory.write(".env", "JWT_HEADER_TYPE=Mine\n", mode: 0o660)
    #expect(try configuration(sound, in: directory).settings.headerType == "Mine")
  }

  @Test(.enabled(if: geteuid() == 0, "needs root to give a file to another group"))
  func fileThatAnotherGroupCanWriteIsNotRead() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write(".env", "JWT_HEADER_TYPE=Evil\n")
    chown(file, 0, 65_534)
    chmod(file, 0o620)
    #expect(try configuration(sound, in: directory).settings.headerType == "Bearer")
  }

  @Test(arguments: [0o602, 0o666] as [mode_t])
  func fileInTheWorkingDirectoryThatOthersCanWriteIsNotRead(mode: mode_t) throws {
    let directory = try TemporaryDirectory()
    try directory.write(".env", "JWT_HEADER_TYPE=Evil\n", mode: mode)
    let result = try configuration(sound, in: directory)
    #expect(result.settings.headerType == "Bearer")
    #expect(result.mistakes.first?.contains("could have been written by others") == true)
  }

  @Test(.enabled(if: geteuid() == 0, "needs root to give a file away"))
  func fileOfAnotherUserIsNotRead() throws {
    let directory = try TemporaryDirectory()
    chown(try directory.write(".env", "JWT_HEADER_TYPE=Evil\n"), 65_534, 65_534)
    let result = try configuration(sound, in: directory)
    #expect(result.settings.headerType == "Bearer")
    #expect(!result.mistakes.isEmpty)
  }

  @Test func secretInAFileThatEverybodyReadsIsWarnedOf() throws {
    let directory = try TemporaryDirectory()
    try directory.write(".env", "SECRET_KEY=0123456789abcdef0123456789abcdef\n", mode: 0o644)
    #expect(try configuration(sound, in: directory).warnings.contains { $0.contains("everybody can read it") })
  }

  @Test func allMistakesAreNamedAtOnce() throws {
    let result = try configuration(
      [
        "POSTERN_PUBLIC_URL": "www.example.com", "JWT_COOKIE_SAMESITE": "Sometimes", "POSTERN_REGISTRTION": "closed",
        "SECRET_KEY": "short", "JWT_ALGORITHM": "none",
      ],
      file: "AUTHSVC_TOKEN_DELIVERY=pigeon\nbroken line\nMAIL_PORT=0\n")
    let named = [
      "POSTERN_PUBLIC_URL", "JWT_COOKIE_SAMESITE", "POSTERN_REGISTRTION", "SECRET_KEY", "JWT_ALGORITHM",
      "AUTHSVC_TOKEN_DELIVERY", "line 2", "MAIL_PORT",
    ]
    #expect(result.mistakes.count == named.count)
    for name in named { #expect(result.mistakes.filter { $0.contains(name) }.count == 1, "\(name)") }
  }

  @Test func badValueIsNamedWithKeyPlaceAndWhatIsAccepted() throws {
    let result = try configuration(sound, file: "\nJWT_COOKIE_SAMESITE=Sometimes\n")
    let mistake = try #require(result.mistakes.first)
    #expect(mistake.hasPrefix("JWT_COOKIE_SAMESITE is “Sometimes” (/tmp/"))
    #expect(mistake.hasSuffix("/.env, line 2): accepted is Strict, Lax or None"))
  }

  @Test func unknownKeyIsNamedWithTheNearestOne() throws {
    let result = try configuration(sound(with: ["POSTERN_LISTN": "x", "HOME": "/", "MAILX": "y"]))
    #expect(result.mistakes == ["POSTERN_LISTN (environment) is no setting; the nearest is POSTERN_LISTEN"])
  }

  @Test func keyWithoutAValueIsAMistake() throws {
    #expect(try configuration(sound, file: "POSTERN_DEV\nOTHER\n").mistakes.count == 1)
  }

  @Test func keyGivenTwiceIsWarnedOfAndTheLastCounts() throws {
    let result = try configuration(sound, file: "JWT_HEADER_TYPE=A\nJWT_HEADER_TYPE=B\n")
    #expect(result.settings.headerType == "B")
    #expect(result.warnings.count == 1)
  }

  @Test func fileCannotNameAnotherFile() throws {
    #expect(try configuration(sound, file: "POSTERN_ENV_FILE=/other\n").warnings.count == 1)
  }

  @Test func mistakesShowNoSecretAndNoPasswordInAnAddress() throws {
    let result = try configuration(
      sound(with: [
        "SECRET_KEY": "hunter2", "JWT_SECRET_KEY": "", "SQLALCHEMY_DATABASE_URI": "postgresql://u:hunter2@h/db",
        "MAIL_PASSWORD": "",
      ]))
    #expect(result.mistakes.count == 3)
    #expect(!result.mistakes.joined().contains("hunter2"))
  }

  @Test func mistakesStayOnOneLine() throws {
    let result = try configuration(sound(with: ["JWT_COOKIE_SAMESITE": "a\r\nb\u{1B}[2J\u{2028}"]))
    #expect(result.mistakes.first?.contains("“a\\r\\nb\\u001b[2J\\u2028”") == true)
  }

  @Test func settingWithoutEffectIsWarnedOf() throws {
    let result = try configuration(sound(with: ["CACHE_TYPE": "RedisCache", "OIDC_X_CLIENT_ID": "1"]))
    #expect(result.mistakes == [])
    #expect(
      result.warnings.sorted() == [
        "CACHE_TYPE (environment) changes nothing in this version: what is asked often is kept in memory, and always "
          + "current",
        "OIDC_X_CLIENT_ID (environment) changes nothing in this version: people sign in with a password only",
      ])
  }

  @Test func settingThatSaysWhatHappensAnywayIsNotWarnedOf() throws {
    let result = try configuration(
      sound(with: ["JWT_BLACKLIST_ENABLED": "True", "JWT_CSRF_METHODS": "['POST', 'PUT', 'PATCH', 'DELETE']"]))
    #expect(result.warnings == [])
  }

  @Test func directoriesAreTheSystemsForRootAndTheUsersOwnElse() throws {
    let root = try configuration(sound, user: 0).settings
    #expect(root.dataDirectory == "/var/lib/postern")
    #expect(root.databasePath == "/var/lib/postern/postern.db")
    #expect(root.listen == ["unix:/run/postern/postern.sock"])
    let user = try configuration(sound(with: ["HOME": "/home/ann"]), user: 1_000).settings
    #expect(user.dataDirectory == "/home/ann/.local/share/postern")
    #expect(user.listen == ["unix:/home/ann/.local/share/postern/postern.sock"])
    #expect(
      try configuration(sound(with: ["XDG_DATA_HOME": "/data"]), user: 1_000).settings.dataDirectory == "/data/postern")
  }

  @Test func relativeDatabaseIsInTheDataDirectory() throws {
    let settings = try configuration(
      sound(with: ["POSTERN_DATA_DIR": "/data", "SQLALCHEMY_DATABASE_URI": "sqlite:///app.db"])
    ).settings
    #expect(settings.databasePath == "/data/app.db")
  }

  @Test func tableNamesSourcesAndMasksSecrets() throws {
    let table = try configuration(
      sound(with: ["SECRET_KEY": "0123456789abcdef0123456789abcdef", "CACHE_REDIS_URL": "redis://u:hunter2@h/0"])
    ).table()
    #expect(table.contains("\nSECRET_KEY=****"))
    #expect(table.contains("\nCACHE_REDIS_URL=redis://****@h/0"))
    #expect(!table.contains("hunter2") && !table.contains("0123456789abcdef"))
    #expect(
      table.split(separator: "\n").first { $0.hasPrefix("POSTERN_PUBLIC_URL") }?.hasSuffix("# environment") == true)
    #expect(table.split(separator: "\n").allSatisfy { $0.contains("  # ") })
  }
}
