import Postern
import Testing

extension StoreContract {
  /// What ends more than one session.
  static let endingRules: [StoreContract] = [
    StoreContract("another password ends every session but the one that is kept") { stores in
      let account = try stores.register("ada", password: "old")
      let other = try stores.signIn(try stores.register("bob"), 9)
      let (kept, ended) = (try stores.signIn(account, 1), try stores.signIn(account, 2))
      stores.clock.advance(by: .seconds(3))
      let changed = try #require(try stores.accounts.setPassword(account.id, hash: "new", except: kept.id))
      var expected = account
      expected.passwordHash = "new"
      expected.epoch = 1
      expected.updatedAt = stores.clock.now()
      #expect(changed == expected)
      #expect(try stores.accounts.find(account.id) == expected)
      let keptNow = try #require(try stores.sessions.find(kept.id))
      #expect(keptNow.revokedAt == nil)
      #expect(keptNow.epoch == 1, "what is issued for it from now on carries the new epoch")
      #expect(try stores.sessions.find(ended.id)?.revokedAt == stores.clock.now())
      #expect(try stores.sessions.find(other.id)?.revokedAt == nil)
      #expect(try stores.entries().map(\.subject) == [.account(account.id, epoch: 1)])
    },
    StoreContract("another password without a session to keep ends all") { stores in
      let account = try stores.register("ada")
      let session = try stores.signIn(account)
      #expect(try stores.accounts.setPassword(account.id, hash: "new", except: nil)?.epoch == 1)
      #expect(try stores.sessions.find(session.id)?.revokedAt != nil)
      #expect(try stores.accounts.setPassword(AccountID(99), hash: "new", except: nil) == nil)
      #expect(try stores.entries().count == 1)
    },
    StoreContract("another password for one that is not the present one does nothing") { stores in
      let account = try stores.register("ada", password: "old")
      let none = try stores.register("bob", password: nil)
      let session = try stores.signIn(account)
      for (id, old) in [(account.id, "other"), (account.id, ""), (none.id, ""), (AccountID(99), "old")] {
        #expect(try stores.accounts.setPassword(id, from: old, to: "new", except: nil) == nil)
      }
      #expect(try stores.accounts.find(account.id) == account)
      #expect(try stores.accounts.find(none.id) == none)
      #expect(try stores.sessions.find(session.id) == session)
      #expect(try stores.entries() == [])
      #expect(try stores.accounts.setPassword(account.id, from: "old", to: "new", except: nil)?.passwordHash == "new")
    },
    StoreContract("of threads that change one password from the same one, one wins") { stores in
      let account = try stores.register("ada", password: "old")
      let changed = concurrently(16) { number in
        try? stores.accounts.setPassword(account.id, from: "old", to: "new \(number)", except: nil)
      }.compactMap { $0 ?? nil }
      #expect(changed.count == 1)
      #expect(try stores.accounts.find(account.id) == changed.first)
      #expect(changed.first?.epoch == 1)
    },
    StoreContract("a session of somebody else, or one that has ended, is not kept") { stores in
      let (ada, bob) = (try stores.register("ada"), try stores.register("bob"))
      let (adas, bobs) = (try stores.signIn(ada, 1), try stores.signIn(bob, 2))
      _ = try stores.accounts.setPassword(ada.id, hash: "new", except: bobs.id)
      #expect(try stores.sessions.find(adas.id)?.revokedAt != nil)
      #expect(try stores.sessions.find(bobs.id) == bobs)
      #expect(try stores.sessions.revoke(bobs.id))
      _ = try stores.accounts.setPassword(bob.id, hash: "new", except: bobs.id)
      #expect(try stores.sessions.find(bobs.id)?.revokedAt != nil)
    },
    StoreContract("disabling ends every session, enabling brings none back") { stores in
      let account = try stores.register("ada")
      let session = try stores.signIn(account)
      stores.clock.advance(by: .seconds(2))
      let disabled = try #require(try stores.accounts.setActive(account.id, false))
      #expect(!disabled.isActive)
      #expect(disabled.epoch == 1)
      #expect(disabled.updatedAt == stores.clock.now())
      #expect(try stores.sessions.find(session.id)?.revokedAt == stores.clock.now())
      #expect(try stores.entries().map(\.subject) == [.account(account.id, epoch: 1)])
      let enabled = try #require(try stores.accounts.setActive(account.id, true))
      #expect(enabled.isActive)
      #expect(enabled.epoch == 1)
      #expect(try stores.sessions.find(session.id)?.revokedAt != nil)
      #expect(try stores.entries().count == 1)
      #expect(try stores.accounts.setActive(AccountID(99), false) == nil)
    },
    StoreContract("removing an account removes its sessions and leaves a revocation") { stores in
      let account = try stores.register("ada", role: "admin")
      let session = try stores.signIn(account)
      let other = try stores.signIn(try stores.register("bob"), 2)
      #expect(try stores.accounts.remove(account.id))
      #expect(try stores.accounts.find(account.id) == nil)
      #expect(try stores.accounts.find(account.email) == nil)
      #expect(try stores.sessions.find(session.id) == nil)
      #expect(try stores.sessions.find(other.id) == other)
      #expect(try stores.entries().map(\.subject) == [.account(account.id, epoch: 1)])
      #expect(try !stores.accounts.remove(account.id))
      #expect(try stores.entries().count == 1)
    },
    StoreContract("a login that races a ban never leaves a live session") { stores in
      for round in 0..<20 {
        let account = try stores.register("ada\(round)")
        _ = concurrently(4) { number in
          if number == 0 {
            _ = try? stores.accounts.setActive(account.id, false)
          } else {
            _ = try? stores.signIn(account, UInt64(round * 10 + number))
          }
        }
        for number in 1..<4 {
          let number = UInt64(round * 10 + number)
          if let session = try stores.sessions.find(SessionID(high: number, low: ~number)) {
            #expect(session.revokedAt != nil)
          }
        }
      }
    },
  ]
}
