import Postern
import PosternTesting
import Synchronization
import Testing

@Suite struct PasswordsTests {
  private let stand = Stand()

  private func change(
    _ account: Account, from current: String = "correct horse", to new: String = "battery staple", keeping: SessionID,
    address: String = "192.0.2.1", with passwords: Passwords? = nil
  ) throws -> SignIn.Outcome {
    let passwords = passwords ?? stand.passwords
    let client = Client(address: address, userAgent: "agent")
    let change = try passwords.prepare(account, current: current, new: new, field: "new_password", client: client)
    return try passwords.commit(change, keeping: keeping, client: client)
  }

  private func session(_ account: Account) throws -> TokenClaims { stand.codec.claims(try stand.begin(account).access) }

  @Test func everyOtherSessionEndsAndThisOneGoesOnWithNewTokens() throws {
    let account = try stand.account()
    let bobs = try session(try stand.account("bob"))
    let (kept, other) = (try session(account), stand.codec.claims(try stand.begin(account).refresh))
    let outcome = try change(account, keeping: kept.session)
    #expect(outcome.account.passwordHash == stand.hasher.text("battery staple"))
    #expect(stand.storage.mails.map(\.kind) == [.passwordChanged], "the owner is told")
    #expect(stand.storage.mails.map(\.recipient) == [account.email])
    #expect(stand.revoked(kept), "the old token of the session that goes on is dead as well")
    #expect(stand.revoked(other))
    #expect(throws: AuthError.sessionInactive) { try stand.sessions.refresh(other) }
    #expect(!stand.revoked(bobs))
    let (access, refresh) = (stand.codec.claims(outcome.tokens.access), stand.codec.claims(outcome.tokens.refresh))
    #expect(access.session == kept.session)
    #expect(access.epoch == kept.epoch + 1)
    #expect(access.provenAt == kept.provenAt)
    #expect(!stand.revoked(access))
    #expect(try stand.sessions.account(of: access) == outcome.account)
    #expect(stand.codec.claims(try stand.sessions.refresh(refresh).refresh).generation == 2)
    #expect(!stand.log.contains("horse"))
    #expect(!stand.log.contains("staple"))
  }

  /// Whoever registers a stranger's address could else write to it all day.
  @Test func noMailboxThatNobodyHasProvenIsFilled() throws {
    var account = try stand.account()
    let kept = try session(account)
    for number in 0..<9 {
      let (old, new) = (number == 0 ? "correct horse" : "battery \(number - 1)", "battery \(number)")
      account = try change(account, from: old, to: new, keeping: kept.session).account
    }
    #expect(stand.storage.mails.count == 5)
    stand.storage.update(account.id) { $0.isVerified = true }
    account = try #require(try stand.storage.accounts.find(account.id))
    _ = try change(account, from: "battery 8", keeping: kept.session)
    #expect(stand.storage.mails.count == 6, "who has proven it learns of everything")
  }

  @Test func aWrongCurrentPasswordChangesNothing() throws {
    let account = try stand.account()
    let kept = try session(account)
    let long = String(repeating: "x", count: PasswordRules.longest + 1)
    for wrong in ["wrong horse", "", "correct horse ", long] {
      #expect(throws: AuthError.wrongPassword(field: "current_password")) {
        try change(account, from: wrong, keeping: kept.session)
      }
    }
    #expect(try stand.storage.accounts.find(account.id) == account)
    #expect(stand.storage.mails.isEmpty)
    #expect(!stand.revoked(kept))
    let withoutPassword = try stand.account("bob", password: nil)
    #expect(throws: AuthError.wrongPassword(field: "current_password")) {
      try change(withoutPassword, keeping: try session(withoutPassword).session)
    }
  }

  @Test func wrongOnesCountTogetherWithFailedLogins() throws {
    let account = try stand.account()
    let kept = try session(account)
    for _ in 0..<3 {
      #expect(throws: AuthError.wrongPassword(field: "current_password")) {
        try change(account, from: "wrong", keeping: kept.session)
      }
    }
    for _ in 0..<2 {
      #expect(throws: AuthError.badCredentials) {
        try stand.signIn.login(email: account.email.text, password: "wrong", client: .test, replacing: nil)
      }
    }
    let before = stand.hasher.counts
    #expect(throws: AuthError.tooManyAttempts(wait: .seconds(60))) { try change(account, keeping: kept.session) }
    #expect(stand.hasher.counts == before, "who has to wait costs no hash")
    #expect(throws: AuthError.tooManyAttempts(wait: .seconds(60))) {
      try stand.signIn.login(email: account.email.text, password: "correct horse", client: .test, replacing: nil)
    }
    _ = try change(account, keeping: kept.session, address: "192.0.2.2")
  }

  @Test func theRulesForPasswordsHoldAndCostNoHash() throws {
    let account = try stand.account()
    let kept = try session(account)
    let before = stand.hasher.counts
    for new in ["short", "ada@example.com", "password", "a\u{0}bcdefghi", String(repeating: "x", count: 1_025)] {
      do {
        _ = try change(account, to: new, keeping: kept.session)
        Issue.record("taken: \(new)")
      } catch AuthError.invalid(let problems) {
        #expect(problems.map(\.field) == ["new_password"])
      }
    }
    #expect(stand.hasher.counts == before)
  }

  @Test func ofChangesThatRaceOneWins() throws {
    let account = try stand.account()
    let sessions = try (0..<12).map { _ in try session(account).session }
    let outcomes = concurrently(12) { number in
      Result { try change(account, to: "battery staple \(number)", keeping: sessions[number]) }
    }
    let won = outcomes.compactMap { try? $0.get() }
    #expect(won.count == 1)
    for case .failure(let error) in outcomes {
      #expect(error as? AuthError == .wrongPassword(field: "current_password"))
    }
    let found = try #require(try stand.storage.accounts.find(account.id))
    #expect(found == won.first?.account)
    #expect(found.epoch == 1)
    #expect(try sessions.filter { try stand.storage.sessions.find($0)?.revokedAt == nil }.count == 1)
  }

  /// A login under other parameters puts another hash of the same password there.
  @Test func aRehashInBetweenIsNoOtherPassword() throws {
    let account = try stand.account()
    let kept = try session(account)
    let passwords = stand.passwords
    let change = try passwords.prepare(
      account, current: "correct horse", new: "battery staple", field: "new_password", client: .test)
    try stand.storage.accounts.rehash(account.id, from: account.passwordHash!, to: "2:correct horse")
    #expect(
      try passwords.commit(change, keeping: kept.session, client: .test).account.passwordHash
        == stand.hasher.text("battery staple"))
  }

  @Test func aSessionThatHasEndedMeanwhileGetsNoTokens() throws {
    let account = try stand.account()
    let kept = try session(account)
    try stand.sessions.end(kept.session)
    #expect(throws: AuthError.sessionInactive) { try change(account, keeping: kept.session) }
    let bobs = try session(try stand.account("bob"))
    let now = try #require(try stand.storage.accounts.find(account.id))
    #expect(throws: AuthError.sessionInactive) {
      try change(now, from: "battery staple", to: "correct horse", keeping: bobs.session)
    }
    #expect(!stand.revoked(bobs))
  }

  @Test func aStorageThatIsGoneIsNoWrongPassword() throws {
    let account = try stand.account()
    let kept = try session(account)
    stand.storage.fail(with: .unavailable("locked"))
    for _ in 0..<9 {
      #expect(throws: AuthError.unavailable("locked")) { try change(account, keeping: kept.session) }
    }
    stand.storage.fail(with: nil)
    _ = try change(account, keeping: kept.session)
  }
}
