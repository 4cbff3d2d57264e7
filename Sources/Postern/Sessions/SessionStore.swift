/// The port to where sessions are kept. When a function returns, what it did has been committed, with its entries in
/// the audit log; when it throws, the outcome may be unknown.
package protocol SessionStore: Sendable {
  /// Begins a session at generation 1. Throws `accountGone` when the account is not there, is not active, or has
  /// another epoch than the session was made for: a login that races a ban or a password change must lose; and for a
  /// continuation, when there is nothing to continue: it races a sign-out.
  /// `replacing` ends that session in the same transaction, `endingOthers` every other of the account; of any number of
  /// logins that race with the latter, one session is left. Where it was not said whether the session outlives the
  /// browser's, it does as the replaced one did, if that is the same account's. Returns also which sessions that has
  /// ended.
  func create(
    _ session: NewSession, replacing: SessionID?, endingOthers: Bool
  ) throws(StoreError) -> (session: Session, ended: [SessionID])
  func find(_ id: SessionID) throws(StoreError) -> Session?
  /// The account's sessions that have not been ended, the last active ones first; at most `limit`.
  func list(of account: AccountID, limit: Int) throws(StoreError) -> [Session]
  /// Raises the generation by one if it is still `generation` and the session is not revoked: one statement, so that
  /// exactly one of any number of racing callers gets the session back, and the others `nil`.
  func rotate(_ id: SessionID, from generation: Int64) throws(StoreError) -> Session?
  /// Ends one session. True when it was alive.
  func revoke(_ id: SessionID, _ end: SessionEnd, client: Client?) throws(StoreError) -> Bool
  /// Ends every session of the account but one. Returns those that were alive.
  func revokeOthers(
    of account: AccountID, except: SessionID, _ end: SessionEnd, client: Client?
  ) throws(StoreError) -> [SessionID]
  /// Writes down that these sessions have been used by now. Those that have been ended, or are not there, are passed
  /// over.
  func noteActivity(of sessions: [SessionID]) throws(StoreError)
  /// Deletes, in steps, the sessions that were last active before that moment, ended or not. The moment has to be so
  /// early that no token of theirs is good any more: nothing is written to the log of revocations.
  func purge(before: Instant) throws(StoreError)
}
