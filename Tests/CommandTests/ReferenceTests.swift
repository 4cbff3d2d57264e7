import Postern
import Testing

@testable import Command

@Suite struct ReferenceTests {
  /// The checkout that this file is compiled from.
  private static let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

  @Test(arguments: [(ReferenceFormat.markdown, "docs/settings.md"), (.env, ".env.example")])
  func committedReferenceIsWhatTheTableGives(format: ReferenceFormat, path: String) throws {
    let committed = try contents(of: "\(Self.root)/\(path)")
    #expect(committed == format.text, "make it anew: postern config reference --format \(format) > \(path)")
  }

  @Test func exampleIsSoundAsItIs() throws {
    let result = try configuration([:], file: ReferenceFormat.env.text)
    #expect(result.mistakes == [])
  }

  @Test func exampleGivesTheDefaultsWhereItsLinesAreTaken() throws {
    let lines = ReferenceFormat.env.text.split(separator: "\n").map { line in
      line.hasPrefix("# ") && line.dropFirst(2).prefix { $0 == "_" || $0.isUppercase || $0.isNumber }.count > 3
        && !line.hasSuffix("=") && line.contains("=") ? line.dropFirst(2) : line
    }
    let result = try configuration([:], file: lines.joined(separator: "\n"))
    #expect(result.mistakes == [])
    #expect(result.settings.apiPrefix == Settings().apiPrefix)
    #expect(result.settings.accessLifetime == Settings().accessLifetime)
    #expect(result.source(of: "POSTERN_SOCKET_MODE") != .standard)
  }

  @Test func documentationNamesEverySetting() {
    let text = ReferenceFormat.markdown.text
    for setting in Setting.all { #expect(text.contains("\n| `\(setting.key)` | ")) }
  }
}
