/// Putting another e-mail address in the place of an account's: asked for with the password, confirmed by a link to the
/// new address, told to the present one, and undone from there for seven days.
package struct AddressChanges: Sendable {
  private let settings: Settings
  private let accounts: any AccountStore
  private let links: Links
  private let signIn: SignIn
  private let sessions: Sessions
  private let passwords: Passwords
  private let limits: Limits
  private let revocations: Revocations
  private let clock: any Clock
  private let random: any RandomSource
  private let log: any Log

  package init(
    settings: Settings, accounts: any AccountStore, links: Links, signIn: SignIn, sessions: Sessions,
    passwords: Passwords, limits: Limits, revocations: Revocations, clock: any Clock, random: any RandomSource,
    log: any Log
  ) {
    self.settings = settings
    self.accounts = accounts
    self.links = links
    self.signIn = signIn
    self.sessions = sessions
    self.passwords = passwords
    self.limits = limits
    self.revocations = revocations
    self.clock = clock
    self.random = random
    self.log = log
  }

  /// What a client calls the fields of such a request, and what a person reads who has given no password.
  package struct Fields: Sendable {
    package var email: String
    package var password: String
    package var missingPassword: String

    package init(
      email: String = "new_email", password: String = "password",
      missingPassword: String = "Password is required to change your email"
    ) {
      self.email = email
      self.password = password
      self.missingPassword = missingPassword
    }
  }

  /// A change whose every condition held when it was looked at, and which `ask` asks for.
  package struct Prepared: Sendable {
    package var email: EmailAddress
    fileprivate var request: AddressChangeRequest
  }

  /// Looks whether the change may be asked for, and changes nothing.
  ///
  /// Throws `invalid`, `addressInUse`, and what `Passwords.proveOwner` throws. Where nobody may learn which addresses
  /// have an account (`verified`), one that has looks like any other, and its owner is told by mail.
  ///
  /// - Parameter provenAt: seconds since 1970; asked for where the account has no password.
  package func prepare(
    _ account: Account, new: String, fields: Fields = Fields(), password: String?, provenAt: Int64, client: Client
  ) throws(AuthError) -> Prepared {
    guard let email = EmailAddress(new) else { throw .invalid([FieldProblem(fields.email, "Invalid email format")]) }
    guard email != account.email else {
      throw .invalid([FieldProblem(fields.email, "New email must be different from your current email")])
    }
    try passwords.proveOwner(
      account, password: password, field: fields.password, missing: fields.missingPassword, provenAt: provenAt,
      client: client)
    let isFree = try stored { () throws(StoreError) in try accounts.isFree(email, for: account.id) }
    guard isFree || settings.registration == .verified else { throw .addressInUse(field: fields.email) }
    let owner = isFree ? nil : try stored { () throws(StoreError) in try accounts.find(email) }
    let initiator = Initiator(account: account.id, client: client)
    let notice = mail(.addressChangeAsked, to: account, naming: email, client)
    var request = AddressChangeRequest(
      of: account.id, epoch: account.epoch, link: NewLink(.confirmNewAddress, email, random: random), notice: notice,
      by: initiator)
    if isFree {
      // Without the name: nobody shall write to strangers what they like, in the site's name.
      var letter = Mail(.confirmNewAddress, to: email, values: Mail.values(client), random: random)
        .naming(account.email, as: "old_email")
      letter.link = request.link
      request.letter = (letter, about: account.id)
    } else if let owner, owner.isActive {
      request.letter = (Mail(.addressTaken, to: owner, client: client, random: random), about: owner.id)
    }
    return Prepared(email: email, request: request)
  }

  /// Posts the mails of a change. One that was asked for before and is not confirmed is none any more. Where the new
  /// address has got too many mails lately, nothing is done, and nothing tells so: it has a link, or wants none.
  ///
  /// Throws `accountNotFound`, and `token(.revoked)` where everything that was issued to the account has ended since
  /// the change was prepared: a reset that was faster is not to be outlived.
  ///
  /// - Parameter changed: the account as it is after a change of its password by the same request.
  package func ask(_ prepared: Prepared, of changed: Account? = nil) throws(AuthError) {
    guard limits.allowMail(to: prepared.email) else { return }
    var asked = prepared.request
    asked.epoch = changed?.epoch ?? asked.epoch
    let request = asked
    guard try stored({ () throws(StoreError) in try accounts.askEmailChange(request) }) else {
      let present = try stored { () throws(StoreError) in try accounts.find(request.account) }
      throw present == nil ? .accountNotFound : .token(.revoked)
    }
    log.write(.info, "change of the address asked for", ["account": request.account.description])
  }

  /// The address whose confirmation the account waits for.
  package func pending(of account: AccountID) throws(AuthError) -> EmailAddress? {
    try links.latest(.confirmNewAddress, of: account)?.email
  }

  /// The link of a text that confirms a new address; `nil` for any other text.
  package func link(of text: ArraySlice<UInt8>) -> LinkID? { links.id(of: text, for: .confirmNewAddress) }

  /// Whose address the link would change, or has changed, and to which; changes nothing. Throws `badLink`,
  /// `linkAccountGone`.
  package func expected(by id: LinkID) throws(AuthError) -> (account: Account, email: EmailAddress) {
    let (link, account) = try links.follow(id, for: .confirmNewAddress)
    let isGood = link.usedAt == nil ? links.isGood(link) : link.email == account.email
    guard let email = link.email, account.isActive, isGood else { throw .badLink(.confirmNewAddress) }
    return (account, email)
  }

  /// Puts the new address in the place of the account's, proven, and ends all that was issued to it so far: the session
  /// that comes along goes on with new tokens, and a password signs in. A link that has done that does nothing more,
  /// and says the same.
  ///
  /// Throws `badLink`, `linkAccountGone`, `signInToConfirm` (a session of another account, or nothing), `addressInUse`
  /// (somebody else was faster), `sessionInactive`, and, counted with failed logins, `wrongLinkPassword`,
  /// `tooManyAttempts`.
  ///
  /// - Parameter previous: the session that this browser has, which a sign-in ends.
  package func confirm(
    _ id: LinkID, with companion: AddressProofs.Companion, client: Client, replacing previous: SessionID? = nil
  ) throws(AuthError) -> AddressProofs.Confirmed {
    let (link, account) = try links.follow(id, for: .confirmNewAddress)
    _ = try expected(by: id)
    var proof: SignIn.Proof?
    switch companion {
    case .session(_, account.id): break
    case .password(let password): proof = try signIn.prove(account, with: password, client: client)
    case .session, .nothing: guard settings.confirmation == .link else { throw .signInToConfirm }
    }
    if link.usedAt != nil { return AddressProofs.Confirmed(account: account, wasDone: true) }
    guard let changed = try change(link, of: account, companion, client) else {
      // Another request with this link was faster, or something that has made it worthless.
      let (link, account) = try links.follow(id, for: .confirmNewAddress)
      guard link.usedAt != nil, link.email == account.email else { throw .badLink(.confirmNewAddress) }
      return AddressProofs.Confirmed(account: account, wasDone: true)
    }
    revocations.insert(account: changed.id, epoch: changed.epoch, at: clock.now())
    log.write(.info, "address changed", ["account": changed.id.description, "address": client.address])
    if var proof {
      proof.account = changed
      let answer = try signIn.begin(proof, client: client, replacing: previous, isPersistent: nil)
      return AddressProofs.Confirmed(account: changed, signIn: answer)
    }
    guard let session = companion.session(of: account.id) else { return AddressProofs.Confirmed(account: changed) }
    let outcome = SignIn.Outcome(account: changed, tokens: try sessions.reissue(session, of: changed))
    return AddressProofs.Confirmed(account: changed, signIn: .signedIn(outcome))
  }

  private func change(
    _ link: Link, of account: Account, _ companion: AddressProofs.Companion, _ client: Client
  ) throws(AuthError) -> Account? {
    let mail = mail(.addressChanged, to: account, naming: link.email, client, link: .undoAddressChange)
    do throws(StoreError) {
      return try accounts.changeEmail(
        link.id, from: account.email, keeping: companion.session(of: account.id), mailing: mail,
        by: Initiator(account: account.id, client: client))
    } catch {
      throw error == .emailTaken ? .addressInUse(field: "new_email") : AuthError(error)
    }
  }

  /// A mail to the present address; `nil` where nobody has proven that it is the account's. It may be a stranger's, who
  /// is neither to learn the new one nor to be able to bring this one back.
  private func mail(
    _ kind: Mail.Kind, to account: Account, naming new: EmailAddress?, _ client: Client, link: Link.Purpose? = nil
  ) -> Mail? {
    guard account.isVerified else { return nil }
    return Mail(kind, to: account, client: client, link: link, random: random).naming(new, as: "new_email")
  }

  /// Which address the link would bring back; changes nothing. Throws `badLink`, `linkAccountGone`.
  package func restorable(by text: ArraySlice<UInt8>) throws(AuthError) -> EmailAddress {
    let (link, _) = try links.follow(text, for: .undoAddressChange)
    guard links.isGood(link), let email = link.email else { throw .badLink(.undoAddressChange) }
    return email
  }

  /// Brings back the address that the link was sent to, and ends all that whoever changed it may have: every session
  /// and API token, the password, and what was mailed to the addresses since. Throws `badLink`, `linkAccountGone`.
  ///
  /// - Returns: the text of a link that sets a new password.
  package func undo(_ text: ArraySlice<UInt8>, client: Client) throws(AuthError) -> String {
    let (link, _) = try links.follow(text, for: .undoAddressChange)
    guard let email = link.email else { throw .badLink(.undoAddressChange) }
    let reset = NewLink(.resetPassword, email, random: random)
    let restored: Account?
    do throws(StoreError) {
      restored = try accounts.undoEmailChange(link.id, making: reset, by: Initiator(account: nil, client: client))
    } catch {
      throw error == .emailTaken ? .badLink(.undoAddressChange) : AuthError(error)
    }
    guard let restored else { throw .badLink(.undoAddressChange) }
    revocations.insert(account: restored.id, epoch: restored.epoch, at: clock.now())
    log.write(.notice, "change of the address undone", ["account": restored.id.description, "address": client.address])
    return links.text(of: reset)
  }
}

extension AddressProofs.Companion {
  /// The session, where it is that account's.
  fileprivate func session(of account: AccountID) -> SessionID? {
    if case .session(let id, account) = self { id } else { nil }
  }
}

extension Mail {
  /// The same, which names an address besides.
  fileprivate func naming(_ email: EmailAddress?, as name: String) -> Mail {
    var mail = self
    mail.values[name] = email?.text
    return mail
  }
}
