import Postern
import PosternTesting
import Testing

@Suite struct RevocationsTests {
  private let revocations = Revocations()
  private let now = Instant(seconds: 1_767_225_600)
  private let id = SessionID(high: 1, low: 2)

  private func contains(_ session: SessionID, account: Int64 = 1, epoch: Int64 = 0) -> Bool {
    revocations.contains(session: session, account: AccountID(account), epoch: epoch)
  }

  @Test func aSessionThatEndedIsKnownAndNoOther() {
    #expect(!contains(id))
    revocations.insert(session: id, at: now)
    #expect(contains(id))
    #expect(contains(id, account: 9, epoch: 9))
    #expect(!contains(SessionID(high: 1, low: 3)))
    #expect(revocations.count == 1)
  }

  @Test func anEpochEndsWhatIsLowerAndNeverFalls() {
    revocations.insert(account: AccountID(7), epoch: 3, at: now)
    #expect(contains(id, account: 7, epoch: 2))
    #expect(!contains(id, account: 7, epoch: 3))
    #expect(!contains(id, account: 8, epoch: 0))
    revocations.insert(account: AccountID(7), epoch: 1, at: now + .seconds(9))
    #expect(contains(id, account: 7, epoch: 2))
    #expect(!contains(id, account: 7, epoch: 4))
  }

  @Test func aRevisionEndsNothingAndPutsLowerOnesOutOfDate() {
    let account = AccountID(7)
    #expect(!revocations.isOutOfDate(account: account, revision: 0))
    revocations.insert(Revocation(position: 1, subject: .claims(account, revision: 2), at: now))
    #expect(!contains(id, account: 7, epoch: 0))
    #expect(revocations.isOutOfDate(account: account, revision: 1))
    #expect(!revocations.isOutOfDate(account: account, revision: 2))
    #expect(!revocations.isOutOfDate(account: AccountID(8), revision: 0))
    revocations.purge(before: now + .seconds(1))
    #expect(!revocations.isOutOfDate(account: account, revision: 1))
  }

  @Test func aPurgeForgetsWhatNoTokenCanCarryAnyMore() {
    revocations.insert(session: id, at: now)
    revocations.insert(account: AccountID(7), epoch: 3, at: now + .seconds(10))
    revocations.purge(before: now)
    #expect(contains(id))
    revocations.purge(before: now + .seconds(1))
    #expect(!contains(id))
    #expect(contains(id, account: 7, epoch: 2))
    #expect(revocations.count == 1)
  }

  @Test func knowledgeIsFreshForOneSecondAfterReadingBegan() throws {
    let storage = MemoryStorage()
    #expect(!revocations.isFresh(at: .zero), "nothing has been read yet")
    try revocations.catchUp(from: storage.revocations, since: now, monotonic: .seconds(5))
    #expect(revocations.isFresh(at: .seconds(5)))
    #expect(revocations.isFresh(at: .milliseconds(5_999)))
    #expect(!revocations.isFresh(at: .seconds(6)))
    storage.fail(with: .unavailable("gone"))
    #expect(throws: StoreError.unavailable("gone")) {
      try revocations.catchUp(from: storage.revocations, since: now, monotonic: .seconds(6))
    }
    #expect(!revocations.isFresh(at: .seconds(6)), "what could not be read makes nothing fresh")
  }

  @Test func theLogIsReadOnceAndGoesOnWhereItEnded() throws {
    let stand = Stand()
    let (first, second) = (try stand.begin(try stand.account()), try stand.begin(try stand.account("bob")))
    let ids = [first, second].map { stand.codec.claims($0.access).session }
    let since = Instant(seconds: 0)
    _ = try stand.storage.sessions.revoke(ids[0])
    #expect(!contains(ids[0]))
    try revocations.catchUp(from: stand.storage.revocations, since: since, monotonic: .zero)
    #expect(contains(ids[0]))
    #expect(!contains(ids[1]))
    let account = stand.codec.claims(second.access).account
    _ = try stand.storage.accounts.setActive(account, false)
    try revocations.catchUp(from: stand.storage.revocations, since: since, monotonic: .zero)
    #expect(contains(ids[1], account: account.value, epoch: 0))
    #expect(!contains(ids[1], account: account.value, epoch: 1))
    #expect(revocations.count == 2)
  }

  /// A reading that breaks off is repeated from where the last whole one ended.
  @Test func aReadingThatBrokeOffLosesNothing() throws {
    let entries = (1...3).map { number in
      Revocation(position: Int64(number), subject: .session(SessionID(high: UInt64(number), low: 0)), at: now)
    }
    struct BreakingLog: RevocationLog {
      let entries: [Revocation]
      let breaksAfter: Int?
      func count(since: Instant) -> Int { entries.count }
      func read(after position: Int64, since: Instant, _ body: (Revocation) -> Void) throws(StoreError) {
        for (index, entry) in entries.filter({ $0.position > position }).enumerated() {
          if index == breaksAfter { throw .unavailable("broke") }
          body(entry)
        }
      }
      func purge(before: Instant) {}
    }
    #expect(throws: StoreError.self) {
      try revocations.catchUp(from: BreakingLog(entries: entries, breaksAfter: 2), since: now, monotonic: .zero)
    }
    #expect(revocations.count == 2)
    #expect(!revocations.isFresh(at: .zero))
    try revocations.catchUp(from: BreakingLog(entries: entries, breaksAfter: nil), since: now, monotonic: .zero)
    #expect(revocations.count == 3)
    #expect(revocations.isFresh(at: .zero))
  }
}
