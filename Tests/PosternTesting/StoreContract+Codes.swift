import Postern
import Testing

/// Codes that are used up, and browsers that are not asked for any.
extension StoreContract {
  static let recoveryRules: [StoreContract] = [
    StoreContract("recovery codes come with the first factor, and with another once none is left") { stores in
      let account = try stores.proven("ada")
      let first = try stores.addTOTP(account, stores.addition(to: account, codes: 1..<3))
      #expect(first == FactorAdded(tookRecoveryCodes: true))
      #expect(
        try stores.factors.addEmail(stores.addition(to: account, codes: 3..<5)) == FactorAdded(tookRecoveryCodes: false)
      )
      #expect(try stores.factors.useRecoveryCode(account.id, digest(3)) == nil)
      #expect(try stores.factors.useRecoveryCode(account.id, digest(1)) == 1)
      #expect(try stores.factors.useRecoveryCode(account.id, digest(2)) == 0)
      #expect(try stores.factors.removeEmail(account.id))
      #expect(
        try stores.factors.addEmail(stores.addition(to: account, codes: 3..<5)) == FactorAdded(tookRecoveryCodes: true))
      #expect(try stores.factors.useRecoveryCode(account.id, digest(3)) == 1)
    },
    StoreContract("a recovery code is its account's, works once, and says how many are left") { stores in
      let (ada, bob) = (try stores.register("ada"), try stores.register("bob"))
      try stores.addTOTP(ada, stores.addition(to: ada, codes: 0..<10))
      try stores.addTOTP(bob, stores.addition(to: bob, codes: 10..<20))
      #expect(try stores.factors.useRecoveryCode(bob.id, digest(4)) == nil)
      let mail = stores.mail(ada, [:])
      let left = try stores.factors.useRecoveryCode(
        ada.id, digest(4),
        mailing: { left in
          var mail = mail
          mail.values["left"] = String(left)
          return mail
        }, by: Initiator(account: ada.id, client: nil))
      #expect(left == 9)
      #expect(try stores.outbox.list(after: nil, limit: 9).map(\.mail.values) == [["left": "9"]])
      #expect(try stores.events(of: ada).first?.details == ["left": "9"])
      #expect(try stores.factors.useRecoveryCode(ada.id, digest(4)) == nil)
      #expect(try stores.factors.factors(of: ada.id).recoveryCodesLeft == 9)
      #expect(try stores.factors.factors(of: bob.id).recoveryCodesLeft == 10)
    },
    StoreContract("of twenty with one recovery code, one passes") { stores in
      let account = try stores.register("ada")
      try stores.addTOTP(account)
      let passed = concurrently(20) { _ in (try? stores.factors.useRecoveryCode(account.id, digest(1))) ?? nil }
      #expect(passed.compactMap(\.self) == [9])
    },
    StoreContract("new recovery codes take the place of all others, where there is a factor") { stores in
      let (ada, bob) = (try stores.register("ada"), try stores.register("bob"))
      try stores.addTOTP(bob)
      #expect(try !stores.factors.replaceRecoveryCodes(ada.id, [digest(50)], mailing: nil, by: .commandLine))
      #expect(try stores.factors.beginTOTP(ada.id, epoch: 0, sealedSecret: "s"))
      #expect(try !stores.factors.replaceRecoveryCodes(ada.id, [digest(50)], mailing: nil, by: .commandLine))
      try stores.addTOTP(ada, stores.addition(to: ada, codes: 20..<30))
      #expect(
        try stores.factors.replaceRecoveryCodes(
          ada.id, [digest(21), digest(50)], mailing: stores.mail(ada, [:]), by: Initiator(account: ada.id, client: nil))
      )
      #expect(try stores.factors.factors(of: ada.id).recoveryCodesLeft == 2)
      #expect(try stores.factors.useRecoveryCode(ada.id, digest(20)) == nil)
      #expect(try stores.factors.useRecoveryCode(ada.id, digest(21)) == 1)
      #expect(try stores.events(of: ada).map(\.action).contains(.recoveryCodesReplaced))
      #expect(try stores.outbox.list(after: nil, limit: 9).count == 1)
      #expect(try stores.factors.factors(of: bob.id).recoveryCodesLeft == 10)
    },
  ]

  static let mailedCodeRules: [StoreContract] = [
    StoreContract("a mailed code works once, for its account, within its time, and is mailed again as it is") {
      stores in
      let (ada, bob) = (try stores.register("ada"), try stores.register("bob"))
      let mail = stores.code(ada)
      let link = try #require(mail.link?.id)
      let by = Initiator(account: nil, client: nil)
      #expect(try stores.factors.postCode(mail, about: ada.id, by: by))
      let end = stores.clock.now() + Link.Purpose.signInCode.lifetime
      stores.clock.advance(by: .seconds(60))
      #expect(try stores.factors.postCode(stores.code(ada, link), about: ada.id, by: by))
      let posted = try stores.outbox.list(after: nil, limit: 9)
      #expect(posted.map(\.mail.link?.id) == [link, link])
      #expect(posted.map(\.expiresAt) == [end, end])
      #expect(try stores.links.find(link)?.expiresAt == end)
      #expect(try stores.events(of: ada).map(\.action) == [.codeMailed, .codeMailed])
      #expect(try !stores.factors.postCode(stores.code(bob, link), about: bob.id, by: by))
      #expect(try !stores.factors.useCode(link, of: bob.id))
      #expect(try stores.factors.useCode(link, of: ada.id))
      #expect(try !stores.factors.useCode(link, of: ada.id))
      #expect(try !stores.factors.postCode(stores.code(ada, link), about: ada.id, by: by))
      let late = stores.code(ada)
      let lateLink = try #require(late.link?.id)
      #expect(try stores.factors.postCode(late, about: ada.id, by: by))
      stores.clock.advance(by: Link.Purpose.signInCode.lifetime)
      #expect(try !stores.factors.useCode(lateLink, of: ada.id))
      #expect(try !stores.factors.postCode(late, about: ada.id, by: by))
      #expect(try stores.outbox.list(after: nil, limit: 9).count == 3)
    },
    StoreContract("of twenty with one mailed code, one passes; no other link is one") { stores in
      let account = try stores.register("ada")
      let mail = stores.code(account)
      #expect(try stores.factors.postCode(mail, about: account.id, by: .commandLine))
      let link = try #require(mail.link?.id)
      let passed = concurrently(20) { _ in (try? stores.factors.useCode(link, of: account.id)) == true }
      #expect(passed.count { $0 } == 1)
      let reset = Mail(.resetPassword, to: account.email, link: .resetPassword, random: stores.random)
      try stores.links.post(reset, about: account.id, AuditEvent(.login, by: .commandLine, on: account.id))
      let other = try #require(reset.link?.id)
      #expect(try !stores.factors.useCode(other, of: account.id))
    },
  ]

  static let trustRules: [StoreContract] = [
    StoreContract("a trusted browser is kept as it was, in the place of the oldest where there are too many") {
      stores in
      let (ada, bob) = (try stores.register("ada"), try stores.register("bob"))
      try stores.addTOTP(ada)
      try stores.addTOTP(bob)
      let bobs = try stores.trust(bob, 9)
      var made: [TrustedBrowser] = []
      for number in 1...4 {
        made.append(try stores.trust(ada, UInt8(number), most: 3))
        stores.clock.advance(by: .seconds(1))
      }
      #expect(try stores.factors.trustedBrowsers(of: ada.id) == made[1...].reversed())
      #expect(try stores.factors.trustedBrowser(browser(1)) == nil)
      #expect(try stores.factors.trustedBrowser(browser(9)) == bobs)
      try stores.factors.noteUse(of: browser(2))
      #expect(try stores.factors.trustedBrowser(browser(2))?.lastUsedAt == stores.clock.now())
      #expect(try stores.events(of: ada).first?.action == .browserTrusted)
    },
    StoreContract("a browser is trusted with a factor only, until its time is over or the epoch another one") {
      stores in
      let account = try stores.register("ada")
      #expect(throws: StoreError.accountGone) { try stores.trust(account, 1) }
      try stores.addTOTP(account)
      try stores.trust(account, 1)
      let last = try stores.trust(account, 2, life: .seconds(60))
      stores.clock.advance(by: .seconds(60))
      #expect(try stores.factors.trustedBrowsers(of: account.id).map(\.id) == [browser(1)])
      try stores.factors.purge(expiredBefore: last.expiresAt)
      #expect(try stores.factors.trustedBrowser(browser(2)) == last)
      try stores.factors.purge(expiredBefore: last.expiresAt + .seconds(1))
      #expect(try stores.factors.trustedBrowser(browser(2)) == nil)
      _ = try stores.accounts.setPassword(account.id, hash: "new", except: nil)
      #expect(try stores.factors.trustedBrowsers(of: account.id).isEmpty)
    },
    StoreContract("the trust in one browser ends, or in all of the account's, and in nobody else's") { stores in
      let (ada, bob) = (try stores.register("ada"), try stores.register("bob"))
      for account in [ada, bob] { try stores.addTOTP(account) }
      for number in 1...3 { try stores.trust(ada, UInt8(number)) }
      try stores.trust(bob, 9)
      #expect(try stores.factors.endTrust(browser(9), of: ada.id, by: .commandLine) == 0)
      #expect(try stores.factors.endTrust(browser(1), of: ada.id, by: .commandLine) == 1)
      #expect(try stores.factors.endTrust(browser(1), of: ada.id, by: .commandLine) == 0)
      #expect(try stores.factors.endTrust(nil, of: ada.id, by: .commandLine) == 2)
      #expect(try stores.factors.endTrust(nil, of: ada.id, by: .commandLine) == 0)
      #expect(try stores.factors.trustedBrowser(browser(9)) != nil)
      #expect(try stores.events(of: ada).count { $0.action == .browserTrustEnded } == 2)
    },
  ]
}
