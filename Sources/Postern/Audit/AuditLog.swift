/// The port to the audit log. Events are written by the stores, each in the transaction that makes it so.
package protocol AuditLog: Sendable {
  /// What the account has done and what was done to it, the newest first: at most `limit`, behind the first `offset`.
  func list(of account: AccountID, limit: Int, offset: Int) throws(StoreError) -> [AuditEntry]
  /// Deletes, in steps, what was written before that moment.
  func purge(before: Instant) throws(StoreError)
}
