/// Setting a password without the present one, by a link that was mailed to the account's address.
package struct PasswordResets: Sendable {
  private let accounts: any AccountStore
  private let links: Links
  private let hasher: any PasswordHasher
  private let revocations: Revocations
  private let clock: any Clock
  private let random: any RandomSource
  private let log: any Log

  package init(
    accounts: any AccountStore, links: Links, hasher: any PasswordHasher, revocations: Revocations, clock: any Clock,
    random: any RandomSource, log: any Log
  ) {
    self.accounts = accounts
    self.links = links
    self.hasher = hasher
    self.revocations = revocations
    self.clock = clock
    self.random = random
    self.log = log
  }

  /// Mails a link to the owner of that address. Whether there is one cannot be told from outside: one write, and
  /// nothing comes back. The answer should go out on a schedule. Who is disabled gets none.
  package func request(email: String, client: Client) throws(AuthError) {
    try links.send(
      .resetPassword, .resetPassword, toWhoeverHas: email, as: .passwordResetRequested, client: client)
  }

  /// Whose password the link would set now; for a page, which asks for one. Changes nothing. Throws `badLink`.
  package func account(of link: ArraySlice<UInt8>) throws(AuthError) -> Account { try find(link).1 }

  /// Sets the password, once. That proves the address, too, ends every session and API token at once, makes the
  /// account's other links worthless but those that undo a change of the address, and tells the owner by mail. It signs
  /// nobody in, and second factors stay, unless the address was unproven: then all that was there may have been a
  /// stranger's, and goes.
  ///
  /// Throws `badLink`, and `invalid` (about `field`), which leaves the link good.
  ///
  /// - Parameter field: what the client calls the new password.
  package func reset(
    _ link: ArraySlice<UInt8>, to password: String, field: String, client: Client
  ) throws(AuthError) -> Account {
    let (id, account) = try find(link)
    if let sentence = PasswordRules.check(password, email: account.email) {
      throw .invalid([FieldProblem(field, sentence)])
    }
    let hash = try stored { () throws(StoreError) in try hasher.hash(password) }
    let mail = Mail(.passwordChanged, to: account, client: client, random: random)
    let changed = try stored { () throws(StoreError) in
      try accounts.resetPassword(id, to: hash, mailing: mail, client: client)
    }
    guard let changed else { throw .badLink(.resetPassword) }
    revocations.insert(account: changed.id, epoch: changed.epoch, at: clock.now())
    log.write(.info, "password reset", ["account": changed.id.description, "address": client.address])
    return changed
  }

  private func find(_ text: ArraySlice<UInt8>) throws(AuthError) -> (LinkID, Account) {
    let (link, account): (Link, Account)
    do throws(AuthError) { (link, account) = try links.follow(text, for: .resetPassword) } catch {
      throw error == .linkAccountGone ? .badLink(.resetPassword) : error
    }
    guard links.isGood(link), account.isActive, account.email == link.email else { throw .badLink(.resetPassword) }
    return (link.id, account)
  }
}
