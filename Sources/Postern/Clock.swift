/// The port through which everything asks the time, so that tests can set it.
package protocol Clock: Sendable {
  /// Wall-clock time; it may step in either direction.
  func now() -> Instant
  /// Time since an unspecified moment before the start; it never goes back.
  func monotonic() -> Duration
}
