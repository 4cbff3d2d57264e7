/// The port to the log of revocations, our own writes and those of other processes alike.
package protocol RevocationLog: Sendable {
  /// How many entries were written after `since`.
  func count(since: Instant) throws(StoreError) -> Int
  /// Every entry behind `position` that was written after `since`, in order, through `body`. Cheap when nothing has
  /// been written since the last call.
  func read(after position: Int64, since: Instant, _ body: (Revocation) -> Void) throws(StoreError)
  /// Deletes what was written before that moment.
  func purge(before: Instant) throws(StoreError)
}
