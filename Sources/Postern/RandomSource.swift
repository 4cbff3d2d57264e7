/// The port for unpredictable bytes.
package protocol RandomSource: Sendable {
  /// `count` bytes fit for keys and identifiers.
  func bytes(_ count: Int) -> [UInt8]
}
