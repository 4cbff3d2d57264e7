/// Mailed links: sending them, and what those that come back are for.
package struct Links: Sendable {
  private let store: any LinkStore
  private let accounts: any AccountStore
  private let sealer: any LinkSealer
  private let limits: Limits
  private let clock: any Clock
  private let random: any RandomSource

  package init(
    store: any LinkStore, accounts: any AccountStore, sealer: any LinkSealer, limits: Limits, clock: any Clock,
    random: any RandomSource
  ) {
    self.store = store
    self.accounts = accounts
    self.sealer = sealer
    self.limits = limits
    self.clock = clock
    self.random = random
  }

  // MARK: Links that come back

  /// The link of a text that was made for this purpose; `nil` for any other text. Asks no storage.
  func id(of text: ArraySlice<UInt8>, for purpose: Link.Purpose) -> LinkID? { sealer.id(of: text, for: purpose) }

  /// What stands in the link.
  func text(of link: NewLink) -> String { sealer.text(of: link.id, for: link.purpose) }

  /// A link and its account, whatever has become of both. Throws `badLink`, `linkAccountGone`.
  func follow(_ text: ArraySlice<UInt8>, for purpose: Link.Purpose) throws(AuthError) -> (Link, Account) {
    guard let id = id(of: text, for: purpose) else { throw .badLink(purpose) }
    return try follow(id, for: purpose)
  }

  /// The same of a link whose text has been read.
  func follow(_ id: LinkID, for purpose: Link.Purpose) throws(AuthError) -> (Link, Account) {
    guard let link = try stored({ () throws(StoreError) in try store.find(id) }), link.purpose == purpose else {
      throw .badLink(purpose)
    }
    guard let owner = link.account, let account = try stored({ () throws(StoreError) in try accounts.find(owner) })
    else { throw .linkAccountGone }
    return (link, account)
  }

  /// Whether it can still do its work.
  func isGood(_ link: Link) -> Bool { link.usedAt == nil && link.expiresAt > clock.now() }

  /// The last one that was made for that purpose and account, while it can be used.
  func latest(_ purpose: Link.Purpose, of account: AccountID) throws(AuthError) -> Link? {
    try stored { () throws(StoreError) in try store.latest(purpose, of: account) }
  }

  // MARK: Links that are sent

  /// Mails a link to the owner of an account. Where the address has got too many mails lately, nothing is sent: a link
  /// that works is in the mailbox already.
  func send(
    _ kind: Mail.Kind, _ purpose: Link.Purpose, to account: Account, as action: AuditAction, client: Client
  ) throws(AuthError) {
    guard limits.allowMail(to: account.email, bringing: purpose) else { return }
    let mail = Mail(kind, to: account, client: client, link: purpose, random: random)
    let event = AuditEvent(action, by: Initiator(account: account.id, client: client), on: account.id)
    try stored { () throws(StoreError) in try store.post(mail, about: account.id, event) }
  }

  /// Mails a link to the owner of an address, if there is one, who is not disabled, and for whom it is meant. Whether
  /// it was sent cannot be told from outside: one write, and nothing comes back. The answer should go out on a
  /// schedule.
  func send(
    _ kind: Mail.Kind, _ purpose: Link.Purpose, toWhoeverHas email: String, as action: AuditAction, client: Client,
    where isMeant: (Account) -> Bool = { _ in true }
  ) throws(AuthError) {
    let address = EmailAddress(email)
    let isAllowed = address.map { limits.allowMail(to: $0, bringing: purpose) } == true
    let found = try address.map { address throws(AuthError) in
      try stored { () throws(StoreError) in try accounts.find(address) }
    }
    var mail: Mail?
    var owner: AccountID?
    if isAllowed, let account = found ?? nil, account.isActive, isMeant(account) {
      mail = Mail(kind, to: account, client: client, link: purpose, random: random)
      owner = account.id
    }
    let event = AuditEvent.request(action, to: owner, client: client)
    try stored { () throws(StoreError) in try store.post(mail, about: owner, event) }
  }
}
