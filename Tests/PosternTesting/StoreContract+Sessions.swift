import Postern
import Testing

extension StoreContract {
  static let sessionRules: [StoreContract] = [
    StoreContract("a session is found as it was begun") { stores in
      let account = try stores.register("ada")
      let began = stores.clock.now()
      let new = NewSession(
        id: SessionID(high: .max, low: 0x8000_0000_0000_0000), account: account.id, epoch: 0, methods: ["pwd", "otp"],
        address: "2001:db8::1", userAgent: "Mozilla/5.0")
      let session = try stores.sessions.create(new, replacing: nil, endingOthers: false).session
      let expected = Session(
        id: new.id, account: account.id, generation: 1, rotatedAt: began, createdAt: began, lastActiveAt: began,
        epoch: 0, methods: ["pwd", "otp"], provenAt: began, address: "2001:db8::1", userAgent: "Mozilla/5.0",
        revokedAt: nil, readAt: began)
      #expect(session == expected)
      stores.clock.advance(by: .seconds(5))
      var later = expected
      later.readAt = stores.clock.now()
      #expect(try stores.sessions.find(new.id) == later)
      #expect(try stores.sessions.find(SessionID(high: 1, low: 1)) == nil)
    },
    StoreContract("address and agent keep every text") { stores in
      let account = try stores.register("ada")
      for (number, text) in hostileTexts.enumerated() {
        let new = NewSession(
          id: SessionID(high: UInt64(number), low: 0), account: account.id, epoch: 0, methods: [], address: text,
          userAgent: text)
        #expect(try stores.sessions.create(new, replacing: nil, endingOthers: false).session.userAgent == text)
        let found = try #require(try stores.sessions.find(new.id))
        #expect(found.address == text)
        #expect(found.userAgent == text)
        #expect(found.methods == [])
        #expect(try stores.sessions.revoke(new.id))
      }
    },
    StoreContract("no session begins for an account that is gone, disabled or of another epoch") { stores in
      let account = try stores.register("ada")
      var stranger = account
      stranger.id = AccountID(account.id.value + 1)
      #expect(throws: StoreError.accountGone) { try stores.signIn(stranger) }
      let disabled = try #require(try stores.accounts.setActive(account.id, false))
      #expect(throws: StoreError.accountGone) { try stores.signIn(disabled) }
      #expect(throws: StoreError.accountGone) { try stores.signIn(account) }
      let enabled = try #require(try stores.accounts.setActive(account.id, true))
      #expect(throws: StoreError.accountGone) { try stores.signIn(account) }
      #expect(try stores.sessions.find(SessionID(high: 1, low: ~1)) == nil)
      #expect(try stores.signIn(enabled).epoch == enabled.epoch)
    },
    StoreContract("a continuation has begun and was proven when its forerunner was, which must be alive") { stores in
      let (ada, bob) = (try stores.register("ada"), try stores.register("bob"))
      let before = try stores.signIn(ada, 1)
      let bobs = try stores.signIn(bob, 2)
      stores.clock.advance(by: .seconds(100))
      let new = NewSession(
        id: SessionID(high: 3, low: 3), account: ada.id, epoch: ada.epoch, methods: ["pwd", "otp", "mfa"], address: "",
        userAgent: "", isContinuation: true)
      for other in [bobs.id, SessionID(high: 9, low: 9), nil] {
        #expect(throws: StoreError.accountGone) {
          try stores.sessions.create(new, replacing: other, endingOthers: false)
        }
      }
      let begun = try stores.sessions.create(new, replacing: before.id, endingOthers: false)
      #expect(begun.ended == [before.id])
      #expect(begun.session.createdAt == before.createdAt && begun.session.provenAt == before.provenAt)
      #expect(begun.session.methods == new.methods && begun.session.generation == 1)
      #expect(begun.session.lastActiveAt == stores.clock.now() && begun.session.rotatedAt == stores.clock.now())
      var another = new
      another.id = SessionID(high: 4, low: 4)
      #expect(throws: StoreError.accountGone) {
        try stores.sessions.create(another, replacing: before.id, endingOthers: false)
      }
      #expect(try stores.sessions.find(bobs.id)?.revokedAt == nil)
    },
    StoreContract("a login that ends the others leaves one session, and says which it has ended") { stores in
      let (ada, bob) = (try stores.register("ada"), try stores.register("bob"))
      let others = [try stores.signIn(ada, 1), try stores.signIn(ada, 2)]
      let dead = try stores.signIn(ada, 3)
      #expect(try stores.sessions.revoke(dead.id))
      let bobs = try stores.signIn(bob, 4)
      let new = NewSession(
        id: SessionID(high: 5, low: ~5), account: ada.id, epoch: ada.epoch, methods: [], address: "", userAgent: "")
      let begun = try stores.sessions.create(new, replacing: bobs.id, endingOthers: true)
      #expect(Set(begun.ended) == Set(others.map(\.id) + [bobs.id]))
      for id in begun.ended { #expect(try stores.sessions.find(id)?.revokedAt != nil) }
      #expect(try stores.sessions.find(new.id)?.revokedAt == nil)
      #expect(try stores.entries().count == 4)
    },
    StoreContract("an account's living sessions are listed, the last active ones first") { stores in
      let (ada, bob) = (try stores.register("ada"), try stores.register("bob"))
      let first = try stores.signIn(ada, 1)
      stores.clock.advance(by: .seconds(1))
      let second = try stores.signIn(ada, 2)
      let dead = try stores.signIn(ada, 3)
      #expect(try stores.sessions.revoke(dead.id))
      _ = try stores.signIn(bob, 4)
      #expect(try stores.sessions.list(of: ada.id, limit: 9).map(\.id) == [second.id, first.id])
      stores.clock.advance(by: .seconds(1))
      _ = try stores.sessions.rotate(first.id, from: 1)
      #expect(try stores.sessions.list(of: ada.id, limit: 9).map(\.id) == [first.id, second.id])
      #expect(try stores.sessions.list(of: ada.id, limit: 1).map(\.id) == [first.id])
    },
    StoreContract("all sessions of an account but one are ended, and nobody else's") { stores in
      let (ada, bob) = (try stores.register("ada"), try stores.register("bob"))
      let kept = try stores.signIn(ada, 1)
      let others = [try stores.signIn(ada, 2), try stores.signIn(ada, 3)]
      let bobs = try stores.signIn(bob, 4)
      let ended = try stores.sessions.revokeOthers(of: ada.id, except: kept.id)
      #expect(Set(ended) == Set(others.map(\.id)))
      #expect(try stores.sessions.revokeOthers(of: ada.id, except: kept.id) == [])
      #expect(try stores.sessions.list(of: ada.id, limit: 9).map(\.id) == [kept.id])
      #expect(try stores.sessions.find(bobs.id)?.revokedAt == nil)
      #expect(try stores.entries().count == 2)
    },
    StoreContract("of logins that end the others and race, one session is left") { stores in
      let ada = try stores.register("ada")
      let begun = concurrently(16) { number in
        let new = NewSession(
          id: SessionID(high: UInt64(number), low: 9), account: ada.id, epoch: ada.epoch, methods: [], address: "",
          userAgent: "")
        return (try? stores.sessions.create(new, replacing: nil, endingOthers: true)) != nil ? new.id : nil
      }
      #expect(begun.count { $0 != nil } == 16)
      let alive = try begun.compactMap(\.self).filter { try stores.sessions.find($0)?.revokedAt == nil }
      #expect(alive.count == 1)
    },
    StoreContract("a login replaces the session that the browser had") { stores in
      let account = try stores.register("ada")
      let before = try stores.signIn(account, 1)
      let after = try stores.signIn(account, 2, replacing: before.id)
      #expect(try stores.sessions.find(before.id)?.revokedAt == stores.clock.now())
      #expect(try stores.sessions.find(after.id)?.revokedAt == nil)
      #expect(try stores.entries().map(\.subject) == [.session(before.id)])
      _ = try stores.signIn(account, 3, replacing: SessionID(high: 7, low: 7))
      #expect(try stores.entries().count == 1)
    },
    StoreContract("a login that fails replaces nothing") { stores in
      let account = try stores.register("ada")
      let before = try stores.signIn(account, 1)
      var stale = account
      stale.epoch = 7
      #expect(throws: StoreError.accountGone) { try stores.signIn(stale, 2, replacing: before.id) }
      #expect(try stores.sessions.find(before.id) == before)
      #expect(try stores.entries() == [])
    },
    StoreContract("a rotation raises the generation once") { stores in
      let session = try stores.signIn(try stores.register("ada"))
      stores.clock.advance(by: .seconds(60))
      let rotated = try #require(try stores.sessions.rotate(session.id, from: 1))
      var expected = session
      expected.generation = 2
      expected.rotatedAt = stores.clock.now()
      expected.lastActiveAt = stores.clock.now()
      expected.readAt = stores.clock.now()
      #expect(rotated == expected)
      #expect(try stores.sessions.rotate(session.id, from: 1) == nil)
      #expect(try stores.sessions.rotate(session.id, from: 3) == nil)
      #expect(try stores.sessions.find(session.id) == expected)
      #expect(try stores.sessions.rotate(SessionID(high: 9, low: 9), from: 1) == nil)
    },
    StoreContract("of 50 threads that rotate one session, one wins") { stores in
      let session = try stores.signIn(try stores.register("ada"))
      let outcomes = concurrently(50) { _ in
        Result { () throws(StoreError) in try stores.sessions.rotate(session.id, from: 1) }
      }
      let rotated = try outcomes.compactMap { try $0.get() }
      #expect(rotated.map(\.generation) == [2])
      #expect(try stores.sessions.find(session.id)?.generation == 2)
    },
    StoreContract("a purge deletes sessions that nobody uses any more, and nothing else") { stores in
      let account = try stores.register("ada")
      let (idle, used) = (try stores.signIn(account, 1), try stores.signIn(account, 2))
      stores.clock.advance(by: .seconds(60))
      _ = try stores.sessions.rotate(used.id, from: 1)
      let new = try stores.signIn(account, 3)
      try stores.sessions.purge(before: stores.clock.now())
      #expect(try stores.sessions.find(idle.id) == nil)
      #expect(try stores.sessions.find(used.id)?.generation == 2)
      #expect(try stores.sessions.find(new.id) == new)
      #expect(try stores.entries() == [])
    },
    StoreContract("a session outlives the browser as it was said, or as the one before it") { stores in
      let (ada, bob) = (try stores.register("ada"), try stores.register("bob"))
      func begin(_ account: Account, _ number: UInt64, _ isPersistent: Bool?, after: UInt64? = nil) throws -> Bool? {
        let new = NewSession(
          id: SessionID(high: number, low: ~number), account: account.id, epoch: account.epoch, methods: ["pwd"],
          address: "192.0.2.1", userAgent: "agent", isPersistent: isPersistent)
        let replaced = after.map { SessionID(high: $0, low: ~$0) }
        let begun = try stores.sessions.create(new, replacing: replaced, endingOthers: false)
        let session = begun.session
        #expect(try stores.sessions.find(session.id) == session)
        return session.isPersistent
      }
      #expect(try begin(ada, 1, nil) == nil)
      #expect(try begin(ada, 2, true) == true)
      #expect(try begin(ada, 3, nil, after: 2) == true)
      #expect(try begin(ada, 4, false, after: 3) == false)
      #expect(try begin(ada, 5, true) == true)
      #expect(try begin(bob, 6, nil, after: 5) == nil, "whoever signs in after somebody else chooses anew")
      #expect(try begin(ada, 7, nil, after: 99) == nil)
    },
    StoreContract("activity is written down for the sessions that are alive") { stores in
      let account = try stores.register("ada")
      let sessions = try (1...3).map { number in try stores.signIn(account, number) }
      _ = try stores.sessions.revoke(sessions[1].id)
      stores.clock.advance(by: .seconds(40))
      try stores.sessions.noteActivity(of: [sessions[0].id, sessions[1].id, SessionID(high: 99, low: 99)])
      let times = try sessions.map { try stores.sessions.find($0.id)?.lastActiveAt }
      #expect(times == [stores.clock.now(), sessions[1].lastActiveAt, sessions[2].lastActiveAt])
      #expect(try stores.sessions.find(sessions[0].id)?.generation == 1)
    },
    StoreContract("a session ends once, and does not rotate any more") { stores in
      let session = try stores.signIn(try stores.register("ada"))
      stores.clock.advance(by: .seconds(1))
      #expect(try stores.sessions.revoke(session.id))
      #expect(try stores.sessions.find(session.id)?.revokedAt == stores.clock.now())
      stores.clock.advance(by: .seconds(1))
      #expect(try !stores.sessions.revoke(session.id))
      #expect(try stores.sessions.find(session.id)?.revokedAt == stores.clock.now() + .seconds(-1))
      #expect(try stores.sessions.rotate(session.id, from: 1) == nil)
      #expect(try !stores.sessions.revoke(SessionID(high: 9, low: 9)))
      #expect(try stores.entries().count == 1)
    },
  ]
}
