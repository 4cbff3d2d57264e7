import Cryptography
import Postern
import Testing

@testable import Command

/// `postern keys` as its users see it.
@Suite struct KeysProgramTests {
  private let directory: TemporaryDirectory
  private let environment: [String: String]

  init() throws {
    directory = try TemporaryDirectory()
    environment = sound(in: directory)
  }

  private func run(_ arguments: String..., with more: [String: String] = [:]) throws -> ProgramRun {
    try ProgramRun(["keys"] + arguments, environment.merging(more) { $1 })
  }

  @Test func secretsAreListedWithoutWhatIsSecret() throws {
    let list = try run("list")
    #expect(list.status == 0)
    #expect(list.output == "jwt_secret_key\tHS256\ttokens\t-\tsigns\n")
    let rotate = try run("rotate")
    #expect(rotate.status == 0)
    #expect(rotate.messages.hasPrefix("postern: key "))
    let lines = try run("list").output.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines[0].contains("\tverifies until 20"))
    #expect(lines[1].hasSuffix("\tsigns"))
    let secret = try directory.read("data/jwt_secret_key").dropLast()
    #expect(!lines.joined().contains(secret))
  }

  @Test(arguments: ["RS256", "ES256", "EdDSA"])
  func keyPairsAreRotatedAndDropped(algorithm: String) throws {
    let settings = ["JWT_ALGORITHM": algorithm]
    #expect(try run("list", with: settings).output == "")
    #expect(try run("rotate", with: settings).status == 0)
    #expect(try run("rotate", with: settings).status == 0)
    let list = try run("list", "--json", with: settings).output
    #expect(list.hasPrefix("[\n{\"name\":\""))
    #expect(list.contains(#""algorithm":"\#(algorithm)","purpose":"tokens","made":"20"#))
    #expect(list.contains(#""signs":true,"verifies_until":null,"state":"signs","set_by_configuration":false}"#))
    let drop = try run("rotate", "--drop-previous", with: settings)
    #expect(drop.status == 0)
    #expect(drop.messages.contains("everybody has to sign in again"))
    #expect(drop.messages.contains("dead key"))
    #expect(try run("list", with: settings).output.split(separator: "\n").count == 1)
  }

  @Test func aConfiguredKeyIsListedAsSuchAndRefusesRotation() throws {
    let key = PrivateKey(for: .edDSA)
    let path = try directory.write("key.pem", key.pem)
    for text in [key.pem, path, key.pem.replacing("\n", with: "\\n")] {
      let settings = ["JWT_ALGORITHM": "EdDSA", "JWT_PRIVATE_KEY": text]
      #expect(
        try run("list", with: settings).output.hasSuffix(
          "\(key.publicKey.id)\tEdDSA\ttokens\t-\tsigns, set by configuration\n"))
    }
    let secret = String(repeating: "0123456789abcdef", count: 3)
    #expect(
      try run("list", with: ["JWT_ALGORITHM": "EdDSA", "JWT_SECRET_KEY": secret]).output == "",
      "it has signed nothing")
    #expect(
      try run("list", with: ["JWT_SECRET_KEY": secret]).output
        == "JWT_SECRET_KEY\tHS256\ttokens\t-\tsigns, set by configuration\n")
    let rotate = try run("rotate", with: ["JWT_ALGORITHM": "EdDSA", "JWT_PRIVATE_KEY": path])
    #expect(rotate.status == ExitStatus.failure.rawValue)
    #expect(rotate.messages.hasPrefix("postern: JWT_PRIVATE_KEY is set by configuration: "))
  }

  @Test func keysThatCannotBeAreMistakes() throws {
    let pair = PrivateKey(for: .es256)
    let open = try directory.write("open.pem", pair.pem, mode: 0o644)
    for (settings, sentence) in [
      (["JWT_ALGORITHM": "HS512"], "accepted is HS256, RS256, ES256 or EdDSA"),
      (["JWT_ALGORITHM": "EdDSA", "JWT_PRIVATE_KEY": pair.pem], "JWT_PRIVATE_KEY is a key for ES256"),
      (["JWT_ALGORITHM": "ES256", "JWT_PRIVATE_KEY": "nonsense"], "JWT_PRIVATE_KEY is no key in PEM"),
      (["JWT_ALGORITHM": "ES256", "JWT_PRIVATE_KEY": pair.publicKey.pem], "JWT_PRIVATE_KEY is no key in PEM"),
      (["JWT_ALGORITHM": "ES256", "JWT_PRIVATE_KEY": "/nowhere/key.pem"], "JWT_PRIVATE_KEY: open /nowhere/key.pem"),
      (["JWT_ALGORITHM": "ES256", "JWT_PRIVATE_KEY": open], "everybody can read"),
      (["JWT_PUBLIC_KEY": pair.pem], "JWT_PUBLIC_KEY is no key in PEM"),
    ] {
      let check = try ProgramRun(["config", "check"], environment.merging(settings) { $1 })
      #expect(check.status == ExitStatus.configuration.rawValue)
      #expect(check.messages.contains(sentence), "\(check.messages)")
      #expect(!check.messages.contains("PRIVATE KEY-----"))
    }
    let unused = try ProgramRun(["config", "check"], environment.merging(["JWT_PRIVATE_KEY": pair.pem]) { $1 })
    #expect(unused.status == 0)
    #expect(unused.messages.contains("JWT_PRIVATE_KEY is not used"))
    let show = try ProgramRun(["config", "show"], environment.merging(["JWT_PRIVATE_KEY": pair.pem]) { $1 })
    #expect(show.output.contains("JWT_PRIVATE_KEY=****"))
  }
}
