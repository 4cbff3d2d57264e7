import Postern
import PosternTesting
import Synchronization
import Testing

@Suite struct AddressProofsTests {
  private let stand = Stand()

  private func mailedLink(to account: Account, in stand: Stand) throws -> ArraySlice<UInt8> {
    #expect(try stand.addressProofs.resend(for: account, client: .test))
    return try stand.mailedLink()
  }

  private func confirm(
    _ link: ArraySlice<UInt8>, _ companion: AddressProofs.Companion, replacing previous: SessionID? = nil,
    in stand: Stand
  ) throws -> AddressProofs.Confirmed {
    try stand.addressProofs.confirm(link, with: companion, client: .test, replacing: previous)
  }

  private func isAlreadyProven(_ confirmed: AddressProofs.Confirmed) -> Bool {
    confirmed.wasDone && confirmed.signIn == nil
  }

  @Test func linkAndSessionProveAtOnceAndEndNothing() throws {
    let account = try stand.account()
    let claims = stand.codec.claims(try stand.begin(account).access)
    let link = try mailedLink(to: account, in: stand)
    let confirmed = try confirm(link, .session(claims.session, account.id), in: stand)
    #expect(confirmed.account.isVerified)
    #expect(!confirmed.wasDone)
    #expect(confirmed.signIn == nil)
    #expect(!stand.revoked(claims))
    #expect(
      stand.revocations.isOutOfDate(account: account.id, revision: claims.revision), "what its tokens say is not so")
    #expect(try stand.sessions.account(of: claims)?.isVerified == true)
    let entry = try #require(try stand.storage.audit.list(of: account.id, limit: 1, offset: 0).first?.event)
    #expect((entry.action, entry.session) == (.emailVerified, claims.session))
    #expect(isAlreadyProven(try confirm(link, .session(claims.session, account.id), in: stand)))
  }

  @Test func linkAndPasswordProveAndSignIn() throws {
    let account = try stand.account()
    let before = stand.codec.claims(try stand.begin(try stand.account("bob")).access)
    let link = try mailedLink(to: account, in: stand)
    let confirmed = try confirm(link, .password("correct horse"), replacing: before.session, in: stand)
    #expect(!confirmed.wasDone)
    let signIn = try #require(confirmed.signIn).outcome
    #expect(signIn.account == confirmed.account)
    let claims = stand.codec.claims(signIn.tokens.access)
    #expect(claims.methods == ["pwd"])
    #expect(claims.isVerified)
    #expect(stand.revoked(before), "the session that the browser had ends")
    #expect(isAlreadyProven(try confirm(link, .password("correct horse"), in: stand)))
    #expect(try stand.storage.sessions.list(of: account.id, limit: 9).count == 1, "it signs in once")
    #expect(!stand.log.contains("horse"))
  }

  @Test func hashUnderOtherParametersIsMadeAnewAsAfterALogin() throws {
    let account = try stand.account()
    let link = try mailedLink(to: account, in: stand)
    stand.hasher.parameters.store(2, ordering: .relaxed)
    let signIn = try #require(try confirm(link, .password("correct horse"), in: stand).signIn).outcome
    signIn.afterwards?()
    #expect(try stand.storage.accounts.find(account.id)?.passwordHash == "2:correct horse")
  }

  /// Threat 29: an attacker has registered the victim's address, and the victim follows the link.
  @Test func linkAloneProvesNothing() throws {
    let account = try stand.account()
    let bob = try stand.account("bob")
    let bobs = stand.codec.claims(try stand.begin(bob).access)
    let link = try mailedLink(to: account, in: stand)
    #expect(throws: AuthError.signInToConfirm) { try confirm(link, .nothing, in: stand) }
    #expect(throws: AuthError.signInToConfirm) { try confirm(link, .session(bobs.session, bob.id), in: stand) }
    #expect(throws: AuthError.wrongLinkPassword) { try confirm(link, .password("the victim's own"), in: stand) }
    #expect(try stand.storage.accounts.find(account.id) == account)
    // Where it is proven, it still says so to its own person only.
    _ = try confirm(link, .password("correct horse"), in: stand)
    #expect(throws: AuthError.signInToConfirm) { try confirm(link, .nothing, in: stand) }
    #expect(throws: AuthError.wrongLinkPassword) { try confirm(link, .password("wrong horse"), in: stand) }
  }

  @Test func linkAloneProvesWhereTheSettingsSaySo() throws {
    let stand = Stand { $0.confirmation = .link }
    let account = try stand.account()
    let link = try mailedLink(to: account, in: stand)
    let confirmed = try confirm(link, .nothing, in: stand)
    #expect(confirmed.account.isVerified)
    #expect(confirmed.signIn == nil)
    #expect(isAlreadyProven(try confirm(link, .nothing, in: stand)))
    #expect(throws: AuthError.wrongLinkPassword, "a wrong one is not passed over") {
      try confirm(link, .password("wrong horse"), in: stand)
    }
  }

  @Test func wrongPasswordsCountTogetherWithFailedLogins() throws {
    let account = try stand.account()
    let link = try mailedLink(to: account, in: stand)
    for _ in 0..<5 {
      #expect(throws: AuthError.wrongLinkPassword) { try confirm(link, .password("wrong"), in: stand) }
    }
    let before = stand.hasher.counts
    #expect(throws: AuthError.tooManyAttempts(wait: .seconds(60))) {
      try confirm(link, .password("correct horse"), in: stand)
    }
    #expect(throws: AuthError.tooManyAttempts(wait: .seconds(60))) {
      try stand.signIn.login(email: account.email.text, password: "correct horse", client: .test, replacing: nil)
    }
    #expect(stand.hasher.counts == before)
  }

  enum Fault: CaseIterable { case noText, unknown, otherPurpose, expired, dropped, disabled, otherAddress }

  @Test(arguments: Fault.allCases) func linkThatIsNoneIsToldFromNothingElse(fault: Fault) throws {
    let account = try stand.account()
    var link = try mailedLink(to: account, in: stand)
    switch fault {
    case .noText: link = []
    case .unknown: link = Array(PlainSealer().text(of: LinkID(Array(0..<16))!, for: .confirmAddress).utf8)[...]
    case .otherPurpose:
      try stand.passwordResets.request(email: account.email.text, client: .test)
      link = try stand.mailedLink()
    case .expired: stand.clock.advance(by: .seconds(48 * 3600))
    case .dropped: try stand.storage.links.purge(expiredBefore: stand.clock.now() + .seconds(49 * 3600))
    case .disabled: stand.storage.update(account.id) { $0.isActive = false }
    case .otherAddress: stand.storage.update(account.id) { $0.email = EmailAddress("new@example.com")! }
    }
    #expect(throws: AuthError.badLink(.confirmAddress)) { try confirm(link, .password("correct horse"), in: stand) }
    #expect(throws: AuthError.badLink(.confirmAddress)) { try confirm(link, .nothing, in: stand) }
    #expect(throws: AuthError.badLink(.confirmAddress)) { try stand.addressProofs.account(of: link) }
    #expect(try stand.storage.accounts.find(account.id)?.isVerified == false)
    #expect(stand.hasher.counts == [0, 0])
  }

  @Test func linkOfARemovedAccountSaysSo() throws {
    let account = try stand.account()
    let link = try mailedLink(to: account, in: stand)
    #expect(try stand.storage.accounts.remove(account.id))
    #expect(throws: AuthError.linkAccountGone) { try confirm(link, .nothing, in: stand) }
  }

  /// An expired link still tells whoever follows it late that all is well.
  @Test func linkThatHasExpiredSinceSaysThatItIsDone() throws {
    let account = try stand.account()
    let link = try mailedLink(to: account, in: stand)
    _ = try confirm(link, .password("correct horse"), in: stand)
    stand.clock.advance(by: .seconds(72 * 3600))
    #expect(isAlreadyProven(try confirm(link, .password("correct horse"), in: stand)))
  }

  @Test func ofTwoWhoUseOneLinkBothHearThatItIsProven() throws {
    let account = try stand.account()
    let link = try mailedLink(to: account, in: stand)
    let stand = stand
    let session = stand.codec.claims(try stand.begin(account).access).session
    let outcomes = concurrently(16) { _ in
      Result { try confirm(link, .session(session, account.id), in: stand) }
    }
    let proven = try outcomes.map { try $0.get() }.filter { !isAlreadyProven($0) }
    #expect(proven.count == 1)
    #expect(try stand.storage.accounts.find(account.id)?.revision == 1)
  }

  @Test func storageThatIsGoneIsNoBadLink() throws {
    let account = try stand.account()
    let link = try mailedLink(to: account, in: stand)
    stand.storage.fail(with: .unavailable("locked"))
    #expect(throws: AuthError.unavailable("locked")) { try confirm(link, .nothing, in: stand) }
  }

  @Test func whoeverIsProvenGetsNoFurtherLink() throws {
    let account = try stand.account()
    stand.storage.update(account.id) { $0.isVerified = true }
    let proven = try #require(try stand.storage.accounts.find(account.id))
    #expect(try !stand.addressProofs.resend(for: proven, client: .test))
    #expect(stand.storage.mails.isEmpty)
  }

  @Test func ownersAloneLearnWhetherThereIsAnAccount() throws {
    let ada = try stand.account()
    for (name, change) in [
      ("proven", { @Sendable (account: inout Account) in account.isVerified = true }),
      ("disabled", { @Sendable (account: inout Account) in account.isActive = false }),
    ] {
      stand.storage.update(try stand.account(name).id, change)
    }
    for email in [
      "proven@example.com", "disabled@example.com", "nobody@example.com", "no address", "", "ADA@example.com",
    ] {
      #expect(stand.storage.mails.isEmpty)
      try stand.addressProofs.resend(toWhoeverHas: email, client: .test)
    }
    #expect(stand.storage.mails.map(\.recipient) == [ada.email])
    #expect(stand.storage.mails.map(\.kind) == [.confirmAddress])
    #expect(
      try stand.storage.audit.list(of: ada.id, limit: 9, offset: 0).map(\.event.action) == [.verificationRequested])
    #expect(stand.storage.entries.map(\.event.action).count { $0 == .verificationRequested } == 6, "a write for each")
  }

  @Test func noMailboxIsFilled() throws {
    let account = try stand.account()
    for _ in 0..<9 {
      try stand.addressProofs.resend(toWhoeverHas: "ada@example.com", client: .test)
      #expect(try stand.addressProofs.resend(for: account, client: .test))
    }
    #expect(stand.storage.mails.count == 5)
  }
}
