import PosternTesting
import Testing

@testable import Postern

@Suite struct FactorChangeRuleTests {
  private let stand = Stand { $0.secondFactors.isEnabled = true }

  private func account(hasFactor: Bool = false, password: String? = "1:right") throws -> Account {
    let account = try stand.storage.accounts.create(
      NewAccount(email: EmailAddress("ada@example.com")!, passwordHash: password))
    stand.storage.update(account.id) { $0.hasSecondFactor = hasFactor }
    return try #require(try stand.storage.accounts.find(account.id))
  }

  private func session(of account: Account, age: Int64, methods: [String] = ["pwd"]) throws -> TokenClaims {
    let tokens = try stand.sessions.begin(
      for: account, methods: methods, client: .test, replacing: nil, isPersistent: nil)
    var claims = stand.codec.claims(tokens.access)
    claims.provenAt -= age
    return claims
  }

  @Test func aFreshProofNeedsNoPasswordAndAnOldOneDoes() throws {
    let account = try account()
    let rule = stand.factorChanges
    try rule.demand(of: account, try session(of: account, age: 900), password: nil, client: .test)
    let old = try session(of: account, age: 901)
    #expect(!rule.isFresh(old))
    #expect(throws: AuthError.invalid([FieldProblem("password", "Password is required")])) {
      try rule.demand(of: account, old, password: nil, client: .test)
    }
    #expect(throws: AuthError.wrongPassword(field: "password")) {
      try rule.demand(of: account, old, password: "wrong", client: .test)
    }
    try rule.demand(of: account, old, password: "right", client: .test)
  }

  @Test func aWrongPasswordIsNoneEvenWhereNoneIsNeeded() throws {
    let account = try account()
    #expect(throws: AuthError.wrongPassword(field: "password")) {
      try stand.factorChanges.demand(of: account, session(of: account, age: 0), password: "wrong", client: .test)
    }
  }

  @Test func whoHasNoPasswordHasToProveThemselvesAnew() throws {
    let account = try account(password: nil)
    #expect(throws: AuthError.proofTooOld) {
      try stand.factorChanges.demand(of: account, session(of: account, age: 901), password: nil, client: .test)
    }
  }

  @Test func whereThereIsAFactorTheSessionMustHaveUsedOne() throws {
    let account = try account(hasFactor: true)
    #expect(throws: AuthError.secondFactorRequired) {
      try stand.factorChanges.demand(of: account, session(of: account, age: 0), password: "right", client: .test)
    }
    #expect(stand.hasher.counts[1] == 0, "no password is tried for nothing")
    let raised = try session(of: account, age: 0, methods: ["pwd", "otp", "mfa"])
    try stand.factorChanges.demand(of: account, raised, password: nil, client: .test)
  }

  @Test func whereTheSiteAsksForNoFactorsAPasswordIsEnough() throws {
    let stand = Stand()
    let account = try stand.storage.accounts.create(
      NewAccount(email: EmailAddress("ada@example.com")!, passwordHash: "1:right"))
    stand.storage.update(account.id) { $0.hasSecondFactor = true }
    let known = try #require(try stand.storage.accounts.find(account.id))
    let tokens = try stand.sessions.begin(
      for: known, methods: ["pwd"], client: .test, replacing: nil, isPersistent: nil)
    try stand.factorChanges.demand(of: known, stand.codec.claims(tokens.access), password: nil, client: .test)
  }
}
