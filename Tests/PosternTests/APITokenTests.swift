import Postern
import PosternTesting
import Testing

@Suite struct APITokenTextTests {
  /// Checksums by zlib.
  private static let wellFormed = [
    "pst_0000000000000000000000000000001uhv1w", "pst_0123456789ABCDEFGHIJKLMNOPQRST4O7hJx",
    "pst_zzzzzzzzzzzzzzzzzzzzzzzzzzzzzz4UrGjL", "pst_3fYbQkW9aLm2XcVt7RpZ0sGhJdNe4u2rVLo8",
  ]

  @Test(arguments: wellFormed) func checksumIsTheOneOfOthers(text: String) {
    #expect(APITokenText.isWellFormed(Array(text.utf8)))
  }

  @Test func anyOneAlteredCharacterIsNoticed() {
    let text = Array(APITokenTextTests.wellFormed[3].utf8)
    for index in text.indices {
      for other in [UInt8(ascii: "A"), UInt8(ascii: "b"), UInt8(ascii: "7"), UInt8(ascii: "_"), 0, 0xC3]
      where other != text[index] {
        var altered = text
        altered[index] = other
        #expect(!APITokenText.isWellFormed(altered), "\(index) \(other)")
      }
    }
    #expect(!APITokenText.isWellFormed(text.dropLast()))
    #expect(!APITokenText.isWellFormed(text + [UInt8(ascii: "0")]))
    #expect(!APITokenText.isWellFormed([UInt8]()))
  }

  @Test func madeTextsAreWellFormedAndDiffer() {
    let random = SequenceRandom()
    let texts = (0..<1_000).map { _ in APITokenText.make(random: random) }
    #expect(texts.allSatisfy { $0.utf8.count == APITokenText.length && APITokenText.isWellFormed(Array($0.utf8)) })
    #expect(Set(texts).count == 1_000)
    var counts: [Character: Int] = [:]
    for text in texts { for character in text.dropFirst(4).prefix(30) { counts[character, default: 0] += 1 } }
    #expect(counts.count == 62)
    // 30,000 characters: 484 of each on average, 22 the standard deviation.
    #expect(counts.values.allSatisfy { (374...594).contains($0) })
  }

  @Test func bytesBeyondTheLastWholeMultipleAreNotFolded() {
    struct Skewed: RandomSource {
      let inner = SequenceRandom()
      func bytes(_ count: Int) -> [UInt8] { [255, 251, 248] + inner.bytes(count) }
    }
    let text = APITokenText.make(random: Skewed())
    #expect(text == APITokenText.make(random: SequenceRandom()))
  }
}

@Suite struct PermissionsTests {
  @Test(arguments: [
    (["reports.read"], ["reports.read", "pages.write"], ["reports.read"]),
    (["reports.read"], ["reports.*"], ["reports.read"]),
    (["reports.*"], ["reports.read", "pages.write", "reports.all"], ["reports.read", "reports.all"]),
    (["reports.*"], ["reports.*"], ["reports.*"]),
    (["reports.*"], ["*"], ["reports.*"]),
    (["*"], ["reports.*", "pages.write"], ["reports.*", "pages.write"]),
    (["*"], ["*"], ["*"]),
    (["reports.*", "reports.read"], ["reports.read"], ["reports.read"]),
    (["reports.read"], ["reports"], []),
    (["reports.read"], ["reportsX*"], []),
    (["rep.*"], ["reports.read"], []),
    ([], ["*"], []),
    (["reports.read"], [], []),
  ])
  func whatBothGrant(scopes: [String], granted: [String], common: [String]) {
    #expect(Permissions.common(scopes, granted) == common)
  }
}

@Suite struct APITokensTests {
  private func make(
    _ stand: Stand, _ account: Account, name: String = "git", life: Int64? = nil, scopes: [String]? = nil
  ) throws(AuthError) -> APITokens.Made {
    try stand.apiTokens.make(
      for: account.id, epoch: account.epoch, name: name, life: life, scopes: scopes, client: .test)
  }

  /// The fields that are wrong; `nil` when a token was made all the same.
  private func problems(_ make: () throws(AuthError) -> APITokens.Made) -> [String]? {
    do throws(AuthError) { _ = try make() } catch {
      if case .invalid(let problems) = error { return problems.map(\.field) }
    }
    return nil
  }

  @Test func madeTokenProvesItsOwnerUntilItExpires() throws {
    let stand = Stand()
    let account = try stand.account()
    let made = try make(stand, account, life: 60)
    #expect(made.token.expiresAt == stand.clock.now() + .seconds(60))
    let proof = try stand.apiTokens.prove(Array(made.text.utf8))
    #expect(proof.account == account)
    #expect(proof.token == made.token)
    stand.clock.advance(by: .seconds(60))
    #expect(throws: AuthError.token(.problem(.expired))) { try stand.apiTokens.prove(Array(made.text.utf8)) }
  }

  @Test func lifeIsNinetyDaysWhereNobodyAsksForAnother() throws {
    let stand = Stand()
    let made = try make(stand, try stand.account())
    #expect(made.token.expiresAt == stand.clock.now() + .seconds(90 * 86_400))
  }

  @Test func textIsNotStored() throws {
    let stand = Stand()
    let account = try stand.account()
    let tokens = APITokens(
      settings: stand.settings, store: stand.storage.apiTokens, accounts: stand.storage.accounts,
      revocations: stand.revocations,
      digest: { $0.reversed() }, clock: stand.clock, random: stand.random, log: stand.log)
    let made = try tokens.make(for: account.id, epoch: 0, name: "git", life: nil, scopes: nil, client: .test)
    #expect(try stand.storage.apiTokens.find(digest: Array(made.text.utf8)) == nil)
    #expect(try stand.storage.apiTokens.find(digest: made.text.utf8.reversed()) == made.token)
    #expect(!stand.log.lines.contains { "\($0)".contains(made.text.dropFirst(4)) })
  }

  @Test(arguments: [
    ("", "name"), ("   ", "name"), (String(repeating: "x", count: 101), "name"), ("a\nb", "name"), ("a\u{85}b", "name"),
    ("a\u{0}b", "name"),
  ])
  func nameThatBreaksARuleIsNamed(name: String, field: String) throws {
    let stand = Stand()
    let account = try stand.account()
    #expect(problems { () throws(AuthError) in try make(stand, account, name: name) } == [field])
  }

  @Test(arguments: [0, -1, Int64.min, Int64.max, 366 * 86_400 + 1] as [Int64]) func lifeOutOfBoundsIsRefused(
    life: Int64
  ) throws {
    let stand = Stand()
    let account = try stand.account()
    #expect(problems { () throws(AuthError) in try make(stand, account, life: life) } == ["expires_in"])
  }

  @Test func scopesMustBeAmongTheOwnersPermissions() throws {
    let stand = Stand()
    stand.storage.setRole("editor", permissions: ["reports.*", "pages.write"])
    let account = try stand.account(role: "editor")
    #expect(try make(stand, account, scopes: ["reports.read", "reports.*", "pages.write"]).token.scopes?.count == 3)
    for scopes in [["pages.*"], ["*"], ["pages.write", "x"], [""], ["reports. read"], ["reports.é"]] {
      #expect(problems { () throws(AuthError) in try make(stand, account, scopes: scopes) } == ["scopes"], "\(scopes)")
    }
    #expect(throws: AuthError.self) {
      try make(stand, account, scopes: [String](repeating: "pages.write", count: 101))
    }
  }

  @Test func fiftyLivingTokensAreEnough() throws {
    let stand = Stand()
    let account = try stand.account()
    for _ in 0..<50 { _ = try make(stand, account, life: 60) }
    #expect(throws: AuthError.tooManyAPITokens(most: 50)) { try make(stand, account) }
    stand.clock.advance(by: .seconds(60))
    _ = try make(stand, account)
  }

  @Test func endedTokenIsRefusedAndKnownAsRevoked() throws {
    let stand = Stand()
    let (ada, bob) = (try stand.account(), try stand.account("bob"))
    let made = try make(stand, ada)
    #expect(throws: AuthError.apiTokenNotFound) { try stand.apiTokens.end(made.token.id, of: bob.id, client: .test) }
    _ = try stand.apiTokens.prove(Array(made.text.utf8))
    #expect(!stand.revocations.contains(made.token))
    try stand.apiTokens.end(made.token.id, of: ada.id, client: .test)
    #expect(stand.revocations.contains(made.token))
    #expect(throws: AuthError.token(.revoked)) { try stand.apiTokens.prove(Array(made.text.utf8)) }
    #expect(throws: AuthError.apiTokenNotFound) { try stand.apiTokens.end(made.token.id, of: ada.id, client: .test) }
  }

  @Test func endedTokenReachesAnotherProcessByTheLog() throws {
    let stand = Stand()
    let account = try stand.account()
    let (one, two) = (try make(stand, account), try make(stand, account))
    try stand.apiTokens.end(one.token.id, of: account.id, client: .test)
    let elsewhere = Revocations()
    try elsewhere.catchUp(
      from: stand.storage.revocations, since: stand.clock.now() - .seconds(900), monotonic: stand.clock.monotonic())
    #expect(elsewhere.contains(one.token))
    #expect(!elsewhere.contains(two.token))
    elsewhere.purge(before: stand.clock.now() + .seconds(1))
    #expect(elsewhere.count == 0)
  }

  @Test(arguments: ["password", "disabled", "removed"]) func tokenEndsWithItsAccountsEpoch(way: String) throws {
    let stand = Stand()
    let account = try stand.account()
    let made = try make(stand, account)
    switch way {
    case "password": _ = try stand.storage.accounts.setPassword(account.id, hash: "new", except: nil)
    case "disabled":
      _ = try stand.storage.accounts.setActive(account.id, false)
    default: _ = try stand.storage.accounts.remove(account.id)
    }
    #expect(throws: AuthError.token(.revoked)) { try stand.apiTokens.prove(Array(made.text.utf8)) }
    #expect(throws: AuthError.token(.revoked)) { try make(stand, account) }
    _ = try stand.storage.accounts.setActive(account.id, true)
    #expect(throws: AuthError.token(.revoked)) { try stand.apiTokens.prove(Array(made.text.utf8)) }
  }

  @Test func useIsWrittenDownBesideThatOfSessions() throws {
    let stand = Stand()
    let account = try stand.account()
    let (made, other) = (try make(stand, account), try make(stand, account))
    let session = stand.codec.claims(try stand.begin(account).refresh).session
    func lastUse(_ id: APIToken.ID) throws -> Instant? {
      try stand.apiTokens.list(of: account.id).first { $0.id == id }?.lastUsedAt
    }
    func write() throws { try stand.activity.write(to: stand.storage.sessions, stand.storage.apiTokens) }
    stand.clock.advance(by: .seconds(30))
    stand.activity.note(.apiToken(made.token.id))
    stand.activity.note(.session(session))
    #expect(try lastUse(made.token.id) == nil, "only noted")
    stand.storage.fail(with: .unavailable("gone"))
    #expect(throws: StoreError.unavailable("gone")) { try write() }
    stand.storage.fail(with: nil)
    try write()
    #expect(try lastUse(made.token.id) == stand.clock.now(), "what failed is tried again")
    #expect(try lastUse(other.token.id) == nil)
    #expect(try stand.storage.sessions.find(session)?.lastActiveAt == stand.clock.now())
  }
}
