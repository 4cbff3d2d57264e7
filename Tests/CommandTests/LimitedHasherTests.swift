import Postern
import Synchronization
import Testing

@testable import Command

@Suite struct LimitedHasherTests {
  /// Waits until two calls are in it at once, or many have gone by.
  private final class Crowd: PasswordHasher {
    let present = Atomic<Int>(0)
    let most = Atomic<Int>(0)

    func hash(_ password: String) throws(StoreError) -> String {
      most.max(present.add(1, ordering: .relaxed).newValue, ordering: .relaxed)
      for _ in 0..<2_000_000 where present.load(ordering: .relaxed) < 2 {}
      present.subtract(1, ordering: .relaxed)
      return password
    }
    func verify(_ password: String, against hash: String) throws(StoreError) -> Bool { try self.hash(password) == hash }
    func decoy() -> String { "" }
    func needsRehash(_ hash: String) -> Bool { false }
  }

  @Test func noMoreHashAtOnceThanMay() async throws {
    let crowd = Crowd()
    let hasher = LimitedHasher(crowd, atOnce: 1)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<2 {
        group.addTask { for _ in 0..<20 { _ = try? hasher.verify("password", against: "password") } }
      }
    }
    #expect(crowd.most.load(ordering: .relaxed) == 1)
  }

  @Test func turnIsGivenBackAfterAFailure() throws {
    struct Failing: PasswordHasher {
      func hash(_ password: String) throws(StoreError) -> String { throw .unavailable("no memory") }
      func verify(_ password: String, against hash: String) throws(StoreError) -> Bool {
        throw .unavailable("no memory")
      }
      func decoy() -> String { "" }
      func needsRehash(_ hash: String) -> Bool { false }
    }
    let hasher = LimitedHasher(Failing(), atOnce: 1)
    for _ in 0..<3 { #expect(throws: StoreError.unavailable("no memory")) { try hasher.hash("password") } }
  }
}
