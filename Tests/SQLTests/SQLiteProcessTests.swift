import Glibc
import Postern
import PosternTesting
import Testing

@testable import SQL

/// What only shows with processes of their own: sudden death, locks, rights.
@Suite struct SQLiteProcessTests {
  private let directory = TemporaryDirectory()

  private func open() throws(StoreError) -> SQLiteDatabase {
    try SQLiteDatabase(path: directory.file(), clock: StoppedClock())
  }

  @Test(arguments: 1...5) func whatWasAcknowledgedSurvivesTheKill(_ round: Int) async throws {
    let (path, journal) = (directory.file(), directory.file("acknowledged"))
    writeFile(journal, [])
    await #expect(processExitsWith: .signal(SIGKILL)) {
      [path = path as String, journal = journal as String, round = round as Int] in
      let database = try SQLiteDatabase(path: path, clock: StoppedClock())
      let (accounts, sessions) = (SQLAccountStore(database), SQLSessionStore(database))
      let log = Glibc.open(journal, O_WRONLY | O_APPEND)
      _ = concurrently(9) { thread in
        guard thread > 0 else {
          let deadline = ContinuousClock.now + .seconds(20)
          while database.load.written < 100 * round, ContinuousClock.now < deadline { sched_yield() }
          kill(getpid(), SIGKILL)
          return
        }
        for number in 0..<10_000 {
          guard let account = try? accounts.create(.named("t\(thread)n\(number)")) else { return }
          let id = SessionID(high: UInt64(thread), low: UInt64(number))
          let new = NewSession(
            id: id, account: account.id, epoch: 0, methods: ["pwd"], address: "", userAgent: "")
          guard (try? sessions.create(new, replacing: nil, endingOthers: false)) != nil else { return }
          let line = Array("\(account.id) \(account.email) \(id)\n".utf8)
          write(log, line, line.count)
        }
      }
    }
    let lines = String(decoding: readFile(journal), as: UTF8.self).split(separator: "\n")
    #expect(lines.count > 20)
    let database = try open()
    for line in lines {
      let parts = line.split(separator: " ")
      let session = try SQLSessionStore(database).find(try #require(SessionID(parts[2].utf8)))
      #expect(session?.account.description == String(parts[0]))
      let account = try SQLAccountStore(database).find(try #require(EmailAddress(String(parts[1]))))
      #expect(account?.id.description == String(parts[0]))
    }
    let damage = try database.read { connection throws(StoreError) in
      try connection.rows("PRAGMA integrity_check") { $0.text(0) }
    }
    #expect(damage == ["ok"])
  }

  @Test func processesThatStartTogetherMakeTheTablesOnce() async throws {
    let path = directory.file()
    await withTaskGroup { group in
      for number in 0..<4 {
        group.addTask {
          await #expect(processExitsWith: .success) { [path = path as String, number = number as Int] in
            let database = try SQLiteDatabase(path: path, clock: StoppedClock())
            _ = try SQLAccountStore(database).create(.named("process\(number)"))
            database.close()
          }
        }
      }
    }
    let database = try open()
    #expect(try SQLAccountStore(database).list(after: nil, limit: 10).count == 4)
    let roles = try database.read { connection throws(StoreError) in
      try connection.rows("SELECT name FROM roles ORDER BY id") { $0.text(0) }
    }
    #expect(roles == ["admin", "user"])
  }

  @Test func anotherProcessIsSeenAtOnce() async throws {
    let database = try open()
    let account = try SQLAccountStore(database).create(.named("ada"))
    let log = SQLRevocationLog(database)
    var entries: [Revocation] = []
    try log.read(after: 0, since: Instant(microseconds: 0)) { entries.append($0) }
    await #expect(processExitsWith: .success) { [path = directory.file() as String, id = account.id.value as Int64] in
      let database = try SQLiteDatabase(path: path, clock: StoppedClock())
      let disabled = try SQLAccountStore(database).setActive(AccountID(id), false)
      #expect(disabled?.epoch == 1)
    }
    try log.read(after: 0, since: Instant(microseconds: 0)) { entries.append($0) }
    #expect(entries.map(\.subject) == [.account(account.id, epoch: 1)])
  }

  @Test func aLockOfAnotherProcessIsTold() async throws {
    do { _ = try open() }
    let other = try SQLiteConnection(path: directory.file(), clock: StoppedClock(), busyTimeout: .seconds(1))
    try other.script("BEGIN IMMEDIATE")
    await #expect(processExitsWith: .success) { [path = directory.file() as String] in
      let database = try SQLiteDatabase(path: path, clock: StoppedClock(), busyTimeout: .milliseconds(50))
      let failure = refusal { () throws(StoreError) in try SQLAccountStore(database).create(.named("ada")) }
      #expect(isUnavailable(failure, "locked"))
    }
    try other.script("COMMIT")
  }

  /// As user 65534: root may write everything.
  @Test(.enabled(if: getuid() == 0, "only root can become somebody without rights"), arguments: [true, false])
  func withoutTheRightToWriteTheStartSaysSo(_ onlyDirectory: Bool) async throws {
    do { _ = try open() }
    #expect(chmod(directory.file(), onlyDirectory ? 0o666 : 0o444) == 0)
    #expect(chmod(directory.path, onlyDirectory ? 0o555 : 0o777) == 0)
    let before = readFile(directory.file())
    await #expect(processExitsWith: .success) { [path = directory.file() as String] in
      #expect(setuid(65_534) == 0)
      let failure = refusal { () throws(StoreError) in try SQLiteDatabase(path: path, clock: StoppedClock()) }
      #expect(isUnavailable(failure, "permission"))
    }
    #expect(readFile(directory.file()) == before)
  }

  /// The largest file size that the process may write stands for a disk that takes no more.
  @Test func aCommitThatCannotBeWrittenIsNotKept() async throws {
    await #expect(processExitsWith: .success) { [path = directory.file() as String] in
      let database = try SQLiteDatabase(path: path, clock: StoppedClock())
      let accounts = SQLAccountStore(database)
      _ = try accounts.create(.named("before"))
      signal(SIGXFSZ, SIG_IGN)
      let resource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
      var (limit, old) = (rlimit(), rlimit())
      getrlimit(resource, &old)
      limit = rlimit(rlim_cur: 4_096, rlim_max: old.rlim_max)
      #expect(setrlimit(resource, &limit) == 0)
      let failure = refusal { () throws(StoreError) in try accounts.create(.named("during")) }
      #expect(setrlimit(resource, &old) == 0)
      #expect(isUnavailable(failure, "File too large"))
      _ = try accounts.create(.named("after"))
      let found = try accounts.list(after: nil, limit: 10).map(\.email.text)
      #expect(found == ["before@example.com", "after@example.com"])
    }
  }

  /// /dev/null in the place of the write-ahead log stands for a disk that takes what is written and fails to flush it.
  @Test func aCommitOfUnknownOutcomeIsNoSuccessAndNoPlainFailure() async throws {
    await #expect(processExitsWith: .success) { [path = directory.file() as String] in
      let database = try SQLiteDatabase(path: path, clock: StoppedClock())
      let accounts = SQLAccountStore(database)
      _ = try accounts.create(.named("before"))
      let nowhere = Glibc.open("/dev/null", O_RDWR)
      for descriptor in 3..<nowhere {
        var target = [CChar](repeating: 0, count: 4_096)
        let length = readlink("/proc/self/fd/\(descriptor)", &target, 4_095)
        guard length > 0 else { continue }
        guard target[..<length].suffix(4).elementsEqual("-wal".utf8.map { CChar($0) }) else { continue }
        #expect(dup2(nowhere, descriptor) == descriptor)
      }
      let failure = refusal { () throws(StoreError) in try accounts.create(.named("during")) }
      #expect(isUnconfirmed(failure, "not known"))
    }
  }
}
