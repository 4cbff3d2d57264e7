import Glibc
import Testing

@testable import API

@Suite struct ReadmeTests {
  /// The checkout that this file is compiled from.
  private static let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

  @Test func everyRouteIsInATableOfTheReadme() throws {
    let rows = try rowsOfTheReadme()
    for route in routes {
      let path = route.path.dropFirst().split(separator: "*")[0]
      let isPlain = route.method == .any || route.place == .pages && route.method == .get
      let words = "`\(isPlain ? "" : route.method.rawValue + " ")\(path)"
      #expect(rows.contains { $0.contains(words) }, "\(words)")
    }
  }

  private func rowsOfTheReadme() throws -> [Substring] {
    let file = try #require(fopen("\(Self.root)/README.md", "r"))
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 17)
    bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").filter { $0.hasPrefix("| `") }
  }
}
