/// Making one's own account, with a password.
package struct Registration: Sendable {
  private let settings: Settings
  private let accounts: any AccountStore
  private let links: any LinkStore
  private let sessions: Sessions
  private let hasher: any PasswordHasher
  private let limits: Limits
  private let clock: any Clock
  private let random: any RandomSource
  private let log: any Log

  package init(
    settings: Settings, accounts: any AccountStore, links: any LinkStore, sessions: Sessions,
    hasher: any PasswordHasher, limits: Limits, clock: any Clock, random: any RandomSource, log: any Log
  ) {
    self.settings = settings
    self.accounts = accounts
    self.links = links
    self.sessions = sessions
    self.hasher = hasher
    self.limits = limits
    self.clock = clock
    self.random = random
    self.log = log
  }

  package enum Outcome: Sendable {
    case signedIn(SignIn.Outcome)
    /// Under `verified`: what has come of it, the owner of the address learns by mail, and nobody in any other way.
    case mailed
  }

  /// Makes an account, whose owner is asked by mail to prove the address. Where registration is open, it is signed in,
  /// which ends the session that this browser had; `isPersistent` as in `Sessions.begin`.
  ///
  /// Where it is `verified`, addresses that have an account and those that have none look alike: one hash, one write,
  /// one answer, which should go out on a schedule. The owner of an account is told that somebody has tried; where the
  /// address is unproven, they get another link instead.
  ///
  /// Throws `registrationClosed`, `invalid`; `emailTaken` where it is open.
  package func register(
    email: String, password: String, profile: Profile, client: Client, replacing previous: SessionID?,
    isPersistent: Bool? = nil
  ) throws(AuthError) -> Outcome {
    guard settings.registration.isForAnybody else { throw .registrationClosed }
    let address = try checked(email, password, profile)
    if settings.registration == .verified {
      try registerByMail(address, password, profile, client)
      return .mailed
    }
    // Asked before hashing, so that a taken address costs no hash; the store decides a race.
    guard try find(address) == nil else { throw .emailTaken }
    let hash = try stored { () throws(StoreError) in try hasher.hash(password) }
    let account = try create(address, hash, profile, client)
    let tokens = try sessions.begin(
      for: account, methods: ["pwd"], client: client, replacing: previous, isPersistent: isPersistent)
    return .signedIn(SignIn.Outcome(account: account, tokens: tokens))
  }

  private func registerByMail(
    _ address: EmailAddress, _ password: String, _ profile: Profile, _ client: Client
  ) throws(AuthError) {
    // Counted for addresses without an account, too: what is left would else tell.
    let isAllowed = limits.allowMail(to: address, bringing: .confirmAddress)
    let hash = try stored { () throws(StoreError) in try hasher.hash(password) }
    if try find(address) == nil {
      do {
        _ = try create(address, hash, profile, client)
        return
      } catch .emailTaken {
        // By somebody who was faster, or it is kept for an account that had it.
      }
    }
    let owner = try find(address)
    var mail: Mail?
    if let owner, owner.isActive, isAllowed {
      mail =
        owner.isVerified
        ? Mail(.addressTaken, to: owner, client: client, random: random)
        : Mail(.confirmAddress, to: owner, client: client, link: .confirmAddress, random: random)
    }
    log.write(.info, "registration of a taken address", ["address": client.address])
    let event = AuditEvent(
      .signup, by: Initiator(account: nil, client: client), target: owner?.id, session: nil,
      failure: "The address is taken", details: [:])
    try stored { () throws(StoreError) in try links.post(mail, about: mail == nil ? nil : owner?.id, event) }
  }

  private func checked(
    _ email: String, _ password: String, _ profile: Profile
  ) throws(AuthError) -> EmailAddress {
    var problems: [FieldProblem] = []
    let address = EmailAddress(email)
    if let address {
      if let sentence = PasswordRules.check(password, email: address) {
        problems.append(FieldProblem("password", sentence))
      }
    } else {
      problems.append(FieldProblem("email", "Invalid email format"))
    }
    problems += profile.problems(at: clock.now())
    guard let address, problems.isEmpty else { throw .invalid(problems) }
    return address
  }

  private func create(
    _ address: EmailAddress, _ hash: String, _ profile: Profile, _ client: Client
  ) throws(AuthError) -> Account {
    // Who deletes an account can register it again, and again.
    let mail =
      limits.allowNotice(toUnproven: address)
      ? Mail(.confirmAddress, to: address, values: Mail.values(client), link: .confirmAddress, random: random) : nil
    let account = try stored { () throws(StoreError) in
      try accounts.create(
        NewAccount(email: address, passwordHash: hash, profile: profile), mailing: mail, client: client)
    }
    log.write(.info, "account registered", ["account": account.id.description, "address": client.address])
    return account
  }

  private func find(_ address: EmailAddress) throws(AuthError) -> Account? {
    try stored { () throws(StoreError) in try accounts.find(address) }
  }
}
