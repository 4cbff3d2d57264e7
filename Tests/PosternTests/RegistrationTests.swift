import Postern
import PosternTesting
import Synchronization
import Testing

@Suite struct RegistrationTests {
  private let stand = Stand()

  private func register(
    _ email: String, _ password: String = "correct horse", profile: Profile = Profile(), with stand: Stand
  ) throws -> SignIn.Outcome {
    try stand.registration.register(email: email, password: password, profile: profile, client: .test, replacing: nil)
      .signIn
  }

  @Test func whoRegistersIsSignedInWithoutARole() throws {
    var profile = Profile()
    profile.firstName = "Ada"
    let outcome = try register(" Ada@Example.COM ", profile: profile, with: stand)
    #expect(outcome.account.email.text == "ada@example.com")
    #expect(outcome.account.role == nil)
    #expect(!outcome.account.isVerified)
    #expect(outcome.account.isActive)
    #expect(outcome.account.provider == "local")
    #expect(outcome.account.profile.firstName == "Ada")
    let claims = stand.codec.claims(outcome.tokens.access)
    #expect(claims.roleName == nil)
    #expect(claims.permissions == [])
    #expect(try stand.sessions.account(of: claims) != nil)
    let mail = try #require(stand.storage.mails.first)
    #expect(stand.storage.mails.count == 1)
    #expect((mail.kind, mail.recipient) == (.confirmAddress, outcome.account.email))
    #expect(mail.values == ["address": "192.0.2.1", "device": "Unknown Device"], "no words of who registers")
    #expect(try stand.storage.links.find(mail.link!.id)?.account == outcome.account.id)
    #expect(!stand.log.contains("correct horse"))
  }

  @Test func everyProblemIsTold() throws {
    var profile = Profile()
    profile.city = "x\u{0}"
    #expect(throws: AuthError.self) { try register("not an email", "short", profile: profile, with: stand) }
    do {
      _ = try register("ada@example.com", "short", profile: profile, with: stand)
      Issue.record("registered")
    } catch AuthError.invalid(let problems) {
      #expect(problems.map(\.field) == ["password", "city"])
    }
    do {
      _ = try register("a@b@c", "x", with: stand)
      Issue.record("registered")
    } catch AuthError.invalid(let problems) {
      #expect(problems == [FieldProblem("email", "Invalid email format")])
    }
    #expect(try stand.storage.accounts.list(after: nil, limit: 9).isEmpty)
    #expect(stand.hasher.counts == [0, 0])
  }

  @Test func aTakenAddressIsRefusedInEverySpellingAndCostsNoHash() throws {
    _ = try stand.account()
    let registration = stand.registration
    let before = stand.hasher.counts
    for email in ["ada@example.com", "ADA@EXAMPLE.COM", " ada@example.com"] {
      #expect(throws: AuthError.emailTaken) {
        try registration.register(
          email: email, password: "correct horse", profile: Profile(), client: .test, replacing: nil)
      }
    }
    #expect(stand.hasher.counts == before)
  }

  @Test func ofManyWhoRaceForOneAddressOneGetsIt() throws {
    let (registration, stand) = (stand.registration, stand)
    let outcomes = concurrently(20) { number -> String in
      do {
        let outcome = try registration.register(
          email: "ada@example.com", password: "password of \(number)", profile: Profile(), client: .test, replacing: nil
        ).signIn
        return outcome.account.email.text
      } catch AuthError.emailTaken { return "taken" } catch { return "\(error)" }
    }
    #expect(outcomes.count { $0 == "ada@example.com" } == 1)
    #expect(outcomes.count { $0 == "taken" } == 19)
    #expect(try stand.storage.accounts.list(after: nil, limit: 99).count == 1)
  }

  @Test func whereNobodyMayRegisterNobodyCan() throws {
    let stand = Stand { $0.registration = .closed }
    #expect(throws: AuthError.registrationClosed) { try register("ada@example.com", with: stand) }
    #expect(throws: AuthError.registrationClosed, "before anything is checked") { try register("", "", with: stand) }
  }

  @Test func theSessionThatTheBrowserHadEnds() throws {
    let before = stand.codec.claims(try stand.begin(try stand.account("bob")).access)
    let outcome = try stand.registration.register(
      email: "ada@example.com", password: "correct horse", profile: Profile(), client: .test, replacing: before.session
    ).signIn
    #expect(stand.revoked(before))
    #expect(stand.codec.claims(outcome.tokens.access).session != before.session)
  }
}

/// Under `POSTERN_REGISTRATION=verified`.
@Suite struct VerifiedRegistrationTests {
  private let stand = Stand { $0.registration = .verified }

  private func register(
    _ email: String, _ password: String = "correct horse", firstName: String? = nil
  ) throws -> Registration.Outcome {
    var profile = Profile()
    profile.firstName = firstName
    return try stand.registration.register(
      email: email, password: password, profile: profile, client: .test, replacing: nil)
  }

  private func isMailed(_ outcome: Registration.Outcome) -> Bool {
    if case .mailed = outcome { true } else { false }
  }

  @Test func accountIsMadeAndNobodyIsSignedIn() throws {
    #expect(isMailed(try register("ada@example.com", firstName: "Ada")))
    let account = try #require(try stand.storage.accounts.find(EmailAddress("ada@example.com")!))
    #expect(!account.isVerified)
    #expect(account.passwordHash == stand.hasher.text("correct horse"))
    #expect(account.profile.firstName == "Ada")
    #expect(try stand.storage.sessions.list(of: account.id, limit: 9).isEmpty)
    #expect(stand.storage.mails.map(\.kind) == [.confirmAddress])
    #expect(stand.storage.mails.first?.values["name"] == nil, "no words of who registers")
  }

  enum Owner: CaseIterable { case nobody, unproven, proven, disabled }

  /// One hash, one entry, one outcome, whoever has the address; its owner alone learns more.
  @Test(arguments: Owner.allCases) func addressesLookAlike(owner: Owner) throws {
    let account = owner == .nobody ? nil : try stand.account(password: "another horse")
    if let account, owner != .unproven { stand.storage.update(account.id) { $0.isVerified = true } }
    if let account, owner == .disabled { stand.storage.update(account.id) { $0.isActive = false } }
    let before = try account.map { try #require(try stand.storage.accounts.find($0.id)) }
    #expect(isMailed(try register("Ada@example.com")))
    #expect(stand.hasher.counts == [1, 0])
    let mails = stand.storage.mails
    switch owner {
    case .nobody, .unproven:
      #expect(mails.map(\.kind) == [.confirmAddress])
      #expect(mails.first?.link?.purpose == .confirmAddress)
    case .proven:
      #expect(mails.map(\.kind) == [.addressTaken])
      #expect(mails.first?.link == nil)
    case .disabled: #expect(mails.isEmpty)
    }
    let owners = try #require(try stand.storage.accounts.find(EmailAddress("ada@example.com")!))
    if let before { #expect(owners == before, "nothing changes, the password least of all") }
    #expect(try stand.storage.audit.list(of: owners.id, limit: 9, offset: 0).map(\.event.action) == [.signup])
    #expect(try stand.storage.sessions.list(of: owners.id, limit: 9).isEmpty)
  }

  @Test func whatBreaksARuleIsToldAlikeAndCostsNothing() throws {
    _ = try stand.account()
    for email in ["ada@example.com", "bob@example.com"] {
      #expect(throws: AuthError.invalid([FieldProblem("password", "Password must be at least 8 characters")])) {
        try register(email, "short")
      }
    }
    #expect(stand.hasher.counts == [0, 0])
    #expect(stand.storage.mails.isEmpty)
  }

  @Test func ofManyWhoRaceOneMakesTheAccount() throws {
    let (registration, stand) = (stand.registration, stand)
    let outcomes = concurrently(12) { number in
      (try? registration.register(
        email: "ada@example.com", password: "password of \(number)", profile: Profile(), client: .test, replacing: nil))
        .map(isMailed) == true
    }
    #expect(outcomes.allSatisfy { $0 })
    #expect(try stand.storage.accounts.list(after: nil, limit: 99).count == 1)
  }

  /// Whoever asks again and again fills nobody's mailbox.
  @Test func ownerGetsNoMoreMailsThanTheLimitSays() throws {
    let account = try stand.account()
    for _ in 0..<20 { #expect(isMailed(try register("ada@example.com"))) }
    #expect(stand.storage.mails.count == 5)
    #expect(try stand.storage.audit.list(of: account.id, limit: 99, offset: 0).count == 20, "each has its write")
  }

  /// Threat 17: what a change of one's own address to that one does then would tell.
  @Test func itUsesUpAsMuchOfTheLimitWhereverThereIsNoAccountYet() throws {
    _ = try stand.account("known")
    let left = try ["known@example.com", "unknown@example.com"].map { email in
      _ = try register(email)
      return (0..<9).count { _ in stand.limits.allowMail(to: EmailAddress(email)!) }
    }
    #expect(left == [4, 4])
  }

  @Test func nobodySignsInBeforeTheAddressIsProven() throws {
    _ = try register("ada@example.com")
    let before = stand.hasher.counts
    func login(_ password: String) throws -> SignIn.Outcome {
      try stand.signIn.login(email: "ada@example.com", password: password, client: .test, replacing: nil).outcome
    }
    for password in ["correct horse", "wrong horse"] {
      #expect(throws: AuthError.badCredentials) { try login(password) }
    }
    #expect(stand.hasher.counts == [before[0], before[1] + 2], "one hash each")
    let id = try #require(try stand.storage.accounts.find(EmailAddress("ada@example.com")!)).id
    stand.storage.update(id) { $0.isVerified = true }
    _ = try login("correct horse")
  }

  /// A site that asks for proven addresses from now on.
  @Test func sessionsAndTokensOfTheUnprovenEnd() throws {
    let account = try stand.account()
    let tokens = try stand.begin(account)
    stand.storage.update(account.id) { $0.isVerified = true }
    let made = try stand.apiTokens.make(
      for: account.id, epoch: 0, name: "git", life: nil, scopes: nil, client: .test)
    stand.storage.update(account.id) { $0.isVerified = false }
    let (access, refresh) = (stand.codec.claims(tokens.access), stand.codec.claims(tokens.refresh))
    func expectRefusals() {
      #expect(throws: AuthError.sessionInactive) { try stand.sessions.refresh(refresh) }
      #expect(throws: AuthError.sessionInactive) { try stand.sessions.renew(refresh) }
      #expect((try? stand.sessions.account(of: access)) == .some(nil))
      #expect(throws: AuthError.token(.revoked)) { try stand.apiTokens.prove(Array(made.text.utf8)) }
      #expect(throws: AuthError.token(.revoked)) {
        try stand.apiTokens.make(for: account.id, epoch: 0, name: "x", life: nil, scopes: nil, client: .test)
      }
    }
    expectRefusals()
    stand.storage.update(account.id) { $0.isVerified = true }
    _ = try stand.sessions.renew(refresh)
    _ = try stand.sessions.refresh(refresh)
    #expect(try stand.sessions.account(of: access) != nil)
    _ = try stand.apiTokens.prove(Array(made.text.utf8))
  }

  /// `REQUIRE_EMAIL_VERIFICATION` with closed registration: who is added as unproven signs in later.
  @Test func closedRegistrationCanAskForProvenAddressesToo() throws {
    let closed = Stand {
      $0.registration = .closed
      $0.requiresProvenAddress = true
    }
    _ = try closed.account()
    #expect(throws: AuthError.badCredentials) {
      try closed.signIn.login(email: "ada@example.com", password: "correct horse", client: .test, replacing: nil)
    }
    #expect(throws: AuthError.registrationClosed) {
      try closed.registration.register(
        email: "bob@example.com", password: "correct horse", profile: Profile(), client: .test, replacing: nil)
    }
  }
}
