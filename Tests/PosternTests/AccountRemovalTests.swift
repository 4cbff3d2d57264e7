import Postern
import PosternTesting
import Testing

@Suite struct AccountRemovalTests {
  private let stand = Stand()

  @Test func thePasswordRemovesTheAccountAndItsOwnerIsTold() throws {
    let ada = try stand.account()
    let tokens = try stand.begin(ada)
    let missing = [FieldProblem("password", "Password is required to delete your account")]
    #expect(throws: AuthError.invalid(missing)) {
      try stand.removal.remove(ada, password: nil, provenAt: stand.clock.now().seconds, client: .test)
    }
    #expect(throws: AuthError.wrongPassword(field: "password")) {
      try stand.removal.remove(ada, password: "zzz", provenAt: 0, client: .test)
    }
    try stand.removal.remove(ada, password: "correct horse", provenAt: 0, client: .test)
    #expect(try stand.storage.accounts.find(ada.id) == nil)
    #expect(stand.revoked(stand.codec.claims(tokens.access)))
    #expect(throws: AuthError.sessionInactive) { try stand.sessions.refresh(stand.codec.claims(tokens.refresh)) }
    #expect(stand.storage.mails.map(\.kind) == [.accountDeleted])
    #expect(stand.storage.mails.map(\.recipient) == [ada.email])
    #expect(throws: AuthError.accountNotFound) {
      try stand.removal.remove(ada, password: "correct horse", provenAt: 0, client: .test)
    }
  }

  /// Registering and deleting over and over fills no stranger's mailbox.
  @Test func anAddressThatNobodyHasProvenIsToldSoOften() throws {
    for _ in 0..<9 {
      _ = try stand.registration.register(
        email: "ada@example.com", password: "correct horse", profile: Profile(), client: .test, replacing: nil)
      let ada = try #require(try stand.storage.accounts.find(EmailAddress("ada@example.com")!))
      try stand.removal.remove(ada, password: "correct horse", provenAt: 0, client: .test)
    }
    let kinds = stand.storage.mails.map(\.kind)
    #expect(kinds.count { $0 == .accountDeleted } <= 5 && kinds.count { $0 != .accountDeleted } <= 5)
    #expect(stand.storage.entries.count { $0.event.action == .signup } == 9)
  }

  @Test func withoutAPasswordAFreshProofRemovesIt() throws {
    let ada = try stand.account(password: nil)
    let now = stand.clock.now().seconds
    #expect(throws: AuthError.proofTooOld) {
      try stand.removal.remove(ada, password: nil, provenAt: now - 901, client: .test)
    }
    try stand.removal.remove(ada, password: nil, provenAt: now - 900, client: .test)
    #expect(try stand.storage.accounts.find(ada.id) == nil)
  }
}
