/// The port for password hashes. Each call takes tens of milliseconds and the configured memory.
package protocol PasswordHasher: Sendable {
  /// A PHC string with a fresh salt. Throws `unavailable` when the memory cannot be had.
  func hash(_ password: String) throws(StoreError) -> String
  /// False for a hash that cannot be read, too. Throws `unavailable` when the memory cannot be had.
  func verify(_ password: String, against hash: String) throws(StoreError) -> Bool
  /// A hash that no password matches, as costly to check as the ones that `hash` makes. Costs nothing itself.
  func decoy() -> String
  /// Whether the hash was made with other parameters than the ones in force.
  func needsRehash(_ hash: String) -> Bool
}
