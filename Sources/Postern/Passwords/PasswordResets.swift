/// Setting a password without the present one, by a link that was mailed to the account's address.
package struct PasswordResets: Sendable {
  private let accounts: any AccountStore
  private let links: any LinkStore
  private let sealer: any LinkSealer
  private let hasher: any PasswordHasher
  private let limits: Limits
  private let revocations: Revocations
  private let clock: any Clock
  private let random: any RandomSource
  private let log: any Log

  package init(
    accounts: any AccountStore, links: any LinkStore, sealer: any LinkSealer, hasher: any PasswordHasher,
    limits: Limits, revocations: Revocations, clock: any Clock, random: any RandomSource,
    log: any Log
  ) {
    self.accounts = accounts
    self.links = links
    self.sealer = sealer
    self.hasher = hasher
    self.limits = limits
    self.revocations = revocations
    self.clock = clock
    self.random = random
    self.log = log
  }

  /// Mails a link to the owner of that address. Whether there is one cannot be told from outside: one write, and
  /// nothing comes back. The answer should go out on a schedule. Who is disabled gets none.
  package func request(email: String, client: Client) throws(AuthError) {
    let address = EmailAddress(email)
    let isAllowed = address.map { limits.allowMail(to: $0, bringing: .resetPassword) } == true
    let found = try address.map { address throws(AuthError) in
      try stored { () throws(StoreError) in try accounts.find(address) }
    }
    var mail: Mail?
    var owner: AccountID?
    if isAllowed, let account = found ?? nil, account.isActive {
      mail = Mail(.resetPassword, to: account, client: client, link: .resetPassword, random: random)
      owner = account.id
    }
    let event = AuditEvent.request(.passwordResetRequested, to: owner, client: client)
    try stored { () throws(StoreError) in try links.post(mail, about: owner, event) }
  }

  /// Whose password the link would set now; for a page, which asks for one. Changes nothing.
  package func account(of link: ArraySlice<UInt8>) throws(AuthError) -> Account? { try find(link)?.1 }

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
    guard let (id, account) = try find(link) else { throw .badLink(.resetPassword) }
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

  private func find(_ text: ArraySlice<UInt8>) throws(AuthError) -> (LinkID, Account)? {
    guard let id = sealer.id(of: text, for: .resetPassword),
      let link = try stored({ () throws(StoreError) in try links.find(id) }), link.usedAt == nil,
      link.expiresAt > clock.now(), let owner = link.account,
      let account = try stored({ () throws(StoreError) in try accounts.find(owner) }), account.isActive,
      account.email == link.email
    else { return nil }
    return (id, account)
  }
}
