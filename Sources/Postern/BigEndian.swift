extension FixedWidthInteger {
  /// Its bytes, the highest first.
  package var bigEndianBytes: [UInt8] {
    (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> Self(Self.bitWidth - 8 - 8 * $0)) }
  }
}
