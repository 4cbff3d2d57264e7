import Postern
import PosternTesting
import Testing

@Suite struct PasswordResetsTests {
  private let stand = Stand()

  private func mailedLink(to email: String = "ada@example.com") throws -> ArraySlice<UInt8> {
    try stand.passwordResets.request(email: email, client: .test)
    return try stand.mailedLink()
  }

  @discardableResult
  private func reset(
    _ link: ArraySlice<UInt8>, to password: String = "battery staple", with resets: PasswordResets? = nil
  ) throws -> Account {
    try (resets ?? stand.passwordResets).reset(link, to: password, field: "password", client: .test)
  }

  @Test func ownersAloneLearnWhetherThereIsAnAccount() throws {
    let ada = try stand.account()
    stand.storage.update(try stand.account("disabled").id) { $0.isActive = false }
    for email in ["disabled@example.com", "nobody@example.com", "no address", "", " ADA@example.com"] {
      #expect(stand.storage.mails.isEmpty)
      try stand.passwordResets.request(email: email, client: .test)
    }
    #expect(stand.storage.mails.map(\.recipient) == [ada.email])
    let mail = try #require(stand.storage.mails.first)
    #expect((mail.kind, mail.link?.purpose) == (.resetPassword, .resetPassword))
    #expect(mail.values == ["address": "192.0.2.1", "device": "Unknown Device"])
    #expect(stand.storage.entries.map(\.event.action) == Array(repeating: .passwordResetRequested, count: 5))
    #expect(stand.hasher.counts == [0, 0])
    let own = try stand.storage.audit.list(of: ada.id, limit: 9, offset: 0)
    #expect(own.map(\.event.initiator.account) == [nil], "nobody knows who has asked")
  }

  @Test func onlyAProvenOwnersNameIsInTheMail() throws {
    let account = try stand.account()
    stand.storage.update(account.id) { $0.profile.firstName = "Ada" }
    _ = try mailedLink()
    #expect(stand.storage.mails.last?.values["name"] == nil)
    stand.storage.update(account.id) { $0.isVerified = true }
    _ = try mailedLink()
    #expect(stand.storage.mails.last?.values["name"] == "Ada")
  }

  @Test func noMailboxIsFilled() throws {
    _ = try stand.account()
    for _ in 0..<9 { try stand.passwordResets.request(email: "ada@example.com", client: .test) }
    #expect(stand.storage.mails.count == 5)
    #expect(stand.storage.entries.count == 9)
  }

  /// A stranger who has other mails sent, or none, all day long, keeps nobody from their password.
  @Test func strangersKeepNobodyFromALinkThatWorks() throws {
    let account = try stand.account()
    stand.storage.update(account.id) { $0.isVerified = true }
    for _ in 0..<24 {
      for _ in 0..<9 { try stand.addressProofs.resend(toWhoeverHas: "ada@example.com", client: .test) }
      stand.clock.advance(by: .seconds(3_600))
      let count = stand.storage.mails.count
      for _ in 0..<9 { try stand.passwordResets.request(email: "ada@example.com", client: .test) }
      #expect(stand.storage.mails.count > count)
      #expect(try stand.storage.links.latest(.resetPassword, of: account.id) != nil)
    }
    #expect(stand.storage.mails.count <= 20 + 24, "nor is the mailbox filled")
  }

  /// Threats 21 and 29.
  @Test func everythingFromBeforeEndsAndNobodyIsSignedIn() throws {
    let account = try stand.account()
    let bobs = stand.codec.claims(try stand.begin(try stand.account("bob")).access)
    let tokens = try stand.begin(account)
    let (access, refresh) = (stand.codec.claims(tokens.access), stand.codec.claims(tokens.refresh))
    let made = try stand.apiTokens.make(
      for: account.id, epoch: 0, name: "git", life: nil, scopes: nil, client: .test)
    #expect(try stand.addressProofs.resend(for: account, client: .test))
    let confirmation = try #require(stand.storage.mails.last?.link)
    let link = try mailedLink()
    #expect(try stand.passwordResets.account(of: link).id == account.id)
    let changed = try reset(link)
    #expect(changed.isVerified)
    #expect(changed.passwordHash == stand.hasher.text("battery staple"))
    #expect(stand.revoked(access), "at once, in memory")
    #expect(throws: AuthError.sessionInactive) { try stand.sessions.refresh(refresh) }
    #expect(throws: AuthError.token(.revoked)) { try stand.apiTokens.prove(Array(made.text.utf8)) }
    #expect(try stand.storage.links.find(confirmation.id) == nil)
    #expect(try stand.storage.sessions.list(of: account.id, limit: 9).isEmpty)
    #expect(!stand.revoked(bobs))
    #expect(stand.storage.mails.last?.kind == .passwordChanged)
    #expect(stand.storage.mails.last?.recipient == account.email)
    _ = try stand.signIn.login(email: "ada@example.com", password: "battery staple", client: .test, replacing: nil)
    #expect(throws: AuthError.badCredentials) {
      try stand.signIn.login(email: "ada@example.com", password: "correct horse", client: .test, replacing: nil)
    }
    #expect(!stand.log.contains("horse"))
    #expect(!stand.log.contains("staple"))
  }

  @Test func linkWorksOnce() throws {
    _ = try stand.account()
    let (first, second) = (try mailedLink(), try mailedLink())
    try reset(first)
    for link in [first, second] {
      #expect(throws: AuthError.badLink(.resetPassword)) { try stand.passwordResets.account(of: link) }
      #expect(throws: AuthError.badLink(.resetPassword)) { try reset(link, to: "another staple") }
    }
    #expect(stand.hasher.counts[0] == 1, "a link that is none costs no hash")
  }

  @Test func ofManyWhoUseOneLinkOneWins() throws {
    let account = try stand.account()
    let (link, resets) = (try mailedLink(), stand.passwordResets)
    let outcomes = concurrently(16) { number in
      Result { try reset(link, to: "battery staple \(number)", with: resets) }
    }
    let winners = outcomes.compactMap { try? $0.get() }
    #expect(winners.count == 1)
    for case .failure(let error) in outcomes { #expect(error as? AuthError == .badLink(.resetPassword)) }
    #expect(try stand.storage.accounts.find(account.id) == winners.first)
    #expect(stand.storage.mails.count { $0.kind == .passwordChanged } == 1)
  }

  @Test func passwordThatBreaksARuleLeavesTheLinkGood() throws {
    _ = try stand.account()
    let link = try mailedLink()
    for password in ["short", "ada@example.com", "password", String(repeating: "x", count: 1_025)] {
      do {
        try reset(link, to: password)
        Issue.record("taken: \(password)")
      } catch AuthError.invalid(let problems) {
        #expect(problems.map(\.field) == ["password"])
      }
    }
    #expect(stand.hasher.counts == [0, 0])
    try reset(link)
  }

  enum Fault: CaseIterable { case noText, unknown, otherPurpose, expired, disabled, removed, otherAddress, changed }

  @Test(arguments: Fault.allCases) func linkThatIsNoneResetsNothing(fault: Fault) throws {
    let account = try stand.account()
    var link = try mailedLink()
    switch fault {
    case .noText: link = []
    case .unknown: link = Array(PlainSealer().text(of: LinkID(Array(0..<16))!, for: .resetPassword).utf8)[...]
    case .otherPurpose:
      #expect(try stand.addressProofs.resend(for: account, client: .test))
      link = try stand.mailedLink()
    case .expired: stand.clock.advance(by: .seconds(3600))
    case .disabled: stand.storage.update(account.id) { $0.isActive = false }
    case .removed: #expect(try stand.storage.accounts.remove(account.id))
    case .otherAddress: stand.storage.update(account.id) { $0.email = EmailAddress("new@example.com")! }
    case .changed: _ = try stand.storage.accounts.setPassword(account.id, hash: "1:changed", except: nil)
    }
    let before = try stand.storage.accounts.find(account.id)
    #expect(throws: AuthError.badLink(.resetPassword)) { try stand.passwordResets.account(of: link) }
    #expect(throws: AuthError.badLink(.resetPassword)) { try reset(link) }
    #expect(try stand.storage.accounts.find(account.id) == before)
  }

  /// Who reads the mail of an account is not locked out of it by whoever was guessing from the same address.
  @Test func whoeverWasLockedOutIsNotAnyMore() throws {
    _ = try stand.account()
    func login(_ password: String) throws -> SignIn.Outcome {
      try stand.signIn.login(email: "ada@example.com", password: password, client: .test, replacing: nil).outcome
    }
    for _ in 0..<5 { #expect(throws: AuthError.badCredentials) { try login("wrong") } }
    #expect(throws: AuthError.tooManyAttempts(wait: .seconds(60))) { try login("correct horse") }
    try reset(try mailedLink())
    _ = try login("battery staple")
  }

  @Test func storageThatIsGoneIsNoBadLink() throws {
    _ = try stand.account()
    let link = try mailedLink()
    stand.storage.fail(with: .unavailable("locked"))
    #expect(throws: AuthError.unavailable("locked")) { try reset(link) }
    #expect(throws: AuthError.unavailable("locked")) {
      try stand.passwordResets.request(email: "ada@example.com", client: .test)
    }
    #expect(throws: AuthError.unavailable("locked"), "whether there is an account or not") {
      try stand.passwordResets.request(email: "nobody@example.com", client: .test)
    }
  }
}
