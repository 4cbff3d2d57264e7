import Postern
import Testing

@testable import Command

@Suite struct KeyFileTests {
  private static let names = [
    "20261124T083000Z-EdDSA-kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k.pem",
    "20240229T235959Z-HS256-AAAA-BBBB.secret", "19700101T000000Z-ES256-a.assertion.pem",
    "20991231T000000Z-RS256--x_.configured", "20261124T083000Z-HS256-a.drop",
  ]

  @Test(arguments: names)
  func nameComesBack(name: String) throws {
    #expect(try #require(KeyFile(name)).name == name)
  }

  @Test func nameSaysWhenWhatAndForWhat() throws {
    let file = try #require(KeyFile("20261124T083000Z-EdDSA-kPrK_qm-x.pem"))
    #expect(file.made.iso8601 == "2026-11-24T08:30:00.000000")
    #expect(file.algorithm == .edDSA)
    #expect(file.id == "kPrK_qm-x")
    #expect(file.kind == .pair)
  }

  @Test(arguments: [
    "", "postern.db", "20261124T083000Z-EdDSA-x", "20261124T083000Z-EdDSA-x.pem~", "20261124T083000Z-EdDSA-.pem",
    "20261124T083000Z-eddsa-x.pem", "20261124T083000Z-HS512-x.secret", "20261324T083000Z-EdDSA-x.pem",
    "20260230T083000Z-EdDSA-x.pem", "20261124T083000-EdDSA-x.pem", "20261124 083000Z-EdDSA-x.pem",
    "2026112T4083000Z-EdDSA-x.pem", "+0261124T083000Z-EdDSA-x.pem", "20261124T083000Z-EdDSA-x.PEM",
  ])
  func anotherNameIsNoKey(name: String) {
    #expect(KeyFile(name) == nil)
  }

  @Test func theOldestComesFirst() {
    let files = KeyFileTests.names.compactMap { KeyFile($0) }
    #expect(files.sorted().map(\.id) == ["a", "AAAA-BBBB", "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", "a", "-x_"])
  }
}
