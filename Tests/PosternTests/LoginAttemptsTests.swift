import Postern
import Testing

private let start = Duration.seconds(1_000)
private let ada = "ada@example.com"

@Suite struct LoginAttemptsTests {
  private let attempts = LoginAttempts(most: 5, window: .seconds(1_800))

  private func fail(_ times: Int, account: String = ada, address: String = "192.0.2.1", at now: Duration = start) {
    for _ in 0..<times { attempts.fail(account: account, address: address, at: now) }
  }

  private func wait(
    account: String = ada, address: String = "192.0.2.1", at now: Duration = start
  ) -> Duration? {
    attempts.wait(account: account, address: address, at: now)
  }

  @Test func thePairHasToWaitAfterItsLastFailure() {
    #expect(wait() == nil)
    fail(4)
    #expect(wait() == nil)
    fail(1)
    #expect(wait() == .seconds(1_800))
    #expect(wait(account: "bob@example.com") == nil, "the account, not all accounts behind the address")
    #expect(wait(address: "192.0.2.2") == nil, "the address, not the account from everywhere")
  }

  @Test func theWindowCountsFromTheFirstFailureAndEnds() {
    fail(1, at: start)
    fail(4, at: start + .seconds(1_000))
    #expect(wait(at: start + .seconds(1_000)) == .seconds(800))
    #expect(wait(at: start + .seconds(1_799)) == .seconds(1))
    #expect(wait(at: start + .seconds(1_800)) == nil)
    fail(4, at: start + .seconds(1_800))
    #expect(wait(at: start + .seconds(1_800)) == nil, "counting begins anew")
    fail(1, at: start + .seconds(1_800))
    #expect(wait(at: start + .seconds(1_800)) == .seconds(1_800))
  }

  @Test func askingProlongsNothing() {
    fail(5)
    for second in 1..<1_800 { #expect(wait(at: start + .seconds(second)) == .seconds(1_800 - second)) }
    #expect(wait(at: start + .seconds(1_800)) == nil)
  }

  @Test func anAddressMayFailTenTimesAsOftenOverAllAccounts() {
    for number in 0..<49 { fail(1, account: "user\(number)@example.com") }
    #expect(wait(account: "fresh@example.com") == nil)
    fail(1, account: "user49@example.com")
    #expect(wait(account: "fresh@example.com") == .seconds(1_800))
    #expect(wait(account: "fresh@example.com", address: "192.0.2.2") == nil)
  }

  @Test func aSuccessResetsThePairOnly() {
    for number in 0..<9 { fail(5, account: "user\(number)@example.com") }
    fail(5)
    attempts.succeed(account: ada, address: "192.0.2.1")
    #expect(wait() == .seconds(1_800), "the address still has fifty failures: signing in must not renew a guesser")
    attempts.succeed(account: "user0@example.com", address: "192.0.2.9")
    #expect(wait(account: "user1@example.com") != nil)
    let others = LoginAttempts(most: 5, window: .seconds(1_800))
    for _ in 0..<5 { others.fail(account: ada, address: "192.0.2.1", at: start) }
    others.succeed(account: ada, address: "192.0.2.2")
    #expect(others.wait(account: ada, address: "192.0.2.1", at: start) != nil)
    others.succeed(account: ada, address: "192.0.2.1")
    #expect(others.wait(account: ada, address: "192.0.2.1", at: start) == nil)
  }

  @Test func anIPv6SubscriberIsOneAddress() {
    for number in 0..<5 { fail(1, address: "2001:db8:1:2::\(number + 1)") }
    #expect(wait(address: "2001:db8:1:2:ffff:ffff:ffff:ffff") == .seconds(1_800))
    #expect(wait(address: "2001:db8:1:3::1") == nil)
  }

  /// Memory is bounded, and a flood of single failures does not set anybody free.
  @Test func aFloodOfAccountsForgetsNobodyWhoHasToWait() {
    fail(5, address: "198.51.100.7")
    for number in 0..<120_000 {
      fail(1, account: "u\(number)", address: "10.\(number >> 16).\(number >> 8 & 255).\(number & 255)")
    }
    #expect(wait(address: "198.51.100.7") == .seconds(1_800))
  }

  @Test func whatIsOverMakesRoomFirst() {
    fail(4, account: "old@example.com")
    let later = start + .seconds(1_800)
    for number in 0..<60_000 {
      fail(1, account: "u\(number)", address: "10.\(number >> 16).\(number >> 8 & 255).\(number & 255)", at: later)
    }
    fail(1, account: "old@example.com", at: later)
    #expect(wait(account: "old@example.com", at: later) == nil)
  }
}
