import Glibc

extension UnsafeBufferPointer<UInt8> {
  /// Whether both hold the same bytes.
  package func isEqual(to other: UnsafeBufferPointer<UInt8>) -> Bool {
    count == other.count && (count == 0 || memcmp(baseAddress!, other.baseAddress!, count) == 0)
  }

  /// Whether a slice holds the same bytes.
  package func isEqual(to other: ArraySlice<UInt8>) -> Bool { other.withUnsafeBufferPointer { isEqual(to: $0) } }

  /// The first place of a byte at or after `start`, or `count`.
  func index(of byte: UInt8, from start: Int) -> Int {
    guard start < count, let found = memchr(baseAddress! + start, Int32(byte), count - start) else { return count }
    return UnsafeRawPointer(baseAddress!).distance(to: UnsafeRawPointer(found))
  }
}

extension [UInt8] {
  /// Whether both hold the same bytes; the time taken depends on their numbers alone.
  package func isEqualInConstantTime(to other: [UInt8]) -> Bool {
    guard count == other.count else { return false }
    return zip(self, other).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
