import Postern
import Testing

private let now = Instant(seconds: 1_800_000_000)

private func identity(
  verified: Bool = true, role: String? = "editor", permissions: [String] = ["reports.read"],
  methods: [String] = ["pwd"], provenAt: Int64? = now.seconds
) -> Identity {
  Identity(
    account: AccountID(1), credential: .session(SessionID(high: 1, low: 2)), email: "ada@example.com", name: "Ada",
    isVerified: verified, role: role, permissions: permissions, methods: methods, provenAt: provenAt)
}

private func judge(_ text: String, _ identity: Identity, at now: Instant = now) throws -> Requirement.Verdict {
  try Requirement(parsing: text).judge(identity, now: now)
}

@Suite struct RequirementReadingTests {
  @Test func everyTermIsRead() throws {
    let text = "signed-in  verified role=admin|editor permission=a.b|c user=A@x.y|b@x.y mfa age<=900 "
    #expect(
      try Requirement(parsing: text).terms == [
        .signedIn, .verified, .role(["admin", "editor"]), .permission(["a.b", "c"]),
        .user([EmailAddress("a@x.y")!, EmailAddress("b@x.y")!]), .secondFactor, .age(900),
      ])
    #expect(try Requirement(parsing: "signed-in").terms == [.signedIn])
    #expect(try Requirement(parsing: "age<=0").terms == [.age(0)])
  }

  @Test(arguments: ["", " ", "    "]) func anEmptyTextIsNoRequirement(text: String) {
    #expect(throws: Requirement.Unreadable.missing) { try Requirement(parsing: text) }
  }

  @Test(arguments: [
    "anyone", "Signed-In", "signed_in", "signed-in,verified", "role", "role=", "role=|", "role=admin|", "role=|admin",
    "role=a||b", "roles=admin", "Role=admin", "role =admin", "permission=", "permission=a|", "user=", "user=ada",
    "user=ada@x.y|bob", "user=|ada@x.y", "user=a@b@c", "age<900", "age<=", "age<=-1", "age<=15m", "age<=900.0",
    "age<=4294967296", "age<=0x10", "age<= 900", "age=900", "age>=900", "mfa=1", "!mfa", "signed-in\n",
    "signed-in\tverified",
    "signed-in\u{0}", "\u{A0}", "signed-in\u{301}", "''", "\"signed-in\"", "*",
  ])
  func anUnknownTermRefusesAll(text: String) {
    #expect(throws: Requirement.Unreadable.self) { try Requirement(parsing: text) }
    #expect(throws: Requirement.Unreadable.self) { try Requirement(parsing: "signed-in \(text) verified x=") }
  }

  @Test func theTermThatIsNotUnderstoodIsNamed() {
    #expect(throws: Requirement.Unreadable.unknown(term: "rôle=admin")) {
      try Requirement(parsing: "signed-in rôle=admin mfa")
    }
  }
}

@Suite struct RequirementJudgingTests {
  @Test func whoIsSignedInIsAllowedWhereNoMoreIsAsked() throws {
    #expect(try judge("signed-in", identity(verified: false, role: nil, permissions: [], methods: [])) == .allowed)
  }

  @Test func aProvenAddressIsAsked() throws {
    #expect(try judge("verified", identity()) == .allowed)
    #expect(try judge("verified", identity(verified: false)) == .forbidden(.verified))
  }

  @Test func oneRoleOfTheListIsEnough() throws {
    #expect(try judge("role=admin|editor", identity()) == .allowed)
    #expect(try judge("role=admin", identity()) == .forbidden(.role))
    #expect(try judge("role=admin", identity(role: nil)) == .forbidden(.role))
    #expect(try judge("role=Editor|editors|edit", identity()) == .forbidden(.role))
    #expect(try judge("role=*", identity()) == .forbidden(.role))
    #expect(try judge("role=editor role=admin", identity()) == .forbidden(.role), "all terms must hold")
  }

  @Test func peopleAreKnownByProvenAddressesOnly() throws {
    #expect(try judge("user=bob@example.com|ADA@example.com", identity()) == .allowed)
    #expect(try judge("user=ada@example.com", identity(verified: false)) == .forbidden(.user))
    #expect(try judge("user=bob@example.com", identity()) == .forbidden(.user))
    #expect(try judge("user=da@example.com", identity()) == .forbidden(.user))
  }

  @Test(
    arguments: [
      (["reports.read"], "reports.read", true), (["reports.*"], "reports.read", true), (["*"], "reports.read", true),
      (["reports.*"], "reports.a.b", true), (["other", "reports.*"], "reports.read", true),
      (["reports.*"], "reportsx", false), (["reports.*"], "reports", false), (["reports.*"], "reportsx.read", false),
      (["reports.*"], "x.reports.read", false), (["reports*"], "reports.read", false),
      (["rep*"], "reports.read", false),
      (["reports.read"], "reports.*", false), (["reports.read"], "*", false),
      (["reports.read"], "reports.readall", false),
      (["reports.readall"], "reports.read", false), (["Reports.*"], "reports.read", false), ([], "reports.read", false),
      ([""], "reports.read", false), ([".*"], "reports.read", false), (["reports.*.read"], "reports.a.read", false),
    ] as [([String], String, Bool)])
  func wildcardsCoverWholePartsOnly(granted: [String], asked: String, expected: Bool) throws {
    let verdict = try judge("permission=\(asked)", identity(permissions: granted))
    #expect(verdict == (expected ? .allowed : .forbidden(.permission)))
  }

  @Test func oneOfThePermissionsIsEnough() throws {
    #expect(try judge("permission=reports.all|reports.read", identity()) == .allowed)
    #expect(try judge("permission=reports.all|reports.write", identity()) == .forbidden(.permission))
  }

  /// A fresh password login is no second factor, whatever its age.
  @Test func aSecondFactorIsAMethodNotAnAge() throws {
    #expect(try judge("mfa", identity()) == .stepUp(.secondFactor))
    #expect(try judge("mfa", identity(methods: ["pwd", "otp"])) == .stepUp(.secondFactor))
    #expect(try judge("mfa", identity(methods: ["pwd", "otp", "mfa"])) == .allowed)
    #expect(try judge("mfa age<=900", identity(methods: ["mfa"], provenAt: now.seconds - 901)) == .stepUp(.age))
  }

  @Test(
    arguments: [
      (0, true), (900, true), (901, false), (100_000_000, false), (-1, true), (-60, true), (-61, false),
      (.max, false), (-(Int64.max / 2), false),
    ] as [(Int64, Bool)])
  func theAgeOfTheProofIsJudged(seconds: Int64, expected: Bool) throws {
    let verdict = try judge("age<=900", identity(provenAt: now.seconds &- seconds))
    #expect(verdict == (expected ? .allowed : .stepUp(.age)))
  }

  /// A signed token may come from another holder of the key, and say anything.
  @Test(arguments: [Int64.min, .min + 1, .max, .max - 1]) func anImpossibleProofIsNone(provenAt: Int64) throws {
    #expect(try judge("age<=4294967295", identity(provenAt: provenAt)) == .stepUp(.age))
  }

  @Test func theProofAgesWithTheWallClockAndAStepBackDoesNotRenewIt() throws {
    let proof = identity(provenAt: now.seconds)
    #expect(try judge("age<=900", proof, at: now + .seconds(-30)) == .allowed)
    #expect(try judge("age<=900", proof, at: now + .seconds(-3_600)) == .stepUp(.age))
  }

  @Test func whatNoProofCanMendGoesFirst() throws {
    let old = identity(provenAt: 0)
    #expect(try judge("mfa age<=1 role=admin", old) == .forbidden(.role))
    #expect(try judge("role=editor age<=1 verified", old) == .stepUp(.age))
    #expect(try judge("age<=1 permission=nothing", old) == .forbidden(.permission))
    #expect(try judge("mfa user=bob@example.com", old) == .forbidden(.user))
    #expect(try judge("age<=1 verified", identity(verified: false, provenAt: 0)) == .forbidden(.verified))
    #expect(try judge("mfa age<=1", old) == .stepUp(.age))
    #expect(try judge("age<=1 mfa", old) == .stepUp(.age))
  }
}
