/// Removing one's own account.
package struct AccountRemoval: Sendable {
  private let accounts: any AccountStore
  private let passwords: Passwords
  private let pictures: Pictures
  private let revocations: Revocations
  private let clock: any Clock
  private let log: any Log

  package init(
    accounts: any AccountStore, passwords: Passwords, pictures: Pictures, revocations: Revocations,
    clock: any Clock, log: any Log
  ) {
    self.accounts = accounts
    self.passwords = passwords
    self.pictures = pictures
    self.revocations = revocations
    self.clock = clock
    self.log = log
  }

  /// Removes the account and all that hangs on it, and tells its owner by mail. Nothing that was issued to it is good
  /// any more, and nobody who takes the address later gets any of it.
  ///
  /// Throws what `Passwords.proveOwner` throws, and `accountNotFound`.
  ///
  /// - Parameter provenAt: seconds since 1970; asked for where the account has no password.
  package func remove(
    _ account: Account, password: String?, provenAt: Int64, client: Client
  ) throws(AuthError) {
    try passwords.proveOwner(
      account, password: password, field: "password", missing: "Password is required to delete your account",
      provenAt: provenAt, client: client)
    let mail = passwords.notice(.accountDeleted, to: account, client)
    let initiator = Initiator(account: account.id, client: client)
    let isDone = try stored { () throws(StoreError) in try accounts.remove(account.id, by: initiator, mailing: mail) }
    guard isDone else { throw .accountNotFound }
    revocations.insert(account: account.id, epoch: account.epoch + 1, at: clock.now())
    if let picture = account.picture { pictures.forget(picture) }
    log.write(.info, "account removed by its owner", ["account": account.id.description])
  }
}
