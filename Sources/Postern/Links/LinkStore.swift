/// The port to mailed links. When a function returns, what it did has been committed; when it throws, the outcome may
/// be unknown. What a link does to an account, it does through `AccountStore`, in the transaction that uses it up.
package protocol LinkStore: Sendable {
  /// As it is kept, whatever has become of it; `nil` when there is none.
  func find(_ id: LinkID) throws(StoreError) -> Link?
  /// The last one that was made for that purpose and account, while it can be used.
  func latest(_ purpose: Link.Purpose, of account: AccountID) throws(StoreError) -> Link?
  /// Puts a mail into the outbox, with its link and an entry of the audit log, in one transaction. Where there is
  /// nobody to write to, `mail` is `nil` and the entry takes as long to write.
  func post(_ mail: Mail?, about account: AccountID?, _ event: AuditEvent) throws(StoreError)
  /// Deletes, in steps, the links that expired before that moment.
  func purge(expiredBefore: Instant) throws(StoreError)
}
