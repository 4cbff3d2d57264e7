import Postern
import Testing

extension StoreContract {
  static let roleRules: [StoreContract] = [
    StoreContract("a role demands a second factor of its members once it is told to, and of nobody else") { stores in
      let (ada, bob) = (try stores.register("ada", role: "admin"), try stores.register("bob", role: "admin"))
      let eve = try stores.register("eve", role: "user")
      #expect(ada.role?.requiresSecondFactor == false)
      try stores.roles.setRequiresSecondFactor("admin", true, by: .commandLine)
      #expect(try stores.accounts.find(ada.id)?.role?.requiresSecondFactor == true)
      #expect(try stores.accounts.find(EmailAddress("bob@example.com")!)?.role?.requiresSecondFactor == true)
      #expect(try stores.accounts.find(eve.id)?.role?.requiresSecondFactor == false)
      #expect(try stores.factors.beginTOTP(bob.id, epoch: 0, sealedSecret: "s"))
      let addition = FactorAddition(to: bob, recoveryCodes: [], mailing: nil, by: .commandLine)
      #expect(try stores.factors.confirmTOTP(addition, sealedSecret: "s", step: 1) != nil)
      let listed = try stores.roles.list()
      #expect(listed.map(\.role.name) == ["admin", "user"])
      #expect(listed.map(\.role.requiresSecondFactor) == [true, false])
      #expect(listed.map(\.members) == [2, 1])
      #expect(listed.map(\.membersWithoutFactor) == [1, 1])
      #expect(listed[0].role == (try stores.accounts.find(ada.id)?.role), "with its permissions")
      try stores.roles.setRequiresSecondFactor("admin", false, by: .commandLine)
      #expect(try stores.accounts.find(ada.id)?.role?.requiresSecondFactor == false)
      #expect(throws: StoreError.unknownRole("nobody", known: ["admin", "user"])) {
        try stores.roles.setRequiresSecondFactor("nobody", true, by: .commandLine)
      }
    },
    StoreContract("what is kept of factors is handed to their owner, and nobody else's") { stores in
      let (ada, bob) = (try stores.register("ada"), try stores.register("bob"))
      for account in [ada, bob] {
        #expect(try stores.factors.beginTOTP(account.id, epoch: 0, sealedSecret: "s"))
        let addition = FactorAddition(
          to: account, recoveryCodes: [digest(1), digest(2)], mailing: nil, by: .commandLine)
        #expect(try stores.factors.confirmTOTP(addition, sealedSecret: "s", step: 1) != nil)
      }
      stores.clock.advance(by: .seconds(1))
      _ = try stores.factors.useRecoveryCode(ada.id, digest(1), mailing: { _ in nil }, by: .commandLine)
      let browser = TrustedBrowser(
        id: TrustedBrowser.ID([UInt8](repeating: 1, count: 16))!, account: ada.id, epoch: 0,
        createdAt: stores.clock.now(), expiresAt: stores.clock.now(), address: "192.0.2.1", userAgent: "agent")
      try stores.factors.trust(browser, most: 9, by: .commandLine)
      let records = try #require(try stores.records.records(of: ada.id, most: 9))
      #expect(try records.factors == stores.factors.factors(of: ada.id))
      #expect(records.recoveryCodes.map(\.usedAt) == [stores.clock.now(), nil])
      #expect(records.trustedBrowsers == [browser], "also where it has expired")
      #expect(try stores.records.records(of: bob.id, most: 9)?.trustedBrowsers == [])
    },
  ]
}
