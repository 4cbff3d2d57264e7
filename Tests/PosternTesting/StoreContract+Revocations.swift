import Postern
import Testing

extension StoreContract {
  static let revocationRules: [StoreContract] = [
    StoreContract("revocations are read in order, each once") { stores in
      let account = try stores.register("ada")
      let ids = try (1...5).map { try stores.signIn(account, $0).id }
      #expect(try stores.entries() == [])
      for id in ids[0..<3] { _ = try stores.sessions.revoke(id) }
      let first = try stores.entries()
      #expect(first.map(\.subject) == ids[0..<3].map { .session($0) })
      #expect(first.map(\.position) == first.map(\.position).sorted())
      #expect(first.allSatisfy { $0.at == stores.clock.now() })
      let last = try #require(first.last).position
      #expect(try stores.entries(after: last) == [])
      #expect(try stores.entries(after: last) == [])
      for id in ids[3...] { _ = try stores.sessions.revoke(id) }
      #expect(try stores.entries(after: last).map(\.subject) == ids[3...].map { .session($0) })
      #expect(try stores.entries().count == 5, "another reader starts at the beginning")
    },
    StoreContract("writes that revoke nothing hide nothing") { stores in
      let account = try stores.register("ada")
      let session = try stores.signIn(account)
      _ = try stores.sessions.revoke(session.id)
      let last = try #require(try stores.entries().last).position
      _ = try stores.register("bob")
      #expect(try stores.entries(after: last) == [])
      _ = try stores.accounts.setActive(account.id, false)
      #expect(try stores.entries(after: last).map(\.subject) == [.account(account.id, epoch: 1)])
    },
    StoreContract("what was written before the time asked for is left out") { stores in
      let account = try stores.register("ada")
      let (old, new) = (try stores.signIn(account, 1), try stores.signIn(account, 2))
      _ = try stores.sessions.revoke(old.id)
      let between = stores.clock.now()
      stores.clock.advance(by: .seconds(1))
      _ = try stores.sessions.revoke(new.id)
      #expect(try stores.entries(since: between).map(\.subject) == [.session(new.id)])
      #expect(try stores.entries(since: stores.clock.now()) == [])
      #expect(try stores.revocations.count(since: between) == 1)
      #expect(try stores.entries().count == 2)
    },
    StoreContract("a purge deletes what is older, and no place is given again") { stores in
      let account = try stores.register("ada")
      let ids = try (1...3).map { try stores.signIn(account, $0).id }
      _ = try stores.sessions.revoke(ids[0])
      stores.clock.advance(by: .seconds(10))
      _ = try stores.sessions.revoke(ids[1])
      try stores.revocations.purge(before: stores.clock.now())
      let kept = try stores.entries()
      #expect(kept.map(\.subject) == [.session(ids[1])])
      try stores.revocations.purge(before: stores.clock.now() + .seconds(1))
      #expect(try stores.entries() == [])
      _ = try stores.sessions.revoke(ids[2])
      #expect(try stores.entries(after: kept[0].position).map(\.subject) == [.session(ids[2])])
    },
    StoreContract("what is revoked beside a reader reaches it, once and in order") { stores in
      let account = try stores.register("ada")
      let ids = try (0..<60).map { try stores.signIn(account, $0).id }
      let outcomes = concurrently(4) { number -> [Revocation] in
        guard number == 0 else {
          for id in ids[(number - 1) * 20..<number * 20] { _ = try? stores.sessions.revoke(id) }
          return []
        }
        var seen: [Revocation] = []
        for _ in 0..<100_000 where seen.count < 60 {
          guard let more = try? stores.entries(after: seen.last?.position ?? 0) else { return seen }
          seen += more
        }
        return seen
      }
      #expect(outcomes[0].count == 60)
      #expect(outcomes[0].map(\.position) == outcomes[0].map(\.position).sorted())
      #expect(Set(outcomes[0].map(\.position)).count == 60)
    },
  ]
}
