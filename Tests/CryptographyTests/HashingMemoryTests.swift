import PosternTesting
import Testing

@testable import Cryptography

/// One after the other: the memory is one for the process, and other suites hash meanwhile with sizes of their own.
@Suite(.serialized) struct HashingMemoryTests {
  @Test func whatIsGivenBackIsTakenAgainAndOtherSizesAreNot() throws {
    let memory = HashingMemory.shared
    let first = try #require(memory.take(1 << 20 | 4_096))
    first[0] = 7
    memory.give(first, 1 << 20 | 4_096)
    let other = try #require(memory.take(1 << 20 | 8_192))
    #expect(other != first)
    let again = try #require(memory.take(1 << 20 | 4_096))
    #expect(again == first)
    memory.give(other, 1 << 20 | 8_192)
    memory.give(again, 1 << 20 | 4_096)
  }

  @Test func largeMemoryBeginsAtAHugePageAndIsAllThere() throws {
    let size = 5 << 20 | 8_192
    let blocks = try (0..<3).map { _ in try #require(HashingMemory.shared.take(size)) }
    for block in blocks {
      #expect(Int(bitPattern: block) % (2 << 20) == 0)
      block[0] = 1
      block[size - 1] = 1
    }
    for block in blocks { HashingMemory.shared.give(block, size) }
  }

  @Test func manyThreadsNeverShareABlock() throws {
    let size = 1 << 20 | 12_288
    let shared = concurrently(8) { thread in
      (0..<50).contains { round in
        guard let block = HashingMemory.shared.take(size) else { return true }
        defer { HashingMemory.shared.give(block, size) }
        let mark = UInt8(truncatingIfNeeded: thread &* 31 &+ round)
        for place in stride(from: 0, to: size, by: 4_096) { block[place] = mark }
        return stride(from: 0, to: size, by: 4_096).contains { block[$0] != mark }
      }
    }
    #expect(shared == Array(repeating: false, count: 8))
  }
}
