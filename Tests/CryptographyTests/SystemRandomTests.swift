import Cryptography
import Testing

@Suite struct SystemRandomTests {
  @Test(arguments: [0, 1, 16, 4096])
  func asManyBytesComeAsAskedFor(count: Int) {
    #expect(SystemRandom().bytes(count).count == count)
  }

  @Test func noSixteenBytesComeTwice() {
    #expect(Set((0..<10_000).map { _ in SystemRandom().bytes(16) }).count == 10_000)
  }

  @Test func everyBitIsSetAboutHalfTheTime() {
    let words = SystemRandom().bytes(80_000)
    for bit in 0..<8 {
      let count = words.count { $0 & 1 << bit != 0 }
      // Ten standard deviations.
      #expect((40_000 - 1_415...40_000 + 1_415).contains(count))
    }
  }
}
