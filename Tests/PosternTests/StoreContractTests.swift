import PosternTesting
import Testing

/// The stores in memory keep what the database keeps: a test over them says something about the real ones.
@Suite struct StoreContractTests {
  @Test(arguments: StoreContract.rules) func storesInMemoryHold(_ rule: StoreContract) throws {
    let clock = StoppedClock()
    let storage = MemoryStorage(clock: clock)
    try rule.check(
      Stores(
        accounts: storage.accounts, sessions: storage.sessions, apiTokens: storage.apiTokens,
        factors: storage.factors, passkeys: storage.passkeys, roles: storage.roles, links: storage.links,
        outbox: storage.outbox,
        revocations: storage.revocations, audit: storage.audit, records: storage.records, clock: clock))
  }
}
