import Glibc
import Postern
import PosternTesting
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

  /// Many that take all turns, half of them, and one, at once: each gets them in the end, and never more are out.
  @Test(.timeLimit(.minutes(1))) func costlyHashTakesSeveralTurns() async {
    final class Weighing: PasswordHasher {
      let weight = Atomic<Int>(0)
      let most = Atomic<Int>(0)

      func hash(_ password: String) -> String { password }
      func verify(_ password: String, against hash: String) -> Bool {
        let own = min(Int(hash) ?? 1, 4)
        most.max(weight.add(own, ordering: .relaxed).newValue, ordering: .relaxed)
        sched_yield()
        weight.subtract(own, ordering: .relaxed)
        return true
      }
      func decoy() -> String { "" }
      func needsRehash(_ hash: String) -> Bool { false }
    }
    let weighing = Weighing()
    let hasher = LimitedHasher(weighing, atOnce: 4, turnsToVerify: { Int($0) ?? 1 })
    await withTaskGroup(of: Void.self) { group in
      for hash in ["1", "2", "3", "4", "99", "0"] {
        group.addTask { for _ in 0..<500 { _ = try? hasher.verify("password", against: hash) } }
      }
    }
    #expect(weighing.most.load(ordering: .relaxed) <= 4)
    #expect(weighing.weight.load(ordering: .relaxed) == 0)
  }

  @Test func whatAVerificationTookIsToldWithoutTheWait() throws {
    final class Slow: PasswordHasher {
      let clock = StoppedClock()

      func hash(_ password: String) -> String { password }
      func verify(_ password: String, against hash: String) -> Bool {
        clock.advance(by: .milliseconds(300))
        return false
      }
      func decoy() -> String { "" }
      func needsRehash(_ hash: String) -> Bool { false }
    }
    let slow = Slow()
    let told = Mutex<[String: Duration]>([:])
    let hasher = LimitedHasher(slow, atOnce: 1, clock: slow.clock) { hash, took in told.withLock { $0[hash] = took } }
    _ = try hasher.verify("password", against: "hash")
    _ = try hasher.hash("password")
    #expect(told.withLock { $0 } == ["hash": .milliseconds(300)])
  }
}
