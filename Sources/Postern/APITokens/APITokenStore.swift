/// The port to where API tokens are kept. When a function returns, what it did has been committed, with its entry in
/// the audit log (whoever makes or removes a token is its owner, through `client`); when it throws anything but
/// `accountGone`, the outcome may be unknown.
package protocol APITokenStore: Sendable {
  /// Makes one. `nil` when the account has `most` that have not expired. Throws `accountGone` when the account is not
  /// there, is not active, or has another epoch than the token is made for: whoever races a ban or a password change
  /// must lose. Of the account's tokens that have expired, all but the `mostExpired` that were made last are deleted:
  /// tokens that live for a second could be made without end otherwise.
  func create(_ token: NewAPIToken, most: Int, mostExpired: Int, client: Client?) throws(StoreError) -> APIToken?
  /// By the SHA-256 of its text, whatever its time and epoch.
  func find(digest: [UInt8]) throws(StoreError) -> APIToken?
  /// The account's tokens of its present epoch, expired ones too, the newest first.
  func list(of account: AccountID) throws(StoreError) -> [APIToken]
  /// Removes one token of that account, and leaves a revocation for it. False when the account has no such token.
  func remove(_ id: APIToken.ID, of account: AccountID, client: Client?) throws(StoreError) -> Bool
  /// Writes down that these tokens have been used by now. Those that are not there are passed over.
  func noteUse(of tokens: [APIToken.ID]) throws(StoreError)
  /// Deletes, in steps, the tokens that expired before that moment and those of a past epoch of their account.
  func purge(expiredBefore moment: Instant) throws(StoreError)
}
