import Postern
import PosternTesting
import Synchronization
import Testing

@Suite struct LoginTests {
  private let stand = Stand()

  private func login(
    _ email: String = "ada@example.com", _ password: String = "correct horse", address: String = "192.0.2.1",
    replacing previous: SessionID? = nil, with signIn: SignIn? = nil
  ) throws -> SignIn.Outcome {
    try (signIn ?? stand.signIn).login(
      email: email, password: password, client: Client(address: address, userAgent: "agent"), replacing: previous
    ).outcome
  }

  @Test func theRightPasswordSignsIn() throws {
    let account = try stand.account()
    let outcome = try login(" ADA@example.com ")
    #expect(outcome.account == account)
    #expect(outcome.afterwards == nil)
    #expect(stand.codec.claims(outcome.tokens.access).methods == ["pwd"])
    #expect(!stand.log.contains("correct horse"))
  }

  enum Cause: CaseIterable {
    case unknownAddress, wrongPassword, noAddress, disabled, withoutPassword, decoy, tooLong, tooLongForAnEmptyHash,
      empty
  }

  /// One sentence and one hash, whatever the cause.
  @Test(arguments: Cause.allCases) func everyFailureLooksAlike(cause: Cause) throws {
    let signIn = stand.signIn
    let before = stand.hasher.counts
    let long = String(repeating: "x", count: PasswordRules.longest + 1)
    let account = try stand.account(
      password: cause == .withoutPassword
        ? nil : cause == .tooLong ? long : cause == .tooLongForAnEmptyHash ? "" : "correct horse")
    if cause == .disabled { stand.storage.update(account.id) { $0.isActive = false } }
    #expect(throws: AuthError.badCredentials) {
      switch cause {
      case .unknownAddress: try login("bob@example.com", with: signIn)
      case .wrongPassword: try login("ada@example.com", "wrong horse", with: signIn)
      case .noAddress: try login("a@b@c", with: signIn)
      case .disabled, .withoutPassword: try login(with: signIn)
      case .decoy: try login("bob@example.com", "decoy", with: signIn)
      case .tooLong, .tooLongForAnEmptyHash: try login("ada@example.com", long, with: signIn)
      case .empty: try login("ada@example.com", "", with: signIn)
      }
    }
    #expect(stand.hasher.counts == [before[0], before[1] + 1])
    #expect(stand.log.lines(of: "login failed").count == 1)
    #expect(!stand.log.contains("horse"))
  }

  @Test func afterTooManyFailuresNobodyHashesUntilTheWaitEnds() throws {
    _ = try stand.account()
    let signIn = stand.signIn
    for _ in 0..<5 { #expect(throws: AuthError.badCredentials) { try login("Ada@example.com", "wrong", with: signIn) } }
    let before = stand.hasher.counts
    stand.clock.advance(by: .seconds(20))
    for _ in 0..<10 {
      #expect(throws: AuthError.tooManyAttempts(wait: .seconds(40))) { try login(with: signIn) }
    }
    #expect(stand.hasher.counts == before)
    _ = try login(address: "192.0.2.2", with: signIn)
    stand.clock.step(to: Instant(seconds: 4_000_000_000))
    #expect(throws: AuthError.self, "the wall clock sets nobody free") { try login(with: signIn) }
    stand.clock.advance(by: .seconds(40))
    _ = try login(with: signIn)
  }

  @Test func unknownAddressesAreLimitedLikeKnownOnes() throws {
    let signIn = stand.signIn
    for _ in 0..<5 { #expect(throws: AuthError.badCredentials) { try login("nobody@example.com", with: signIn) } }
    #expect(throws: AuthError.tooManyAttempts(wait: .seconds(60))) { try login("nobody@example.com", with: signIn) }
  }

  @Test func aSuccessBeginsTheCountAnew() throws {
    _ = try stand.account()
    let signIn = stand.signIn
    for _ in 0..<3 {
      for _ in 0..<4 {
        #expect(throws: AuthError.badCredentials) { try login("ada@example.com", "wrong", with: signIn) }
      }
      _ = try login(with: signIn)
    }
  }

  @Test func aHashThatCannotBeMadeIsNoFailedLogin() throws {
    _ = try stand.account()
    let signIn = stand.signIn
    stand.hasher.isOutOfMemory.store(true, ordering: .relaxed)
    for _ in 0..<9 { #expect(throws: AuthError.unavailable("memory")) { try login(with: signIn) } }
    stand.hasher.isOutOfMemory.store(false, ordering: .relaxed)
    _ = try login(with: signIn)
  }

  @Test func theSessionThatTheBrowserHadEndsAndTheNewOneIsProvenNow() throws {
    _ = try stand.account()
    let before = stand.codec.claims(try login().tokens.access)
    stand.clock.advance(by: .seconds(500))
    let after = stand.codec.claims(try login(replacing: before.session).tokens.access)
    #expect(after.session != before.session)
    #expect(after.provenAt == before.provenAt + 500)
    #expect(stand.revoked(before))
    #expect(!stand.revoked(after))
    #expect(throws: AuthError.badCredentials) { try login("ada@example.com", "wrong", replacing: after.session) }
    #expect(!stand.revoked(after), "a failed login ends nothing")
  }

  @Test func anOldHashIsMadeAnewAfterTheAnswer() throws {
    let account = try stand.account()
    stand.hasher.parameters.store(2, ordering: .relaxed)
    let afterwards = try #require(try login().afterwards)
    #expect(try stand.storage.accounts.find(account.id)?.passwordHash == "1:correct horse")
    afterwards()
    #expect(try stand.storage.accounts.find(account.id)?.passwordHash == "2:correct horse")
    #expect(try stand.storage.accounts.find(account.id)?.epoch == 0, "it ends nothing")
    #expect(stand.log.lines(of: "password rehashed").count == 1)
    #expect(try login().afterwards == nil)
  }

  @Test func anewHashNeverUndoesAPasswordChange() throws {
    let account = try stand.account()
    stand.hasher.parameters.store(2, ordering: .relaxed)
    let afterwards = try #require(try login().afterwards)
    _ = try stand.storage.accounts.setPassword(account.id, hash: "2:changed", except: nil)
    afterwards()
    #expect(try stand.storage.accounts.find(account.id)?.passwordHash == "2:changed")
    stand.storage.fail(with: .unavailable("locked"))
    afterwards()
    #expect(stand.log.lines(of: "password not rehashed").map(\.level) == [.warning])
    #expect(!stand.log.contains("horse"))
  }
}
