/// The port to where accounts are kept. When a function returns, what it did has been committed, with its entry in the
/// audit log; when it throws anything but `emailTaken` or `unknownRole`, the outcome may be unknown.
package protocol AccountStore: Sendable {
  /// Makes an account, and puts a mail about it into the outbox. Where a client is named, the person has registered
  /// themself, and the audit log says so. Throws `emailTaken` when the address has an account, `unknownRole` when the
  /// role does not exist.
  func create(_ account: NewAccount, mailing: Mail?, client: Client?) throws(StoreError) -> Account
  func find(_ id: AccountID) throws(StoreError) -> Account?
  func find(_ email: EmailAddress) throws(StoreError) -> Account?
  /// By id, ascending, those after `after`; at most `limit`.
  func list(after: AccountID?, limit: Int) throws(StoreError) -> [Account]
  /// Puts `new` in the place of `old`, and ends nothing: the same password under other parameters. Does nothing when
  /// the hash is not `old` any more.
  func rehash(_ id: AccountID, from old: String, to new: String) throws(StoreError)
  /// Hashes of other kinds than Argon2id, those of the newest accounts first; at most `limit`.
  func foreignHashes(limit: Int) throws(StoreError) -> [String]
  /// Changes fields of the profile and leaves the others as they are, whoever changes them meanwhile. Ends nothing; a
  /// change that concerns tokens raises the revision. Returns the account as it is then; `nil` when it does not exist.
  func update(_ id: AccountID, _ change: ProfileChange, by initiator: Initiator) throws(StoreError) -> Account?
  /// Gives the account another picture, or none; ends nothing. Writes nothing where it has that one already. `nil` when
  /// the account does not exist.
  func setPicture(
    _ id: AccountID, to picture: PictureName?, by initiator: Initiator
  ) throws(StoreError) -> PictureChange?
  /// Those of the pictures that an account has.
  func picturesInUse(among names: [PictureName]) throws(StoreError) -> Set<PictureName>
  /// Sets another password and ends every session but `except`, in one transaction. That one goes on under the raised
  /// epoch, with tokens that are issued anew. Where `old` is given, it is done only while the account has that hash: of
  /// changes that race, one wins. Mailed links that would set a password or change the address are worthless then, and
  /// a mail goes into the outbox. Returns the account as it is then; `nil` when nothing was done.
  func setPassword(
    _ id: AccountID, from old: String?, to new: String, except: SessionID?, mailing: Mail?, by initiator: Initiator
  ) throws(StoreError) -> Account?
  /// Uses a `confirmAddress` link up: the address of its account, which must be the one that the link was mailed to, is
  /// proven. Raises the revision and ends nothing. `session`: by which it was confirmed. Returns the account as it is
  /// then; `nil` when the link or the account is none for that (any more), and when the address was proven before.
  func prove(_ link: LinkID, session: SessionID?, client: Client) throws(StoreError) -> Account?
  /// Uses a `resetPassword` link up: sets the password of its account, proves the address, which must be the one that
  /// the link was mailed to, ends every session and API token, makes the account's other links but `undoAddressChange`
  /// worthless, and puts a mail into the outbox. Where the address was unproven, what an account can be entered by is
  /// dropped, whoever left it there. Returns the account as it is then; `nil` when the link or the account is none for
  /// that (any more): of any number of callers with one link, one wins.
  func resetPassword(
    _ link: LinkID, to hash: String, mailing: Mail, client: Client
  ) throws(StoreError) -> Account?
  /// Enables or disables; disabling ends every session, in one transaction. `nil` when it does not exist.
  func setActive(_ id: AccountID, _ isActive: Bool, by initiator: Initiator) throws(StoreError) -> Account?
  /// Sets another role, by name, or none; raises the revision and ends nothing. `nil` when the account does not exist;
  /// throws `unknownRole`.
  func setRole(_ id: AccountID, _ role: String?, by initiator: Initiator) throws(StoreError) -> Account?
  /// Whether an account may take the address: no other has it, and it is not kept for another that had it until lately
  /// and can have it back (`Link.Purpose.undoAddressChange`). `nil`: an account that is to be made.
  func isFree(_ email: EmailAddress, for account: AccountID?) throws(StoreError) -> Bool
  /// Writes down that another address is asked for, in the place of any other change that was asked for, and posts the
  /// mails. False when the account does not exist, or has another epoch by now.
  func askEmailChange(_ request: AddressChangeRequest) throws(StoreError) -> Bool
  /// Uses up a link that puts its address, proven, in the place of `old`, and ends every session but `kept`, which goes
  /// on under the raised epoch. Links that were made for the address before are worthless, but those that undo a
  /// change. Posts the mail. Returns the account as it is then; `nil` when the link does nothing any more. Throws
  /// `emailTaken` where the address is not free, and the link stays what it was.
  func changeEmail(
    _ link: LinkID, from old: EmailAddress, keeping kept: SessionID?, mailing mail: Mail?, by initiator: Initiator
  ) throws(StoreError) -> Account?
  /// Uses up a link that brings its address back, proven. Every session ends, the account has no password, and all
  /// links that were made for it since are worthless, those that undo a change among them; older ones of these stay.
  /// Second factors that have been added since the link was made are dropped, and all trusted browsers. Makes the link
  /// that sets a password. Returns the account as it is then; `nil` when the link does nothing any more. Throws
  /// `emailTaken` as `changeEmail`.
  func undoEmailChange(
    _ link: LinkID, making reset: NewLink, by initiator: Initiator
  ) throws(StoreError) -> Account?
  /// Removes the account with all that hangs on it, and mails about it that have not been sent, but those that tell an
  /// address before that it has changed: who deletes a stolen account keeps its owner from learning of nothing. Leaves
  /// a revocation for what was issued to it, and posts a mail. The audit log keeps what happened to which number, and
  /// nothing else of the person. False when unknown.
  func remove(_ id: AccountID, by initiator: Initiator, mailing mail: Mail?) throws(StoreError) -> Bool
}
