/// Proving that the address of an account is its owner's.
///
/// A mailed link shows that somebody reads the mail of that address; it does not show that they have made the account.
/// A stranger could have registered the address first, with a password of the stranger's own, and the owner's click
/// would make it the stranger's for good. So the account's session or password has to come along.
package struct AddressProofs: Sendable {
  private let settings: Settings
  private let accounts: any AccountStore
  private let links: Links
  private let signIn: SignIn
  private let revocations: Revocations
  private let clock: any Clock
  private let log: any Log

  package init(
    settings: Settings, accounts: any AccountStore, links: Links, signIn: SignIn, revocations: Revocations,
    clock: any Clock, log: any Log
  ) {
    self.settings = settings
    self.accounts = accounts
    self.links = links
    self.signIn = signIn
    self.revocations = revocations
    self.clock = clock
    self.log = log
  }

  /// What comes along with a link to show that it is the account's own person.
  package enum Companion: Sendable {
    /// A session that is alive, and whose it is.
    case session(SessionID, AccountID)
    case password(String)
    case nothing
  }

  /// What comes of a confirmation.
  package struct Confirmed: Sendable {
    package var account: Account
    /// The link had done its work before: nothing has changed, and nobody is signed in.
    package var wasDone = false
    /// Where a password came along, which signs in as a login does; and new tokens where the session that came along
    /// goes on under another address.
    package var signIn: SignIn.Answer?
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
  ) throws(AuthError) -> Confirmed {
    let (id, account) = try find(link)
    var session: SessionID?
    var proof: SignIn.Proof?
    switch companion {
    case .session(let given, let owner):
      guard owner == account.id || settings.confirmation == .link else { throw .signInToConfirm }
      session = owner == account.id ? given : nil
    case .password(let password): proof = try signIn.prove(account, with: password, client: client)
    case .nothing: guard settings.confirmation == .link else { throw .signInToConfirm }
    }
    if account.isVerified { return Confirmed(account: account, wasDone: true) }
    let proven = try stored { () throws(StoreError) in try accounts.prove(id, session: session, client: client) }
    guard let proven else {
      // Whoever was faster may have proven it.
      let present = try stored { () throws(StoreError) in try accounts.find(account.id) }
      guard let present, present.isVerified, present.email == account.email else { throw .badLink(.confirmAddress) }
      return Confirmed(account: present, wasDone: true)
    }
    revocations.insert(account: proven.id, revision: proven.revision, at: clock.now())
    log.write(.info, "address proven", ["account": proven.id.description, "address": client.address])
    guard var proof else { return Confirmed(account: proven) }
    proof.account = proven
    let answer = try signIn.begin(proof, client: client, replacing: previous, isPersistent: nil)
    return Confirmed(account: proven, signIn: answer)
  }

  /// Whose address the link would prove, or has proven; changes nothing. Throws `badLink`, `linkAccountGone`.
  package func account(of link: ArraySlice<UInt8>) throws(AuthError) -> Account { try find(link).1 }

  /// Sends the account another link. False, and nothing is sent, where its address is proven.
  package func resend(for account: Account, client: Client) throws(AuthError) -> Bool {
    guard !account.isVerified else { return false }
    try links.send(.confirmAddress, .confirmAddress, to: account, as: .verificationRequested, client: client)
    return true
  }

  /// Sends another link to the owner of an address that waits for its proof. Whether there is one cannot be told from
  /// outside: one write, and nothing comes back. The answer should go out on a schedule.
  package func resend(toWhoeverHas email: String, client: Client) throws(AuthError) {
    try links.send(
      .confirmAddress, .confirmAddress, toWhoeverHas: email, as: .verificationRequested, client: client
    ) { !$0.isVerified }
  }

  /// The link and its account. One that was used, or has expired, is good as long as the address is proven: only to say
  /// so.
  private func find(_ text: ArraySlice<UInt8>) throws(AuthError) -> (LinkID, Account) {
    let (link, account) = try links.follow(text, for: .confirmAddress)
    guard account.isActive, account.email == link.email, links.isGood(link) || account.isVerified else {
      throw .badLink(.confirmAddress)
    }
    return (link.id, account)
  }
}
