/// Proving that the address of an account is its owner's.
///
/// A mailed link shows that somebody reads the mail of that address; it does not show that they have made the account.
/// A stranger could have registered the address first, with a password of the stranger's own, and the owner's click
/// would make it the stranger's for good. So the account's session or password has to come along.
package struct AddressProofs: Sendable {
  private let settings: Settings
  private let accounts: any AccountStore
  private let links: any LinkStore
  private let sealer: any LinkSealer
  private let signIn: SignIn
  private let attempts: LoginAttempts
  private let limits: Limits
  private let revocations: Revocations
  private let clock: any Clock
  private let random: any RandomSource
  private let log: any Log

  package init(
    settings: Settings, accounts: any AccountStore, links: any LinkStore, sealer: any LinkSealer, signIn: SignIn,
    attempts: LoginAttempts, limits: Limits, revocations: Revocations, clock: any Clock, random: any RandomSource,
    log: any Log
  ) {
    self.settings = settings
    self.accounts = accounts
    self.links = links
    self.sealer = sealer
    self.signIn = signIn
    self.attempts = attempts
    self.limits = limits
    self.revocations = revocations
    self.clock = clock
    self.random = random
    self.log = log
  }

  /// What comes along with a link to show that it is the account's own person.
  package enum Companion: Sendable {
    /// A session that is alive, and whose it is.
    case session(SessionID, AccountID)
    case password(String)
    case nothing
  }

  package enum Outcome: Sendable {
    /// It is proven now; with tokens where a password came along, which signs in as a login does.
    case proven(Account, SignIn.Outcome?)
    /// It was before. Nothing has changed, and nobody is signed in.
    case alreadyProven(Account)
  }

  /// Proves the address that the link was mailed to, once, and what the companion shows. A link that has done its work
  /// says so to the same companion; it is good for nothing else.
  ///
  /// Throws `badLink`, `linkAccountGone`, `signInToConfirm` (a session of another account, or nothing), and, counted
  /// with failed logins, `wrongLinkPassword`, `tooManyAttempts`.
  ///
  /// - Parameter previous: the session that this browser had, which ends where the password signs in.
  package func confirm(
    _ link: ArraySlice<UInt8>, with companion: Companion, client: Client, replacing previous: SessionID?
  ) throws(AuthError) -> Outcome {
    let (id, account) = try find(link)
    var session: SessionID?
    var proof: SignIn.Proof?
    switch companion {
    case .session(let given, let owner):
      guard owner == account.id || settings.confirmation == .link else { throw .signInToConfirm }
      session = owner == account.id ? given : nil
    case .password(let password): proof = try prove(password, account, client)
    case .nothing: guard settings.confirmation == .link else { throw .signInToConfirm }
    }
    if account.isVerified { return .alreadyProven(account) }
    let proven = try stored { () throws(StoreError) in try accounts.prove(id, session: session, client: client) }
    guard let proven else {
      // Whoever was faster may have proven it.
      let present = try stored { () throws(StoreError) in try accounts.find(account.id) }
      guard let present, present.isVerified, present.email == account.email else { throw .badLink(.confirmAddress) }
      return .alreadyProven(present)
    }
    revocations.insert(account: proven.id, revision: proven.revision, at: clock.now())
    log.write(.info, "address proven", ["account": proven.id.description, "address": client.address])
    guard var proof else { return .proven(proven, nil) }
    proof.account = proven
    return .proven(
      proven, try signIn.begin(proof, client: client, replacing: previous, isPersistent: nil))
  }

  /// Whose address the link would prove, or has proven; changes nothing. Throws `badLink`, `linkAccountGone`.
  package func account(of link: ArraySlice<UInt8>) throws(AuthError) -> Account { try find(link).1 }

  /// Sends the account another link. False, and nothing is sent, where its address is proven.
  package func resend(for account: Account, client: Client) throws(AuthError) -> Bool {
    guard !account.isVerified else { return false }
    // A link that works is in the mailbox already.
    guard limits.allowMail(to: account.email, bringing: .confirmAddress) else { return true }
    let mail = Mail(.confirmAddress, to: account, client: client, link: .confirmAddress, random: random)
    let event = AuditEvent(
      .verificationRequested, by: Initiator(account: account.id, client: client), on: account.id)
    try stored { () throws(StoreError) in try links.post(mail, about: account.id, event) }
    return true
  }

  /// Sends another link to the owner of an address that waits for its proof. Whether there is one cannot be told from
  /// outside: one write, and nothing comes back. The answer should go out on a schedule.
  package func resend(toWhoeverHas email: String, client: Client) throws(AuthError) {
    let address = EmailAddress(email)
    let isAllowed = address.map { limits.allowMail(to: $0, bringing: .confirmAddress) } == true
    let found = try address.map { address throws(AuthError) in
      try stored { () throws(StoreError) in try accounts.find(address) }
    }
    var mail: Mail?
    var owner: AccountID?
    if isAllowed, let account = found ?? nil, account.isActive, !account.isVerified {
      mail = Mail(.confirmAddress, to: account, client: client, link: .confirmAddress, random: random)
      owner = account.id
    }
    let event = AuditEvent.request(.verificationRequested, to: owner, client: client)
    try stored { () throws(StoreError) in try links.post(mail, about: owner, event) }
  }

  /// The link and its account. One that was used, or has expired, is good as long as the address is proven: only to say
  /// so.
  private func find(_ text: ArraySlice<UInt8>) throws(AuthError) -> (LinkID, Account) {
    guard let id = sealer.id(of: text, for: .confirmAddress),
      let link = try stored({ () throws(StoreError) in try links.find(id) })
    else { throw .badLink(.confirmAddress) }
    guard let owner = link.account, let account = try stored({ () throws(StoreError) in try accounts.find(owner) })
    else { throw .linkAccountGone }
    let isGood = link.usedAt == nil && link.expiresAt > clock.now()
    guard account.isActive, account.email == link.email, isGood || account.isVerified else {
      throw .badLink(.confirmAddress)
    }
    return (id, account)
  }

  private func prove(_ password: String, _ account: Account, _ client: Client) throws(AuthError) -> SignIn.Proof {
    let proof = try attempts.check(account, name: account.email.text, client: client) { () throws(AuthError) in
      try signIn.check(password, of: account)
    }
    guard let proof else {
      log.write(
        .info, "address not proven: the password is wrong",
        ["account": account.id.description, "address": client.address])
      throw .wrongLinkPassword
    }
    return proof
  }
}
