import HTTP
import Testing

@Suite struct BytesTests {
  private func isEqual(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Bool {
    left.withUnsafeBufferPointer { left in right.withUnsafeBufferPointer { left.isEqual(to: $0) } }
  }

  /// Every length around the eight bytes that are compared at once, from every start within a word.
  @Test func oneByteMakesTheDifferenceWhereverItStands() {
    let bytes = (0..<40).map { UInt8($0) }
    for start in 0..<8 {
      for count in 0...26 {
        let part = bytes[start..<start + count]
        #expect(isEqual(part, Array(part)[...]))
        for place in 0..<count {
          var other = Array(part)
          other[place] ^= 0x80
          #expect(!isEqual(part, other[...]), "\(start) \(count) \(place)")
        }
        #expect(!isEqual(part, bytes[start..<start + count + 1]))
        #expect(!isEqual(bytes[start..<start + count + 1], part))
      }
    }
  }

  @Test func nothingIsEqualToNothing() {
    let nothing = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    #expect(nothing.isEqual(to: nothing))
    withBytes("a") { #expect(!nothing.isEqual(to: $0)) }
    withBytes("a") { #expect(!$0.isEqual(to: nothing)) }
  }

  @Test func everyByteCountsInConstantTime() {
    let bytes: [UInt8] = Array(0..<40)
    #expect(bytes.isEqualInConstantTime(to: bytes))
    for index in bytes.indices {
      for bit in 0..<8 {
        var other = bytes
        other[index] ^= 1 << bit
        #expect(!bytes.isEqualInConstantTime(to: other))
      }
    }
    #expect(!bytes.isEqualInConstantTime(to: bytes.dropLast()))
    #expect(([] as [UInt8]).isEqualInConstantTime(to: []))
  }
}
