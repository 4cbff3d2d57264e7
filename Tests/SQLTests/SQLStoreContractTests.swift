import Postern
import PosternTesting
import SQL
import Testing

@Suite struct SQLStoreContractTests {
  @Test(arguments: StoreContract.rules) func sqliteHolds(_ rule: StoreContract) throws {
    let directory = TemporaryDirectory()
    let clock = StoppedClock()
    let database = try SQLiteDatabase(path: directory.file(), clock: clock)
    defer { database.close() }
    try rule.check(
      Stores(
        accounts: SQLAccountStore(database), sessions: SQLSessionStore(database),
        apiTokens: SQLAPITokenStore(database), factors: SQLFactorStore(database), passkeys: SQLPasskeyStore(database),
        roles: SQLRoleStore(database),
        links: SQLLinkStore(database),
        outbox: SQLOutbox(database, clock: clock), revocations: SQLRevocationLog(database),
        audit: SQLAuditLog(database), records: SQLAccountRecords(database), clock: clock))
  }
}
