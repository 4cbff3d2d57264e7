/// Signing in: with a password, and what follows from whatever the first step was.
package struct SignIn: Sendable {
  private let settings: Settings
  private let accounts: any AccountStore
  private let sessions: Sessions
  private let hasher: any PasswordHasher
  private let attempts: LoginAttempts
  private let secondStep: SecondStep
  private let log: any Log
  /// Checked where there is no hash to check, so that nobody's absence saves time.
  private let decoy: String

  package init(
    settings: Settings, accounts: any AccountStore, sessions: Sessions, hasher: any PasswordHasher,
    attempts: LoginAttempts, secondStep: SecondStep, log: any Log
  ) {
    self.settings = settings
    self.accounts = accounts
    self.sessions = sessions
    self.hasher = hasher
    self.attempts = attempts
    self.secondStep = secondStep
    self.log = log
    decoy = hasher.decoy()
  }

  package struct Outcome: Sendable {
    package var account: Account
    package var tokens: IssuedTokens
    /// What remains to be done once the answer is out, on a thread that may hash: nothing waits for it.
    package var afterwards: (@Sendable () -> Void)?
  }

  /// What the first step of a sign-in, such as a right password, leads to.
  package enum Answer: Sendable {
    case signedIn(Outcome)
    /// Nobody is signed in yet, and nothing has ended.
    case secondStep(PendingSignIn)
  }

  /// Signs in. Throws `badCredentials` for every failure, after one hash whatever the cause; `tooManyAttempts` before
  /// any. A session that this browser had ends, and the new one counts as proven now: this is the step-up as well.
  /// `isPersistent` as in `Sessions.begin`.
  package func login(
    email: String, password: String, client: Client, replacing previous: SessionID?, isPersistent: Bool? = nil
  ) throws(AuthError) -> Answer {
    let address = EmailAddress(email)
    let key = address?.text ?? "?"
    let found = try address.map(find) ?? nil
    let account = found.map(settings.admits) == true ? found : nil
    let proof = try attempts.check(found, name: key, client: client) { () throws(AuthError) in
      try check(password, of: account)
    }
    guard let proof else {
      log.write(.info, "login failed", ["address": client.address, "email": key])
      throw .badCredentials
    }
    return try begin(proof, client: client, replacing: previous, isPersistent: isPersistent)
  }

  /// The right password of an account.
  struct Proof: Sendable {
    var account: Account
    fileprivate var hash: String
    fileprivate var password: String
  }

  /// Checks the password that comes along with a mailed link. Throws, and counts with failed logins,
  /// `wrongLinkPassword`, `tooManyAttempts`.
  func prove(_ account: Account, with password: String, client: Client) throws(AuthError) -> Proof {
    let proof = try attempts.check(account, name: account.email.text, client: client) { () throws(AuthError) in
      try check(password, of: account)
    }
    guard let proof else {
      log.write(
        .info, "link not followed: the password is wrong",
        ["account": account.id.description, "address": client.address])
      throw .wrongLinkPassword
    }
    return proof
  }

  /// Takes one hash, whether there is an account or not; `nil` where the password is not its. Counts nothing.
  private func check(_ password: String, of account: Account?) throws(AuthError) -> Proof? {
    let hash = account?.passwordHash
    let isShortEnough = password.utf8.count <= PasswordRules.longest
    let matches = try stored { () throws(StoreError) in
      try hasher.verify(isShortEnough ? password : "", against: hash ?? decoy)
    }
    guard let account, let hash, matches, isShortEnough else { return nil }
    return Proof(account: account, hash: hash, password: password)
  }

  /// Goes on with who has given the right password.
  func begin(
    _ proof: Proof, client: Client, replacing previous: SessionID?, isPersistent: Bool?
  ) throws(AuthError) -> Answer {
    let account = proof.account
    let answer = try begin(
      account, methods: ["pwd"], client: client, replacing: previous, isPersistent: isPersistent)
    let afterwards = rehashing(account.id, proof.hash, proof.password)
    switch answer {
    case .signedIn(var outcome):
      outcome.afterwards = afterwards
      return .signedIn(outcome)
    case .secondStep(var pending):
      pending.afterwards = afterwards
      return .secondStep(pending)
    }
  }

  /// Goes on with who has proven by these methods (RFC 8176) that they are the account's person, whatever the way in:
  /// here alone it is decided whether a second step is needed. Without one, begins a session. Throws `badCredentials`
  /// where the account may not sign in, or has another epoch by now.
  package func begin(
    _ account: Account, methods: [String], client: Client, replacing previous: SessionID?, isPersistent: Bool?
  ) throws(AuthError) -> Answer {
    guard settings.admits(account) else { throw .badCredentials }
    if let offer = try secondStep.missing(account, after: methods, client: client) {
      log.write(.info, "second step asked for", ["account": account.id.description, "address": client.address])
      return .secondStep(secondStep.pending(account, offer, methods: methods, isPersistent: isPersistent))
    }
    let tokens = try sessions.begin(
      for: account, methods: methods, client: client, replacing: previous, isPersistent: isPersistent)
    log.write(.info, "signed in", ["account": account.id.description, "address": client.address])
    return .signedIn(Outcome(account: account, tokens: tokens))
  }

  private func find(_ email: EmailAddress) throws(AuthError) -> Account? {
    try stored { () throws(StoreError) in try accounts.find(email) }
  }

  private func rehashing(_ account: AccountID, _ hash: String, _ password: String) -> (@Sendable () -> Void)? {
    guard hasher.needsRehash(hash) else { return nil }
    return { [hasher, accounts, log] in
      do throws(StoreError) {
        try accounts.rehash(account, from: hash, to: try hasher.hash(password))
        log.write(.info, "password rehashed", ["account": account.description])
      } catch {
        log.write(.warning, "password not rehashed", ["account": account.description, "error": "\(error)"])
      }
    }
  }
}
