/// The password of an account that one is signed in to: changing it, and asking for it before what counts most.
package struct Passwords: Sendable {
  /// Seconds. A proof (RFC 9470) of the owner that is no older stands in for one that is asked for.
  static let freshProof: Int64 = 900

  private let accounts: any AccountStore
  private let sessions: Sessions
  private let hasher: any PasswordHasher
  private let attempts: LoginAttempts
  private let limits: Limits
  private let revocations: Revocations
  private let clock: any Clock
  private let random: any RandomSource
  private let log: any Log

  package init(
    accounts: any AccountStore, sessions: Sessions, hasher: any PasswordHasher, attempts: LoginAttempts,
    limits: Limits, revocations: Revocations, clock: any Clock, random: any RandomSource, log: any Log
  ) {
    self.accounts = accounts
    self.sessions = sessions
    self.hasher = hasher
    self.attempts = attempts
    self.limits = limits
    self.revocations = revocations
    self.clock = clock
    self.random = random
    self.log = log
  }

  /// A change whose every condition held when it was made, and which `commit` makes.
  package struct Change: Sendable {
    fileprivate var account: Account
    fileprivate var current: String
    fileprivate var oldHash: String
    fileprivate var newHash: String
  }

  /// Checks the password that the person has now, and hashes the new one. Wrong ones count as failed logins do, and
  /// together with them: who has got hold of a session shall not guess the password faster than anybody else.
  ///
  /// Throws `invalid` (about `field`), `tooManyAttempts`, `wrongPassword`.
  ///
  /// - Parameter field: what the client calls the new password.
  package func prepare(
    _ account: Account, current: String, new: String, field: String, client: Client
  ) throws(AuthError) -> Change {
    if let sentence = PasswordRules.check(new, email: account.email) { throw .invalid([FieldProblem(field, sentence)]) }
    let oldHash = try verify(current, of: account, field: "current_password", client: client)
    let newHash = try stored { () throws(StoreError) in try hasher.hash(new) }
    return Change(account: account, current: current, oldHash: oldHash, newHash: newHash)
  }

  /// That whoever is signed in is the account's owner: by the password, or where the account has none, by a proof (RFC
  /// 9470) that is no older than a quarter of an hour. Throws `invalid` (no password came), `tooManyAttempts`,
  /// `wrongPassword`, `proofTooOld`.
  ///
  /// - Parameters:
  ///   - field: what the client calls the password.
  ///   - missing: what a person reads who has given none.
  ///   - provenAt: seconds since 1970.
  package func proveOwner(
    _ account: Account, password: String?, field: String, missing: String, provenAt: Int64, client: Client
  ) throws(AuthError) {
    guard account.passwordHash != nil else {
      guard clock.now().seconds - provenAt <= Passwords.freshProof else { throw .proofTooOld }
      return
    }
    guard let password, !password.isEmpty else { throw .invalid([FieldProblem(field, missing)]) }
    _ = try verify(password, of: account, field: field, client: client)
  }

  /// Checks the password of an account, and counts. Throws `tooManyAttempts`, `wrongPassword`. Returns the hash that it
  /// matches.
  private func verify(
    _ password: String, of account: Account, field: String, client: Client
  ) throws(AuthError) -> String {
    let hash = try attempts.check(account, name: account.email.text, client: client) {
      () throws(AuthError) -> String? in
      guard let hash = account.passwordHash, try matches(password, hash) else { return nil }
      return hash
    }
    guard let hash else {
      log.write(
        .notice, "the password of somebody who is signed in is wrong",
        ["account": account.id.description, "address": client.address])
      throw .wrongPassword(field: field)
    }
    return hash
  }

  /// Sets the new password, ends every session but `kept`, at once, and issues new tokens for that one: all that were
  /// issued before are dead. The owner is told by mail. Of changes that race, one wins; the others throw
  /// `wrongPassword`, since theirs is not the current password any more. Throws `sessionInactive` where `kept` has
  /// ended meanwhile.
  package func commit(
    _ change: Change, keeping kept: SessionID, client: Client
  ) throws(AuthError) -> SignIn.Outcome {
    let id = change.account.id
    let initiator = Initiator(account: id, client: client)
    let mail = notice(.passwordChanged, to: change.account, client)
    var oldHash = change.oldHash
    while true {
      let changed = try stored { () throws(StoreError) in
        try accounts.setPassword(id, from: oldHash, to: change.newHash, except: kept, mailing: mail, by: initiator)
      }
      if let changed {
        revocations.insert(account: id, epoch: changed.epoch, at: clock.now())
        log.write(.info, "password changed", ["account": id.description, "address": client.address])
        return SignIn.Outcome(account: changed, tokens: try sessions.reissue(kept, of: changed))
      }
      // Another hash: the same password under other parameters, as after a login, or a change that was faster.
      let found = try stored { () throws(StoreError) in try accounts.find(id) }
      guard let present = found?.passwordHash, present != oldHash, try matches(change.current, present) else {
        throw .wrongPassword(field: "current_password")
      }
      oldHash = present
    }
  }

  /// A mail that tells the owner of an account what somebody did who is signed in to it; `nil` where they could fill a
  /// stranger's mailbox.
  func notice(_ kind: Mail.Kind, to account: Account, _ client: Client) -> Mail? {
    guard account.isVerified || limits.allowNotice(toUnproven: account.email) else { return nil }
    return Mail(kind, to: account, client: client, random: random)
  }

  private func matches(_ password: String, _ hash: String) throws(AuthError) -> Bool {
    guard password.utf8.count <= PasswordRules.longest else { return false }
    return try stored { () throws(StoreError) in try hasher.verify(password, against: hash) }
  }
}
