/// What a store can answer instead of a result. Constraint violations are told by the database's codes.
package enum StoreError: Error, Equatable {
  case emailTaken
  /// With the names of the roles that there are.
  case unknownRole(String, known: [String])
  case accountGone
  /// The storage cannot be asked now, and why: locked for too long, full, read-only, unreachable. Nothing was written.
  case unavailable(String)
  /// The same, and it is not known whether what was to be written is there.
  case unconfirmed(String)
  /// The storage is there and broken or of a newer schema; the text says what to do.
  case unusable(String)
}
