import Postern
import PosternTesting
import Testing

@Suite struct TokenIssuerTests {
  private func issued(
    _ stand: Stand, role: String? = nil, after pause: Duration = .zero
  ) throws -> (tokens: IssuedTokens, access: TokenClaims, refresh: TokenClaims) {
    let account = try stand.account(role: role)
    let claims = stand.codec.claims(try stand.begin(account).access)
    stand.clock.advance(by: pause)
    let tokens = stand.issuer.issue(for: try stand.storage.sessions.find(claims.session)!, of: account)
    return (tokens, stand.codec.claims(tokens.access), stand.codec.claims(tokens.refresh))
  }

  @Test func theTokensSayWhoAndForHowLong() throws {
    let stand = Stand()
    stand.clock.advance(by: .milliseconds(999))
    let (tokens, access, refresh) = try issued(stand, role: "admin")
    #expect((access.kind, refresh.kind) == (.access, .refresh))
    #expect((access.generation, refresh.generation) == (nil, 1))
    for claims in [access, refresh] {
      #expect(claims.subject == "ada@example.com")
      #expect(claims.issuedAt == 1_767_225_600)
      #expect(claims.notBefore == claims.issuedAt)
      #expect(claims.roleName == "admin")
      #expect(claims.permissions == ["rbac.admin"])
      #expect(claims.methods == ["pwd"])
      #expect(claims.csrf == nil)
    }
    #expect((tokens.accessLife, tokens.refreshLife) == (900, 2_592_000))
    #expect((access.expires - access.issuedAt, refresh.expires - refresh.issuedAt) == (900, 2_592_000))
    #expect(access.identifier != refresh.identifier)
    #expect((tokens.accessCSRF, tokens.refreshCSRF) == (nil, nil))
  }

  @Test func noTokenLivesLongerThanItsSession() throws {
    let stand = Stand { $0.sessionTimeout = .seconds(1_000) }
    let start = try issued(stand)
    #expect((start.tokens.accessLife, start.tokens.refreshLife) == (900, 1_000))
    let late = try issued(Stand { $0.sessionTimeout = .seconds(1_000) }, after: .seconds(600))
    #expect((late.tokens.accessLife, late.tokens.refreshLife) == (400, 400))
    #expect(late.access.expires == late.access.issuedAt + 400)
    let over = try issued(Stand { $0.sessionTimeout = .seconds(1_000) }, after: .seconds(5_000))
    #expect((over.tokens.accessLife, over.tokens.refreshLife) == (0, 0))
    let fraction = try issued(Stand { $0.sessionTimeout = .seconds(1_000) }, after: .milliseconds(600_500))
    #expect(fraction.access.expires <= 1_767_225_600 + 1_000)
  }

  /// Nobody asks the storage about an access token, so the pause that its session may make has to be in it.
  @Test func noAccessTokenOutlivesThePauseOfItsSession() throws {
    let late = try issued(Stand { $0.sessionInactivity = .seconds(1_200) }, after: .seconds(1_000))
    #expect(late.tokens.accessLife == 200)
    #expect(late.tokens.refreshLife == 2_592_000, "the storage is asked about this one")
    let start = try issued(Stand { $0.sessionInactivity = .seconds(600) })
    #expect(start.tokens.accessLife == 600)
  }

  @Test func permissionsThatDoNotFitAreLeftOut() throws {
    let stand = Stand()
    stand.storage.setRole("wide", permissions: (0..<1_000).map { "permission.\($0)" })
    let (tokens, access, refresh) = try issued(stand, role: "wide")
    #expect(access.permissions == nil)
    #expect(refresh.permissions == nil)
    #expect(access.roleName == "wide")
    #expect(tokens.access.utf8.count <= TokenIssuer.largest)
    let narrow = Stand()
    narrow.storage.setRole("narrow", permissions: (0..<200).map { "p.\($0)" })
    #expect(try issued(narrow, role: "narrow").access.permissions?.count == 200)
  }

  @Test func underDoubleSubmitEachKindHasItsValueForTheSession() throws {
    let stand = Stand { $0.doubleSubmit = true }
    let (tokens, access, refresh) = try issued(stand)
    #expect(access.csrf == "csrf access \(access.session)")
    #expect(refresh.csrf == "csrf refresh \(access.session)")
    #expect((tokens.accessCSRF, tokens.refreshCSRF) == (access.csrf, refresh.csrf))
    let again = try stand.sessions.refresh(refresh)
    #expect(again.accessCSRF == tokens.accessCSRF, "the same for the life of the session")
  }

  @Test func theEpochIsTheSessionsNotTheAccountsOfNow() throws {
    let stand = Stand()
    var account = try stand.account()
    let claims = stand.codec.claims(try stand.begin(account).access)
    account.epoch = 5
    let tokens = stand.issuer.issue(for: try stand.storage.sessions.find(claims.session)!, of: account)
    #expect(stand.codec.claims(tokens.access).epoch == 0)
  }
}
