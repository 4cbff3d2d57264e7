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
