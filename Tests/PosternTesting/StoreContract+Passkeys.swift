package import Postern
import Testing

extension StoreContract {
  static let passkeyRules: [StoreContract] = [
    StoreContract("a passkey is found by its credential's id, as it was added") { stores in
      let account = try stores.register("ada")
      let passkey = try stores.passkey(account, 7, name: "Zoë's phone", transports: ["internal", "hybrid"])
      #expect(
        passkey
          == Passkey(
            id: passkey.id, account: account.id, credentialID: [7, 7], publicKey: [1, 7], name: "Zoë's phone",
            signCount: 3, transports: ["internal", "hybrid"], aaguid: bytes(7), isBackupEligible: true,
            isBackedUp: false, createdAt: stores.clock.now()))
      #expect(try stores.passkeys.find(credentialID: [7, 7]) == passkey)
      #expect(try stores.passkeys.find(credentialID: [7]) == nil)
      #expect(try stores.factors.factors(of: account.id).passkeys == [passkey])
      #expect(try stores.accounts.find(account.id)?.hasSecondFactor == true)
    },
    StoreContract("any text can be the name of a passkey") { stores in
      let account = try stores.register("ada")
      for (number, text) in StoreContract.hostileTexts.enumerated() {
        let passkey = try stores.passkey(account, UInt8(number), name: text)
        #expect(passkey.name.utf8.elementsEqual(text.utf8))
        #expect(try stores.passkeys.rename(passkey.id, of: account.id, to: text + "2")?.name == text + "2")
      }
    },
    StoreContract("one passkey is one account's, for the first that has it") { stores in
      let (ada, bob) = (try stores.register("ada"), try stores.register("bob"))
      let passkey = try stores.passkey(ada, 1)
      #expect(try stores.add(bob, 1, challenge: 20) == .registered)
      #expect(try stores.add(ada, 1, challenge: 21) == .registered)
      #expect(try stores.passkeys.find(credentialID: [1, 1]) == passkey)
      #expect(try stores.accounts.find(bob.id)?.hasSecondFactor == false)
    },
    StoreContract("an account has so many passkeys at most, also when they come at once") { stores in
      let (ada, bob) = (try stores.register("ada"), try stores.register("bob"))
      let outcomes = concurrently(12) { number in try? stores.add(ada, UInt8(number), most: 5) }
      #expect(outcomes.count { if case .added = $0 { true } else { false } } == 5)
      #expect(outcomes.count { $0 == .tooMany } == 7)
      #expect(try stores.passkeys.list(of: ada.id).count == 5)
      _ = try stores.passkey(bob, 99)
    },
    StoreContract("a challenge is answered once, whatever by") { stores in
      let account = try stores.register("ada")
      let passkey = try stores.passkey(account, 1, challenge: 9)
      #expect(try stores.add(account, 2, challenge: 9) == .challengeUsed)
      #expect(try stores.use(passkey, count: 4, challenge: 9) == .challengeUsed)
      #expect(try stores.passkeys.find(credentialID: [1, 1]) == passkey)
      let outcomes = concurrently(8) { _ in try? stores.use(passkey, count: 4, challenge: 10) }
      #expect(outcomes.count { $0 == .accepted } == 1)
      #expect(outcomes.count { $0 == .challengeUsed } == 7)
    },
    StoreContract("a challenge that has expired is forgotten, and no other") { stores in
      let account = try stores.register("ada")
      let passkey = try stores.passkey(account, 1, challenge: 9)
      stores.clock.advance(by: .seconds(301))
      #expect(try stores.use(passkey, count: 4, challenge: 10) == .accepted)
      try stores.factors.purge(expiredBefore: stores.clock.now())
      #expect(try stores.use(passkey, count: 5, challenge: 10) == .challengeUsed)
      #expect(try stores.use(passkey, count: 5, challenge: 9) == .accepted)
    },
    StoreContract("no passkey is added to an account that is gone, disabled or of another epoch") { stores in
      let account = try stores.register("ada")
      _ = try stores.accounts.setActive(account.id, false)
      #expect(throws: StoreError.accountGone) { try stores.add(account, 1) }
      let enabled = try #require(try stores.accounts.setActive(account.id, true))
      #expect(throws: StoreError.accountGone) { try stores.add(account, 1) }
      // What was refused so has used nothing up.
      #expect(try stores.add(enabled, 1) != .challengeUsed)
      #expect(try stores.accounts.remove(account.id))
      #expect(try stores.passkeys.find(credentialID: [1, 1]) == nil, "it went with the account")
      #expect(throws: StoreError.accountGone) { try stores.add(enabled, 2) }
    },
    StoreContract("a passkey's counter goes on, and not back; where there is none, it stays none") { stores in
      let account = try stores.register("ada")
      let passkey = try stores.passkey(account, 1)
      stores.clock.advance(by: .seconds(5))
      #expect(try stores.use(passkey, count: 4, isBackedUp: true, challenge: 10) == .accepted)
      var expected = passkey
      expected.signCount = 4
      expected.isBackedUp = true
      expected.lastUsedAt = stores.clock.now()
      #expect(try stores.passkeys.find(credentialID: [1, 1]) == expected)
      for (number, count) in [UInt32(4), 3, 0].enumerated() {
        #expect(try stores.use(passkey, count: count, challenge: 11 + UInt8(number)) == .counterWentBack)
      }
      #expect(try stores.passkeys.find(credentialID: [1, 1]) == expected)
      let refusals = try stores.audit.list(of: account.id, limit: 9, offset: 0).filter {
        $0.event.action == .passkeyRefused
      }
      #expect(
        refusals.count == 3 && refusals.allSatisfy { $0.event.failure != nil && $0.event.initiator.account == nil })
      #expect(try stores.use(passkey, count: .max, challenge: 20) == .accepted)

      let uncounted = try stores.passkey(account, 2, count: 0)
      #expect(try stores.use(uncounted, count: 0, challenge: 21) == .accepted)
      #expect(try stores.use(uncounted, count: 0, challenge: 22) == .accepted)
      #expect(try stores.use(uncounted, count: 1, challenge: 23) == .accepted)
      #expect(try stores.use(uncounted, count: 0, challenge: 24) == .counterWentBack)
    },
    StoreContract("of uses with one count that come at once, one is taken") { stores in
      let account = try stores.register("ada")
      let passkey = try stores.passkey(account, 1)
      let outcomes = concurrently(8) { number in try? stores.use(passkey, count: 4, challenge: 30 + UInt8(number)) }
      #expect(outcomes.count { $0 == .accepted } == 1)
      #expect(outcomes.count { $0 == .counterWentBack } == 7)
    },
    StoreContract("passkeys are renamed and removed by their owner only, with an entry") { stores in
      let (ada, bob) = (try stores.register("ada"), try stores.register("bob"))
      let (first, second) = (try stores.passkey(ada, 1), try stores.passkey(ada, 2))
      #expect(try stores.passkeys.list(of: ada.id) == [first, second])
      #expect(try stores.passkeys.rename(first.id, of: bob.id, to: "mine") == nil)
      #expect(try !stores.passkeys.remove(first.id, of: bob.id))
      #expect(try stores.passkeys.rename(first.id, of: ada.id, to: "ring")?.name == "ring")
      #expect(try stores.passkeys.remove(first.id, of: ada.id))
      #expect(try !stores.passkeys.remove(first.id, of: ada.id))
      #expect(try stores.passkeys.rename(first.id, of: ada.id, to: "ring") == nil)
      #expect(try stores.use(first, count: 9, challenge: 40) == .gone)
      #expect(try stores.passkeys.list(of: ada.id) == [second])
      #expect(try stores.accounts.find(ada.id)?.hasSecondFactor == true)
      #expect(try stores.passkeys.remove(second.id, of: ada.id))
      #expect(try stores.accounts.find(ada.id)?.hasSecondFactor == false)
      let actions = try stores.audit.list(of: ada.id, limit: 9, offset: 0).map(\.event.action)
      #expect(
        actions.prefix(5) == [.factorRemoved, .factorRemoved, .passkeyRenamed, .factorAdded, .factorAdded])
      #expect(try stores.passkey(ada, 3).id.value > second.id.value, "numbers are never given twice")
    },
    StoreContract("a reset drops the passkeys of an account whose address nobody had proven, and no others") { stores in
      for (name, isProven) in [("ada", true), ("bob", false)] {
        let account = try stores.accounts.create(
          NewAccount(email: EmailAddress("\(name)@example.com")!, passwordHash: "hash", isVerified: isProven))
        let passkey = try stores.passkey(account, isProven ? 1 : 2)
        let link = try stores.link(.resetPassword, to: account)
        let reset = try stores.reset(link, account)
        #expect(reset?.hasSecondFactor == isProven)
        #expect(try stores.passkeys.list(of: account.id) == (isProven ? [passkey] : []))
      }
    },
  ]

  private static func bytes(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number, count: 16) }
}

extension Stores {
  fileprivate func add(
    _ account: Account, _ number: UInt8, name: String = "key", count: UInt32 = 3, transports: [String] = [],
    challenge: UInt8? = nil, most: Int = 20
  ) throws(StoreError) -> PasskeyAddition {
    let credential = AttestedCredential(
      aaguid: [UInt8](repeating: number, count: 16), id: [number, number], publicKey: [1, number], algorithm: .es256)
    let new = NewPasskey(
      credential, name: name, signCount: count, transports: transports, isBackupEligible: true, isBackedUp: false)
    let addition = FactorAddition(
      to: account, recoveryCodes: [], mailing: nil, by: Initiator(account: account.id, client: nil))
    return try passkeys.add(new, addition, answering: answered(challenge ?? 100 + number), most: most)
  }

  fileprivate func passkey(
    _ account: Account, _ number: UInt8, name: String = "key", count: UInt32 = 3, transports: [String] = [],
    challenge: UInt8? = nil
  ) throws -> Passkey {
    let outcome = try add(account, number, name: name, count: count, transports: transports, challenge: challenge)
    guard case .added(let passkey, _) = outcome else {
      Issue.record("not added: \(outcome)")
      throw StoreError.accountGone
    }
    return passkey
  }

  fileprivate func use(
    _ passkey: Passkey, count: UInt32, isBackedUp: Bool = false, challenge: UInt8
  ) throws(StoreError) -> PasskeyUse.Outcome {
    try passkeys.use(
      passkey.id, PasskeyUse(signCount: count, isBackedUp: isBackedUp), answering: answered(challenge),
      by: Client(address: "192.0.2.1", userAgent: "agent"))
  }

  private func answered(_ number: UInt8) -> AnsweredChallenge {
    AnsweredChallenge(id: [UInt8](repeating: number, count: 16), expiresAt: clock.now() + .seconds(300))
  }
}

/// What tests leave out where it makes no difference to them.
extension PasskeyStore {
  package func rename(_ id: Passkey.ID, of account: AccountID, to name: String) throws(StoreError) -> Passkey? {
    try rename(id, of: account, to: name, by: Initiator(account: account, client: nil))
  }
  package func remove(_ id: Passkey.ID, of account: AccountID) throws(StoreError) -> Bool {
    try remove(id, of: account, mailing: nil, by: Initiator(account: account, client: nil))
  }
}
