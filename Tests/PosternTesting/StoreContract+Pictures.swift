import Postern
import Testing

extension StoreContract {
  static let pictureRules: [StoreContract] = [
    StoreContract("a picture is given, replaced and taken away, and what was there before is told") { stores in
      let (ada, bob) = (try stores.register("ada"), try stores.register("bob"))
      let client = Client(address: "192.0.2.1", userAgent: "agent")
      let initiator = Initiator(account: ada.id, client: client)
      let (first, second) = (PictureName(digest: Array(0..<32)), PictureName(digest: Array(1..<33)))
      #expect(ada.picture == nil)
      stores.clock.advance(by: .seconds(1))
      var expected = ada
      expected.picture = first
      expected.updatedAt = stores.clock.now()
      #expect(
        try stores.accounts.setPicture(ada.id, to: first, by: initiator)
          == PictureChange(account: expected, former: nil))
      #expect(try stores.accounts.find(ada.id) == expected)
      expected.picture = second
      #expect(
        try stores.accounts.setPicture(ada.id, to: second, by: initiator)
          == PictureChange(account: expected, former: first))
      #expect(try stores.accounts.setPicture(ada.id, to: nil, by: initiator)?.former == second)
      #expect(try stores.accounts.find(ada.id)?.picture == nil)
      #expect(try stores.accounts.find(bob.id) == bob)
      let events = try stores.audit.list(of: ada.id, limit: 9, offset: 0).map(\.event)
      #expect(events == Array(repeating: AuditEvent(.pictureChange, by: initiator, on: ada.id), count: 3))
    },
    StoreContract("nothing is written where a picture is there already, or nobody is") { stores in
      let ada = try stores.register("ada")
      let name = PictureName(digest: Array(0..<32))
      let change = try #require(try stores.accounts.setPicture(ada.id, to: name, by: .commandLine))
      stores.clock.advance(by: .seconds(1))
      #expect(
        try stores.accounts.setPicture(ada.id, to: name, by: .commandLine)
          == PictureChange(account: change.account, former: name))
      #expect(try stores.audit.list(of: ada.id, limit: 9, offset: 0).count == 1)
      #expect(try stores.accounts.setPicture(AccountID(99), to: name, by: .commandLine) == nil)
    },
    StoreContract("the pictures that accounts have are told from the others") { stores in
      let (ada, bob) = (try stores.register("ada"), try stores.register("bob"))
      let names = (0..<5).map { number in PictureName(digest: Array(repeating: UInt8(number), count: 32)) }
      _ = try stores.accounts.setPicture(ada.id, to: names[0], by: .commandLine)
      _ = try stores.accounts.setPicture(bob.id, to: names[1], by: .commandLine)
      #expect(try stores.accounts.picturesInUse(among: names) == [names[0], names[1]])
      #expect(try stores.accounts.picturesInUse(among: [names[1], names[4]]) == [names[1]])
      #expect(try stores.accounts.picturesInUse(among: []) == [])
      // Two may have one picture: it goes with the second.
      _ = try stores.accounts.setPicture(bob.id, to: names[0], by: .commandLine)
      #expect(try stores.accounts.remove(ada.id))
      #expect(try stores.accounts.picturesInUse(among: names) == [names[0]])
      #expect(try stores.accounts.remove(bob.id))
      #expect(try stores.accounts.picturesInUse(among: names) == [])
    },
  ]
}
