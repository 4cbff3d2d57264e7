import PosternTesting
import Synchronization
import Testing

@testable import Postern

@Suite struct AtomicTableTests {
  private func value(_ key: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: key ^ key >> 32) ^ 9 }

  @Test func whatIsNotThereIsNotFound() {
    let table = AtomicTable()
    #expect(table.value(for: 1) == nil)
    table.insert(1, value: 7, stamp: 0)
    #expect(table.value(for: 1) == 7)
    #expect(table.value(for: 2) == nil)
    #expect(table.count == 1)
  }

  @Test func theGreaterValueCounts() {
    let table = AtomicTable()
    for value in [3, 5, 4] as [UInt32] { table.insert(1, value: value, stamp: 0) }
    #expect(table.value(for: 1) == 5)
    #expect(table.count == 1)
  }

  @Test func theOddKeysAreKeysLikeOthers() {
    let table = AtomicTable()
    for key in [0, 1, .max - 1, 1 << 63] as [UInt64] { table.insert(key, value: value(key), stamp: 0) }
    for key in [0, 1, .max - 1, 1 << 63] as [UInt64] { #expect(table.value(for: key) == value(key)) }
    #expect(table.count == 4)
  }

  @Test func keysThatFallTogetherAreToldApart() {
    let table = AtomicTable()
    for key in 0..<1_000 as Range<UInt64> { table.insert(key << 44, value: value(key), stamp: 0) }
    for key in 0..<1_000 as Range<UInt64> { #expect(table.value(for: key << 44) == value(key)) }
    #expect(table.value(for: 1_000 << 44) == nil)
  }

  @Test func aPurgeForgetsWhatIsOlderAndNothingElse() {
    let table = AtomicTable()
    for key in 1...1_000 as ClosedRange<UInt64> { table.insert(key, value: UInt32(key), stamp: Int64(key)) }
    table.purge(before: 501)
    #expect(table.count == 500)
    for key in 1...1_000 as ClosedRange<UInt64> { #expect(table.value(for: key) == (key < 501 ? nil : UInt32(key))) }
    table.insert(501, value: 1, stamp: 10_000)
    table.insert(502, value: 1, stamp: 0)
    table.purge(before: 1_001)
    #expect(table.value(for: 501) == 501, "inserted again since, with the greater value")
    #expect(table.value(for: 502) == nil)
    table.purge(before: .max)
    #expect(table.count == 0)
    #expect(table.value(for: 501) == nil)
    table.insert(1, value: 1, stamp: 0)
    #expect(table.value(for: 1) == 1)
  }

  @Test(arguments: [0, 200_000]) func twoHundredThousandEntriesAreFound(_ reserved: Int) {
    let table = AtomicTable()
    table.insert(7, value: value(7), stamp: 0)
    table.reserve(reserved)
    for key in 0..<200_000 as Range<UInt64> { table.insert(key, value: value(key), stamp: 0) }
    #expect(table.count == 200_000)
    #expect((0..<200_000 as Range<UInt64>).allSatisfy { table.value(for: $0) == value($0) })
    #expect((200_000..<400_000 as Range<UInt64>).allSatisfy { table.value(for: $0) == nil })
  }

  /// While one thread inserts, and the table grows and is purged under them, readers find whatever was inserted before
  /// they asked, with its value.
  @Test func readersSeeEveryInsertThatHasReturned() {
    let table = AtomicTable()
    let last: UInt64 = 100_000
    let inserted = Atomic<UInt64>(0)
    let misses = concurrently(4) { number -> Int in
      if number == 0 {
        for key in 1...last {
          table.insert(key, value: value(key), stamp: key == 1 ? 0 : 1)
          inserted.store(key, ordering: .releasing)
          if key == last / 2 { table.purge(before: 1) }
        }
        return 0
      }
      var (misses, turn) = (0, UInt64(number))
      while true {
        let known = inserted.load(ordering: .acquiring)
        guard known < last else { return misses }
        guard known > 2 else { continue }
        turn = turn &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let key = 2 + (turn >> 33) % (known - 1)
        if table.value(for: key) != value(key) { misses += 1 }
        if table.value(for: key + last * 2) != nil { misses += 1 }
      }
    }
    #expect(misses == [0, 0, 0, 0])
    #expect(table.count == Int(last) - 1)
  }

  @Test func writersThatRaceLoseNothing() {
    let table = AtomicTable()
    _ = concurrently(8) { number in
      for key in 0..<2_000 as Range<UInt64> {
        table.insert(key * 8 + UInt64(number), value: UInt32(key), stamp: 0)
        table.insert(1 << 40, value: UInt32(key) * 8 + UInt32(number), stamp: 0)
      }
    }
    #expect(table.count == 16_001)
    #expect((0..<16_000 as Range<UInt64>).allSatisfy { table.value(for: $0) == UInt32($0 / 8) })
    #expect(table.value(for: 1 << 40) == 15_999)
  }
}
