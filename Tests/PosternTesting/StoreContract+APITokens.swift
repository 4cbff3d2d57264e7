import Postern
import Testing

extension StoreContract {
  static let apiTokenRules: [StoreContract] = [
    StoreContract("an API token is found by its digest, as it was made") { stores in
      let account = try stores.register("ada")
      let made = try stores.token(account, 7, name: "git", scopes: ["reports.read", "pages.*"])
      #expect(
        made
          == APIToken(
            id: made.id, account: account.id, epoch: 0, name: "git", scopes: ["reports.read", "pages.*"],
            createdAt: stores.clock.now(), expiresAt: stores.clock.now() + .seconds(60)))
      #expect(try stores.apiTokens.find(digest: digest(7)) == made)
      #expect(try stores.apiTokens.find(digest: digest(8)) == nil)
    },
    StoreContract("no scopes and an empty list of them are two things") { stores in
      let account = try stores.register("ada")
      #expect(try stores.token(account, 1).scopes == nil)
      #expect(try stores.token(account, 2, scopes: []).scopes == [])
      #expect(try stores.apiTokens.list(of: account.id).map(\.scopes) == [[], nil])
    },
    StoreContract("any text can be the name of an API token") { stores in
      let account = try stores.register("ada")
      for (number, text) in StoreContract.hostileTexts.enumerated() {
        #expect(try stores.token(account, UInt8(number), name: text).name == text)
        #expect(try stores.apiTokens.find(digest: digest(UInt8(number)))?.name.utf8.elementsEqual(text.utf8) == true)
      }
    },
    StoreContract("no API token is made for an account that is gone, disabled or of another epoch") { stores in
      let account = try stores.register("ada")
      _ = try stores.accounts.setActive(account.id, false)
      #expect(throws: StoreError.accountGone) { try stores.token(account, 1) }
      let disabled = try #require(try stores.accounts.find(account.id))
      #expect(throws: StoreError.accountGone) { try stores.token(disabled, 1) }
      let enabled = try #require(try stores.accounts.setActive(account.id, true))
      #expect(throws: StoreError.accountGone) { try stores.token(account, 1) }
      _ = try stores.token(enabled, 1)
      #expect(try stores.accounts.remove(account.id))
      #expect(throws: StoreError.accountGone) { try stores.token(enabled, 2) }
      #expect(try stores.apiTokens.find(digest: digest(1)) == nil, "it went with the account")
    },
    StoreContract("an account has so many API tokens at most, expired ones aside") { stores in
      let (ada, bob) = (try stores.register("ada"), try stores.register("bob"))
      for number in 0..<3 { _ = try stores.token(ada, UInt8(number)) }
      #expect(try stores.apiTokens.create(new(ada, 3), most: 3) == nil)
      #expect(try stores.apiTokens.create(new(bob, 4), most: 3) != nil)
      stores.clock.advance(by: .seconds(60))
      #expect(try stores.apiTokens.create(new(ada, 5), most: 3) != nil)
      #expect(try stores.apiTokens.list(of: ada.id).count == 4)
    },
    StoreContract("expired API tokens are kept up to a number, the last ones, and nobody else's go") { stores in
      let (ada, bob) = (try stores.register("ada"), try stores.register("bob"))
      _ = try stores.token(bob, 9)
      var made: [APIToken.ID] = []
      for number in 10..<15 {
        let token = try stores.apiTokens.create(new(ada, UInt8(number)), most: 1, mostExpired: 3, client: nil)
        made.append(try #require(token).id)
        stores.clock.advance(by: .seconds(60))
      }
      // The last one was there when three others had expired.
      #expect(try stores.apiTokens.list(of: ada.id).map(\.id) == made[1...].reversed())
      #expect(try stores.apiTokens.create(new(ada, 15), most: 1, mostExpired: 0, client: nil) != nil)
      #expect(try stores.apiTokens.list(of: ada.id).count == 1)
      #expect(try stores.apiTokens.list(of: bob.id).count == 1)
    },
    StoreContract("of API tokens that are made at once no more than allowed come to be") { stores in
      let account = try stores.register("ada")
      let outcomes = concurrently(12) { number in
        (try? stores.apiTokens.create(new(account, UInt8(number)), most: 5)) ?? nil
      }
      #expect(outcomes.count { $0 != nil } == 5)
      #expect(Set(outcomes.compactMap { $0?.id }).count == 5)
    },
    StoreContract("API tokens are listed newest first, and only those of the present epoch") { stores in
      let (ada, bob) = (try stores.register("ada"), try stores.register("bob"))
      let tokens = try (1...3).map { try stores.token(ada, UInt8($0)) }
      let bobs = try stores.token(bob, 9)
      #expect(try stores.apiTokens.list(of: ada.id) == tokens.reversed())
      let changed = try #require(try stores.accounts.setPassword(ada.id, hash: "new", except: nil))
      #expect(try stores.apiTokens.list(of: ada.id) == [])
      let later = try stores.token(changed, 4)
      #expect(try stores.apiTokens.list(of: ada.id) == [later])
      #expect(try stores.apiTokens.list(of: bob.id) == [bobs])
    },
    StoreContract("a removed API token is gone and leaves a revocation; nobody else's can be removed") { stores in
      let (ada, bob) = (try stores.register("ada"), try stores.register("bob"))
      let (adas, bobs) = (try stores.token(ada, 1), try stores.token(bob, 2))
      #expect(try !stores.apiTokens.remove(bobs.id, of: ada.id))
      #expect(try stores.entries() == [])
      stores.clock.advance(by: .seconds(3))
      #expect(try stores.apiTokens.remove(adas.id, of: ada.id))
      #expect(try !stores.apiTokens.remove(adas.id, of: ada.id))
      #expect(try stores.apiTokens.find(digest: digest(1)) == nil)
      #expect(try stores.apiTokens.find(digest: digest(2)) == bobs)
      #expect(try stores.entries().map(\.subject) == [.apiToken(adas.id, of: ada.id)])
      #expect(try stores.entries().first?.at == stores.clock.now())
      #expect(try stores.token(ada, 3).id.value > adas.id.value, "no number is given twice")
    },
    StoreContract("who makes and ends an API token is recorded, and nothing where that is refused") { stores in
      let (ada, bob) = (try stores.register("ada"), try stores.register("bob"))
      let client = Client(address: "198.51.100.7", userAgent: "another")
      let token = try #require(
        try stores.apiTokens.create(
          new(ada, 1, name: "git", scopes: ["a", "b"]), most: 1, mostExpired: 9, client: client))
      #expect(try stores.apiTokens.create(new(ada, 2), most: 1, mostExpired: 9, client: client) == nil)
      #expect(try !stores.apiTokens.remove(token.id, of: bob.id, client: client))
      stores.clock.advance(by: .seconds(1))
      #expect(try stores.apiTokens.remove(token.id, of: ada.id, client: client))
      let entries = try stores.audit.list(of: ada.id, limit: 9, offset: 0)
      #expect(
        entries.map(\.event) == [
          .apiToken(.apiTokenEnded, token, client: client), .apiToken(.apiTokenMade, token, client: client),
        ])
      #expect(entries[0].event.initiator == Initiator(account: ada.id, client: client))
      #expect(entries[0].event.details == ["token": token.id.description, "name": "git", "scopes": "a b"])
      #expect(entries[0].at == stores.clock.now())
      #expect(try stores.audit.list(of: bob.id, limit: 9, offset: 0) == [])
    },
    StoreContract("a use is written down, and makes no token that is gone") { stores in
      let account = try stores.register("ada")
      let (used, other) = (try stores.token(account, 1), try stores.token(account, 2))
      stores.clock.advance(by: .seconds(5))
      try stores.apiTokens.noteUse(of: [used.id, APIToken.ID(99)])
      #expect(try stores.apiTokens.find(digest: digest(1))?.lastUsedAt == stores.clock.now())
      #expect(try stores.apiTokens.find(digest: digest(2)) == other)
      #expect(try stores.apiTokens.list(of: account.id).count == 2)
    },
    StoreContract("a purge deletes the API tokens that expired long ago and those of a past epoch") { stores in
      let (ada, bob) = (try stores.register("ada"), try stores.register("bob"))
      _ = try stores.token(ada, 1)
      let bobs = try stores.token(bob, 2)
      _ = try stores.accounts.setPassword(ada.id, hash: "new", except: nil)
      try stores.apiTokens.purge(expiredBefore: bobs.expiresAt)
      #expect(try stores.apiTokens.find(digest: digest(1)) == nil)
      #expect(try stores.apiTokens.find(digest: digest(2)) == bobs)
      try stores.apiTokens.purge(expiredBefore: bobs.expiresAt + .seconds(1))
      #expect(try stores.apiTokens.find(digest: digest(2)) == nil)
    },
  ]
}

/// Thirty-two bytes that the number names.
func digest(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number, count: 32) }

private func new(_ account: Account, _ number: UInt8, name: String = "token", scopes: [String]? = nil) -> NewAPIToken {
  NewAPIToken(
    account: account.id, epoch: account.epoch, digest: digest(number), name: name, scopes: scopes, life: .seconds(60))
}

extension APITokenStore {
  fileprivate func create(_ token: NewAPIToken, most: Int) throws(StoreError) -> APIToken? {
    try create(token, most: most, mostExpired: 100, client: nil)
  }
  fileprivate func remove(_ id: APIToken.ID, of account: AccountID) throws(StoreError) -> Bool {
    try remove(id, of: account, client: nil)
  }
}

extension Stores {
  @discardableResult
  func token(
    _ account: Account, _ number: UInt8, name: String = "token", scopes: [String]? = nil
  ) throws -> APIToken {
    try #require(try apiTokens.create(new(account, number, name: name, scopes: scopes), most: 100))
  }
}
