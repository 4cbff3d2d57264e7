import Postern
import Testing

extension StoreContract {
  static let accountRules: [StoreContract] = [
    StoreContract("another role raises the revision, is written to the log, and ends nothing") { stores in
      let account = try stores.register("ada")
      let session = try stores.signIn(account)
      stores.clock.advance(by: .seconds(5))
      let admin = try #require(try stores.accounts.setRole(account.id, "admin"))
      #expect(admin.role?.name == "admin")
      #expect(admin.role?.permissions == ["rbac.admin"])
      #expect((admin.revision, admin.epoch) == (1, 0))
      #expect(admin.updatedAt == stores.clock.now())
      #expect(try stores.accounts.find(account.id) == admin)
      let none = try #require(try stores.accounts.setRole(account.id, nil))
      #expect(none.role == nil)
      #expect(none.revision == 2)
      #expect(
        try stores.entries().map(\.subject) == [.claims(account.id, revision: 1), .claims(account.id, revision: 2)])
      #expect(try stores.sessions.find(session.id)?.revokedAt == nil)
      #expect(throws: StoreError.unknownRole("nobody", known: ["admin", "user"])) {
        try stores.accounts.setRole(account.id, "nobody")
      }
      #expect(try stores.accounts.setRole(AccountID(99), "admin") == nil)
      #expect(try stores.entries().count == 2)
    },
    StoreContract("an account is found as it was made, by id and by address") { stores in
      let made = try stores.register("ada")
      #expect(made.email.text == "ada@example.com")
      #expect(made.passwordHash == "hash")
      #expect(made.provider == "local")
      #expect(made.role == nil)
      #expect(!made.isVerified)
      #expect(made.isActive)
      #expect(!made.hasSecondFactor)
      #expect(made.epoch == 0)
      #expect(made.createdAt == stores.clock.now())
      #expect(made.updatedAt == stores.clock.now())
      #expect(try stores.accounts.find(made.id) == made)
      #expect(try stores.accounts.find(made.email) == made)
      #expect(try stores.accounts.find(AccountID(made.id.value + 1)) == nil)
      #expect(try stores.accounts.find(EmailAddress("other@example.com")!) == nil)
    },
    StoreContract("every field of a profile keeps every text") { stores in
      for (number, text) in hostileTexts.enumerated() {
        var profile = Profile()
        for (place, field) in profileFields.enumerated() { profile[keyPath: field] = "\(place)\(text)" }
        let made = try stores.accounts.create(
          NewAccount(email: EmailAddress("n\(number)@example.com")!, passwordHash: text, profile: profile))
        let found = try #require(try stores.accounts.find(made.id))
        #expect(found.profile == profile)
        #expect(found.passwordHash == text)
      }
      #expect(try stores.accounts.list(after: nil, limit: 1_000).count == hostileTexts.count)
    },
    StoreContract("an empty text is not a missing one") { stores in
      var profile = Profile()
      profile.bio = ""
      let made = try stores.accounts.create(
        NewAccount(email: EmailAddress("a@example.com")!, passwordHash: nil, profile: profile))
      let found = try #require(try stores.accounts.find(made.id))
      #expect(found.profile.bio == "")
      #expect(found.profile.city == nil)
      #expect(found.passwordHash == nil)
    },
    StoreContract("an address is taken once") { stores in
      let first = try stores.register("ada")
      #expect(throws: StoreError.emailTaken) { try stores.register("ADA", password: "another") }
      #expect(try stores.accounts.list(after: nil, limit: 10) == [first])
    },
    StoreContract("of 64 threads that take one address, one wins") { stores in
      let outcomes = concurrently(64) { number in
        Result { () throws(StoreError) in try stores.register("ada", password: "\(number)") }
      }
      let won = outcomes.compactMap { try? $0.get() }
      #expect(won.count == 1)
      #expect(outcomes.filter { $0 == .failure(.emailTaken) }.count == 63)
      let kept = try stores.accounts.list(after: nil, limit: 10)
      #expect(kept == won)
    },
    StoreContract("a role comes with its permissions, an unknown one makes no account") { stores in
      let admin = try stores.register("root", role: "admin")
      #expect(admin.role?.name == "admin")
      #expect(admin.role?.permissions == ["rbac.admin"])
      #expect(try stores.accounts.find(admin.id) == admin)
      #expect(try stores.register("user", role: "user").role?.permissions == [])
      #expect(throws: StoreError.unknownRole("Admin'--", known: ["admin", "user"])) {
        try stores.register("eve", role: "Admin'--")
      }
      #expect(try stores.accounts.find(EmailAddress("eve@example.com")!) == nil)
    },
    StoreContract("accounts are listed by id, in pages") { stores in
      let made = try (0..<7).map { try stores.register("n\($0)", role: $0 % 2 == 0 ? "admin" : nil) }
      #expect(try stores.accounts.list(after: nil, limit: 3) == Array(made[0..<3]))
      #expect(try stores.accounts.list(after: made[2].id, limit: 3) == Array(made[3..<6]))
      #expect(try stores.accounts.list(after: made[5].id, limit: 3) == [made[6]])
      #expect(try stores.accounts.list(after: made[6].id, limit: 3) == [])
      #expect(try stores.accounts.list(after: nil, limit: 0) == [])
    },
    StoreContract("a rehash takes the place of the hash that was read, and ends nothing") { stores in
      let account = try stores.register("ada", password: "old")
      let session = try stores.signIn(account)
      try stores.accounts.rehash(account.id, from: "wrong", to: "stolen")
      #expect(try stores.accounts.find(account.id) == account)
      try stores.accounts.rehash(account.id, from: "old", to: "new")
      var expected = account
      expected.passwordHash = "new"
      #expect(try stores.accounts.find(account.id) == expected)
      #expect(try stores.sessions.find(session.id) == session)
      #expect(try stores.entries() == [])
    },
    StoreContract("hashes of other programs are found, those of the newest accounts first") { stores in
      _ = try stores.register("ada", password: "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$dGFn")
      let account = try stores.register("bob", password: "{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE=")
      _ = try stores.register("cyd", password: nil)
      _ = try stores.register("eve", password: "$2b$04$hash")
      #expect(try stores.accounts.foreignHashes(limit: 9) == ["$2b$04$hash", "{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE="])
      #expect(try stores.accounts.foreignHashes(limit: 1) == ["$2b$04$hash"])
      try stores.accounts.rehash(account.id, from: "{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE=", to: "$argon2id$new")
      #expect(try stores.accounts.foreignHashes(limit: 9) == ["$2b$04$hash"])
    },
    StoreContract("a change of the profile sets what it names, ends nothing, and touches nobody else") { stores in
      let (account, other) = (try stores.register("ada"), try stores.register("bob"))
      let session = try stores.signIn(account)
      var first = ProfileChange()
      for field in ProfileField.all { first.set(field, to: "\(field.name) '東' \"x\"") }
      stores.clock.advance(by: .seconds(3))
      let changed = try #require(try stores.accounts.update(account.id, first))
      var expected = account
      first.apply(to: &expected.profile)
      expected.updatedAt = stores.clock.now()
      expected.revision = 1
      #expect(changed == expected)
      #expect(try stores.accounts.find(account.id) == expected)
      #expect(expected.profile.zipCode == "zip_code '東' \"x\"")
      var second = ProfileChange()
      second.set(ProfileField.all[3], to: nil)
      second.set(ProfileField.all[4], to: "Elsewhere")
      second.apply(to: &expected.profile)
      #expect(try stores.accounts.update(account.id, second) == expected, "no token says anything of it")
      #expect(try stores.accounts.find(other.id) == other)
      #expect(try stores.sessions.find(session.id)?.revokedAt == nil)
      #expect(try stores.entries().map(\.subject) == [.claims(account.id, revision: 1)])
      #expect(try stores.accounts.update(AccountID(99), second) == nil)
    },
    StoreContract("changes of different fields at once are all kept") { stores in
      let account = try stores.register("ada")
      _ = concurrently(ProfileField.all.count) { number in
        var change = ProfileChange()
        change.set(ProfileField.all[number], to: "\(number)")
        return try? stores.accounts.update(account.id, change)
      }
      let profile = try #require(try stores.accounts.find(account.id)).profile
      #expect(ProfileField.all.map { profile[keyPath: $0.path] } == ProfileField.all.indices.map { "\($0)" })
    },
    StoreContract("the number of an account that was removed is never given again") { stores in
      let first = try stores.register("ada")
      #expect(try stores.accounts.remove(first.id))
      let second = try stores.register("ada")
      #expect(second.id.value > first.id.value)
    },
  ]

  private static let profileFields: [any WritableKeyPath<Profile, String?> & Sendable] = [
    \.firstName, \.lastName, \.phoneNumber, \.dateOfBirth, \.pictureURL, \.bio, \.address, \.city, \.state, \.country,
    \.zipCode, \.occupation,
  ]
}
