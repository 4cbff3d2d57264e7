import Postern
import Testing

extension StoreContract {
  static let auditRules: [StoreContract] = [
    StoreContract("a login is recorded, with where it came from") { stores in
      let account = try stores.register("ada", role: "admin")
      stores.clock.advance(by: .seconds(4))
      let session = try stores.signIn(account)
      let event = AuditEvent(
        .login, by: Initiator(account: account.id, client: Client(address: "192.0.2.1", userAgent: "agent")),
        on: account.id, session: session.id, details: ["provider": "local", "role": "admin", "methods": "pwd"])
      let entries = try stores.audit.list(of: account.id, limit: 9, offset: 0)
      #expect(entries.map(\.event) == [event])
      #expect(entries.map(\.at) == [stores.clock.now()])
      #expect(event.target == nil, "it is done to nobody else")
      let none = try stores.register("bob")
      _ = try stores.sessions.create(
        NewSession(
          id: SessionID(high: 7, low: 7), account: none.id, epoch: 0, methods: [], address: "", userAgent: ""),
        replacing: nil, endingOthers: false)
      #expect(
        try stores.events(of: none).map(\.details) == [["provider": "local", "role": nil, "methods": ""]])
    },
    StoreContract("what is refused leaves no entry") { stores in
      let account = try stores.register("ada", password: "old")
      _ = try stores.accounts.setActive(account.id, false)
      let before = try stores.events(of: account)
      #expect(throws: StoreError.accountGone) { try stores.signIn(account) }
      #expect(try !stores.sessions.revoke(SessionID(high: 9, low: 9)))
      #expect(try stores.sessions.revokeOthers(of: account.id, except: SessionID(high: 9, low: 9)) == [])
      #expect(try stores.accounts.setPassword(account.id, from: "other", to: "new", except: nil) == nil)
      #expect(throws: StoreError.unknownRole("nobody", known: ["admin", "user"])) {
        try stores.accounts.setRole(account.id, "nobody")
      }
      #expect(try stores.accounts.setActive(AccountID(99), true) == nil)
      #expect(try !stores.accounts.remove(AccountID(99)))
      #expect(try stores.events(of: account) == before)
      #expect(try stores.audit.list(of: AccountID(99), limit: 9, offset: 0) == [])
    },
    StoreContract("every end of a session is recorded once, with its reason and who brought it about") { stores in
      let account = try stores.register("ada")
      let client = Client(address: "198.51.100.7", userAgent: "another")
      for (number, end) in SessionEnd.allCases.enumerated() {
        let session = try stores.signIn(account, UInt64(number + 1))
        #expect(try stores.sessions.revoke(session.id, end, client: client))
        #expect(try !stores.sessions.revoke(session.id, end, client: client))
        let event = try #require(try stores.events(of: account).first)
        #expect(event == .end(of: session.id, owner: account.id, end, client: client))
        #expect(event.action == end.action)
        #expect(event.session == session.id)
        #expect(event.initiator.client == client)
        let isOwn = end == .signedOut || end == .endedByOwner
        #expect(event.initiator.account == (isOwn ? account.id : nil))
        #expect(event.target == (isOwn ? nil : account.id))
        #expect((event.failure != nil) == (end == .refreshReused))
      }
      #expect(try stores.events(of: account).count == 2 * SessionEnd.allCases.count)
    },
    StoreContract("a login that ends other sessions says so, and whose they were") { stores in
      let (ada, bob) = (try stores.register("ada"), try stores.register("bob"))
      let (adas, bobs) = (try stores.signIn(ada, 1), try stores.signIn(bob, 2))
      _ = try stores.signIn(ada, 3)
      let new = NewSession(
        id: SessionID(high: 4, low: 4), account: ada.id, epoch: 0, methods: ["pwd"], address: "192.0.2.9",
        userAgent: "new")
      let begun = try stores.sessions.create(new, replacing: bobs.id, endingOthers: true)
      #expect(begun.ended.count == 3)
      let client = Client(address: "192.0.2.9", userAgent: "new")
      let replaced = AuditEvent.end(
        of: bobs.id, owner: bob.id, .replaced, by: Initiator(account: ada.id, client: client))
      #expect(try stores.events(of: bob).first == replaced)
      let others = AuditEvent.endOfOthers(2, than: new.id, owner: ada.id, .replaced, client: client)
      let login = AuditEvent.login(new, provider: "local", role: nil)
      #expect(try stores.events(of: ada).prefix(3) == [others, replaced, login])
      #expect(others.details == ["reason": "replaced by a new login", "sessions": "2"])
      let again = try stores.signIn(ada, 5, replacing: adas.id)
      #expect(try stores.events(of: ada).map(\.session).first == again.id, "one that had ended is not ended again")
    },
    StoreContract("ending all others is one entry") { stores in
      let account = try stores.register("ada")
      let kept = try stores.signIn(account, 1)
      for number in 2...4 { _ = try stores.signIn(account, UInt64(number)) }
      let client = Client(address: "192.0.2.1", userAgent: "agent")
      #expect(
        try stores.sessions.revokeOthers(of: account.id, except: kept.id, .endedByOwner, client: client).count == 3)
      let events = try stores.events(of: account)
      #expect(events.count == 5)
      #expect(events.first == .endOfOthers(3, than: kept.id, owner: account.id, .endedByOwner, client: client))
      #expect(events.first?.action == .sessionsRevoked)
    },
    StoreContract("what is done to an account is recorded, by whom and to whom") { stores in
      let (ada, root) = (try stores.register("ada"), try stores.register("root", role: "admin"))
      let session = try stores.signIn(ada)
      let client = Client(address: "192.0.2.5", userAgent: "browser")
      let (own, admin) = (Initiator(account: ada.id, client: client), Initiator(account: root.id, client: client))
      var change = ProfileChange()
      change.set(ProfileField.all[0], to: "Ada")
      change.set(ProfileField.all[5], to: nil)
      _ = try stores.accounts.update(ada.id, change, by: own)
      _ = try stores.accounts.setPassword(ada.id, from: "hash", to: "new", except: session.id, by: own)
      _ = try stores.accounts.setPassword(ada.id, from: nil, to: "newer", except: nil, by: .commandLine)
      _ = try stores.accounts.setRole(ada.id, "user", by: admin)
      _ = try stores.accounts.setActive(ada.id, false, by: admin)
      _ = try stores.accounts.setActive(ada.id, true, by: admin)
      let events: [AuditEvent] = [
        AuditEvent(.profileUpdate, by: own, on: ada.id, details: ["fields": "first_name city"]),
        AuditEvent(.passwordChange, by: own, on: ada.id, session: session.id),
        AuditEvent(.passwordChange, by: .commandLine, on: ada.id),
        AuditEvent(.roleChange, by: admin, on: ada.id, details: ["role": "user"]),
        AuditEvent(.banned, by: admin, on: ada.id), AuditEvent(.unbanned, by: admin, on: ada.id),
      ]
      #expect(try stores.events(of: ada).dropLast() == events.reversed())
      #expect(try stores.events(of: root) == events[3...].reversed())
      #expect(events.map(\.target) == [nil, nil, ada.id, ada.id, ada.id, ada.id])
    },
    StoreContract("every text of a client and every detail is kept") { stores in
      for (number, text) in hostileTexts.enumerated() {
        let account = try stores.register("n\(number)")
        let new = NewSession(
          id: SessionID(high: UInt64(number), low: 1), account: account.id, epoch: 0, methods: [text], address: text,
          userAgent: text)
        _ = try stores.sessions.create(new, replacing: nil, endingOthers: false)
        let event = AuditEvent.login(new, provider: "local", role: nil)
        #expect(try stores.events(of: account) == [event])
      }
    },
    StoreContract("entries are listed in pages, the newest first, and purged by their time") { stores in
      let (ada, bob) = (try stores.register("ada"), try stores.register("bob"))
      for number in 1...7 {
        _ = try stores.signIn(number == 4 ? bob : ada, UInt64(number))
        stores.clock.advance(by: .seconds(1))
      }
      let all = try stores.audit.list(of: ada.id, limit: 100, offset: 0)
      #expect(all.count == 6)
      #expect(all.map(\.id) == all.map(\.id).sorted(by: >))
      #expect(all.map(\.event.session?.high) == [7, 6, 5, 3, 2, 1])
      #expect(try stores.audit.list(of: ada.id, limit: 2, offset: 0) == Array(all[0..<2]))
      #expect(try stores.audit.list(of: ada.id, limit: 3, offset: 2) == Array(all[2..<5]))
      #expect(try stores.audit.list(of: ada.id, limit: 9, offset: 6) == [])
      try stores.audit.purge(before: all[2].at)
      #expect(try stores.audit.list(of: ada.id, limit: 100, offset: 0) == Array(all[0..<3]))
      #expect(try stores.events(of: bob) == [])
      _ = try stores.signIn(ada, 8)
      #expect(try stores.audit.list(of: ada.id, limit: 1, offset: 0)[0].id > all[0].id)
    },
    StoreContract("of threads that end one session, one leaves an entry") { stores in
      let account = try stores.register("ada")
      let session = try stores.signIn(account)
      let ended = concurrently(16) { _ in try? stores.sessions.revoke(session.id, .refreshReused, client: nil) }
      #expect(ended.count { $0 == true } == 1)
      #expect(try stores.events(of: account).map(\.action) == [.refreshReused, .login])
    },
  ]
}

extension Stores {
  func events(of account: Account) throws(StoreError) -> [AuditEvent] {
    try audit.list(of: account.id, limit: 1_000, offset: 0).map(\.event)
  }
}
