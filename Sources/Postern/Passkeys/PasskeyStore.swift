/// The port to passkeys. When a function returns, what it did has been committed, with its entry in the audit log and
/// its mail in the outbox; when it throws, the outcome may be unknown. Whoever adds or removes one keeps
/// `Account.hasSecondFactor` true to it in the same transaction.
package protocol PasskeyStore: Sendable {
  func find(credentialID: [UInt8]) throws(StoreError) -> Passkey?
  /// The account's, the first one first.
  func list(of account: AccountID) throws(StoreError) -> [Passkey]
}
