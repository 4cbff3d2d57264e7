import Postern
import PosternTesting
import Synchronization
import Testing

@testable import Command

@Suite struct HashTrialsTests {
  private final class Listing: PasswordHasher {
    private let kept = Mutex<[String]>([])

    /// What was verified since this was last asked.
    func verified() -> [String] {
      kept.withLock { kept in
        defer { kept = [] }; return kept
      }
    }

    func hash(_ password: String) -> String { password }
    func verify(_ password: String, against hash: String) -> Bool {
      kept.withLock { $0.append(hash) }
      return false
    }
    func decoy() -> String { "" }
    func needsRehash(_ hash: String) -> Bool { true }
  }

  private let clock = StoppedClock()
  private let storage: MemoryStorage
  private let trials: HashTrials
  private let hasher = Listing()

  init() {
    storage = MemoryStorage(clock: clock)
    trials = HashTrials(accounts: storage.accounts, clock: clock)
  }

  private func add(_ hashes: String...) throws {
    for hash in hashes {
      let email = EmailAddress("person-\(try storage.accounts.list(after: nil, limit: 99).count)@example.com")!
      _ = try storage.accounts.create(NewAccount(email: email, passwordHash: hash))
    }
  }

  /// The kind is what stands before the colon.
  private func run() throws -> [String] {
    try trials.run(hasher) { $0.hasPrefix("bad") ? nil : String($0.prefix { $0 != ":" }) }
    return hasher.verified()
  }

  @Test func oneOfEachKindIsTriedOnceAnHour() throws {
    #expect(try run() == [])
    try add("a:1", "$argon2id$own", "a:2", "b:1", "bad:1")
    #expect(try run() == ["b:1", "a:2"])
    #expect(try run() == [])
    try add("a:3", "c:1")
    clock.advance(by: .seconds(600))
    #expect(try run() == ["c:1"])
    clock.advance(by: FailureSchedule.period - .seconds(600))
    #expect(try run() == ["a:3", "b:1"])
    #expect(try run() == [])
  }

  /// As where each hash has its own number of rounds.
  @Test func kindsWithoutEndTakeNoTimeWithoutEnd() throws {
    for number in 0..<40 { try add("\(number):1") }
    var tried = 0
    for _ in 0..<20 { tried += try run().count }
    #expect(tried == HashTrials.kinds)
  }

  @Test func fewAreComputedInOneTurn() throws {
    try add("a:1", "b:1", "c:1", "d:1", "e:1", "f:1")
    #expect(try run() == ["f:1", "e:1", "d:1", "c:1"])
    #expect(try run() == ["b:1", "a:1"])
    #expect(try run() == [])
  }
}
