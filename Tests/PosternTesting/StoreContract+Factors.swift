import Postern
import Testing

extension StoreContract {
  static let factorRules: [StoreContract] =
    totpRules + recoveryRules + mailedCodeRules + trustRules + [
      StoreContract("an account has no factor, and neither has none") { stores in
        let account = try stores.register("ada")
        #expect(try stores.factors.factors(of: account.id) == Factors())
        #expect(try stores.factors.factors(of: AccountID(99)) == Factors())
        #expect(try !stores.factors.removeTOTP(account.id))
        #expect(try !stores.factors.removeEmail(account.id))
        #expect(try stores.factors.removeAll(account.id, mailing: nil, by: .commandLine) == nil)
        #expect(try stores.events(of: account) == [])
      },
      StoreContract("codes are mailed to a proven address only, and switched on once") { stores in
        let unproven = try stores.register("ada")
        #expect(try stores.factors.addEmail(stores.addition(to: unproven)) == nil)
        let account = try stores.proven("bob")
        #expect(try stores.factors.addEmail(stores.addition(to: account)) == FactorAdded(tookRecoveryCodes: true))
        #expect(try stores.factors.addEmail(stores.addition(to: account)) == nil)
        #expect(try stores.factors.factors(of: account.id).emailSince == stores.clock.now())
        #expect(try stores.hasFactor(account))
        #expect(try stores.factors.removeEmail(account.id))
        #expect(try !stores.factors.removeEmail(account.id))
        #expect(try !stores.hasFactor(account))
      },
      StoreContract("the last factor takes recovery codes and trusted browsers along, and no other does") { stores in
        let account = try stores.proven("ada")
        try stores.addTOTP(account)
        _ = try stores.factors.addEmail(stores.addition(to: account, codes: 20..<30))
        try stores.trust(account, 1)
        #expect(try stores.factors.removeTOTP(account.id))
        #expect(try stores.hasFactor(account))
        #expect(try stores.factors.factors(of: account.id).recoveryCodesLeft == 10)
        #expect(try stores.factors.trustedBrowsers(of: account.id).count == 1)
        #expect(try stores.factors.removeEmail(account.id))
        #expect(try stores.factors.factors(of: account.id) == Factors())
        #expect(try stores.factors.trustedBrowser(browser(1)) == nil)
        #expect(try !stores.hasFactor(account))
      },
      StoreContract("a factor that is added or removed leaves an entry and a mail, and one that is not leaves none") {
        stores in
        let account = try stores.register("ada")
        let by = Initiator(account: account.id, client: Client(address: "198.51.100.7", userAgent: "another"))
        var addition = FactorAddition(
          to: account, recoveryCodes: [digest(1)], mailing: stores.mail(account, ["factor": "added"]), by: by)
        #expect(try stores.factors.confirmTOTP(addition, sealedSecret: "none", step: 9) == nil)
        #expect(try stores.outbox.list(after: nil, limit: 9).isEmpty)
        try stores.addTOTP(account, addition)
        #expect(
          try stores.factors.removeTOTP(account.id, mailing: stores.mail(account, ["factor": "removed"]), by: by))
        #expect(
          try stores.outbox.list(after: nil, limit: 9).map(\.mail.values) == [
            ["factor": "added"], ["factor": "removed"],
          ])
        #expect(
          try stores.events(of: account) == [
            .factor(.factorRemoved, .totp, of: account.id, by: by),
            .factor(.factorAdded, .totp, of: account.id, by: by),
          ])
        addition.mail = nil
        try stores.addTOTP(account, addition)
        #expect(try stores.events(of: account).first?.details == ["factor": "totp"])
      },
      StoreContract("nothing is added to an account that is gone, disabled or of another epoch") { stores in
        let account = try stores.proven("ada")
        #expect(try stores.factors.beginTOTP(account.id, epoch: account.epoch, sealedSecret: "s"))
        _ = try stores.accounts.setActive(account.id, false)
        func expectGone(_ account: Account) {
          #expect(throws: StoreError.accountGone) {
            try stores.factors.beginTOTP(account.id, epoch: account.epoch, sealedSecret: "s")
          }
          #expect(throws: StoreError.accountGone) {
            try stores.factors.confirmTOTP(stores.addition(to: account), sealedSecret: "s", step: 1)
          }
          #expect(throws: StoreError.accountGone) { try stores.factors.addEmail(stores.addition(to: account)) }
          #expect(throws: StoreError.accountGone) { try stores.trust(account, 1) }
        }
        expectGone(account)
        let enabled = try #require(try stores.accounts.setActive(account.id, true))
        expectGone(account)
        #expect(try stores.factors.addEmail(stores.addition(to: enabled)) != nil)
        #expect(try stores.accounts.remove(enabled.id))
        expectGone(enabled)
        #expect(try stores.factors.factors(of: enabled.id) == Factors())
      },
      StoreContract("all factors are removed at once, and all that was issued ends") { stores in
        let account = try stores.proven("ada")
        try stores.addTOTP(account)
        _ = try stores.factors.addEmail(stores.addition(to: account))
        try stores.trust(account, 1)
        let session = try stores.signIn(account)
        let mail = stores.mail(account, ["factor": "all"])
        let after = try #require(try stores.factors.removeAll(account.id, mailing: mail, by: .commandLine))
        #expect(after.epoch == account.epoch + 1)
        #expect(!after.hasSecondFactor)
        #expect(try stores.factors.factors(of: account.id) == Factors())
        #expect(try stores.sessions.find(session.id)?.revokedAt == stores.clock.now())
        #expect(try stores.entries().map(\.subject).contains(.account(account.id, epoch: after.epoch)))
        #expect(try stores.outbox.list(after: nil, limit: 99).map(\.mail).contains(mail))
        #expect(try stores.events(of: account).first == .factor(.factorRemoved, nil, of: account.id, by: .commandLine))
        #expect(try stores.factors.removeAll(account.id, mailing: mail, by: .commandLine) == nil)
      },
      StoreContract("a reset drops all factors where the address was unproven, and else none") { stores in
        for isProven in [false, true] {
          let account = try isProven ? stores.proven("bob") : stores.register("ada")
          try stores.addTOTP(account)
          try stores.trust(account, isProven ? 1 : 2)
          let mail = Mail(.resetPassword, to: account.email, link: .resetPassword, random: stores.random)
          try stores.links.post(mail, about: account.id, AuditEvent(.login, by: .commandLine, on: account.id))
          let after = try stores.accounts.resetPassword(
            try #require(mail.link?.id), to: "new", mailing: stores.mail(account, [:]),
            client: Client(address: "", userAgent: ""))
          #expect(after?.hasSecondFactor == isProven)
          #expect(try stores.factors.factors(of: account.id).recoveryCodesLeft == (isProven ? 10 : 0))
          #expect(try stores.factors.trustedBrowsers(of: account.id).isEmpty, "they were of another epoch")
        }
      },
      StoreContract("undoing a change of the address drops what was added since, and keeps what is older") { stores in
        let account = try stores.proven("ada")
        try stores.addTOTP(account)
        stores.clock.advance(by: .seconds(1))
        let undo = Mail(.addressChanged, to: account.email, link: .undoAddressChange, random: stores.random)
        try stores.links.post(undo, about: account.id, AuditEvent(.login, by: .commandLine, on: account.id))
        #expect(try stores.factors.addEmail(stores.addition(to: account)) == FactorAdded(tookRecoveryCodes: false))
        #expect(try stores.factors.replaceRecoveryCodes(account.id, [digest(77)], mailing: nil, by: .commandLine))
        try stores.trust(account, 1)
        let link = try #require(undo.link?.id)
        let after = try #require(
          try stores.accounts.undoEmailChange(
            link, making: NewLink(.resetPassword, account.email, random: stores.random),
            by: .commandLine))
        #expect(after.hasSecondFactor)
        let factors = try stores.factors.factors(of: account.id)
        #expect(factors.totp?.confirmedAt != nil)
        #expect(factors.emailSince == nil)
        #expect(factors.recoveryCodesLeft == 0)
        #expect(try stores.factors.trustedBrowser(browser(1)) == nil)
      },
    ]

  private static let totpRules: [StoreContract] = [
    StoreContract("the secret of an authenticator counts from its first code, and waits for it until then") { stores in
      let account = try stores.register("ada")
      let begun = stores.clock.now()
      #expect(try stores.factors.beginTOTP(account.id, epoch: 0, sealedSecret: "one"))
      #expect(try stores.factors.beginTOTP(account.id, epoch: 0, sealedSecret: "two"))
      #expect(
        try stores.factors.factors(of: account.id) == Factors(totp: TOTPFactor(sealedSecret: "two", createdAt: begun)))
      #expect(try !stores.hasFactor(account))
      #expect(try !stores.factors.useTOTP(account.id, step: 7))
      #expect(try !stores.factors.removeTOTP(account.id))
      stores.clock.advance(by: .seconds(5))
      #expect(try stores.factors.confirmTOTP(stores.addition(to: account), sealedSecret: "one", step: 7) == nil)
      #expect(
        try stores.factors.confirmTOTP(stores.addition(to: account), sealedSecret: "two", step: 7)
          == FactorAdded(tookRecoveryCodes: true))
      #expect(try stores.factors.confirmTOTP(stores.addition(to: account), sealedSecret: "two", step: 8) == nil)
      #expect(
        try stores.factors.factors(of: account.id)
          == Factors(
            totp: TOTPFactor(sealedSecret: "two", createdAt: begun, confirmedAt: stores.clock.now(), lastStep: 7),
            recoveryCodesLeft: 10))
      #expect(try stores.hasFactor(account))
      #expect(try !stores.factors.beginTOTP(account.id, epoch: 0, sealedSecret: "three"))
      #expect(try stores.factors.removeTOTP(account.id))
      #expect(try stores.factors.beginTOTP(account.id, epoch: 0, sealedSecret: "three"))
      #expect(try stores.factors.factors(of: account.id).totp?.lastStep == 0)
    },
    StoreContract("a step is used up with those before it, and nobody else's") { stores in
      let (ada, bob) = (try stores.register("ada"), try stores.register("bob"))
      try stores.addTOTP(ada, step: 100)
      try stores.addTOTP(bob, step: 100)
      #expect(try !stores.factors.useTOTP(ada.id, step: 100))
      #expect(try !stores.factors.useTOTP(ada.id, step: 99))
      #expect(try stores.factors.useTOTP(ada.id, step: 102))
      #expect(try !stores.factors.useTOTP(ada.id, step: 101))
      #expect(try stores.factors.useTOTP(bob.id, step: 101))
      #expect(try !stores.factors.useTOTP(AccountID(99), step: 101))
    },
    StoreContract("of twenty who confirm one secret, one does; of twenty with one step, one passes") { stores in
      let account = try stores.register("ada")
      #expect(try stores.factors.beginTOTP(account.id, epoch: 0, sealedSecret: "s"))
      let confirmed = concurrently(20) { number in
        (try? stores.factors.confirmTOTP(
          stores.addition(to: account, codes: [UInt8(number)]), sealedSecret: "s", step: 5)) ?? nil
      }
      #expect(confirmed.compactMap(\.self) == [FactorAdded(tookRecoveryCodes: true)])
      #expect(try stores.factors.factors(of: account.id).recoveryCodesLeft == 1)
      let passed = concurrently(20) { _ in (try? stores.factors.useTOTP(account.id, step: 6)) == true }
      #expect(passed.count { $0 } == 1)
    },
    StoreContract("a purge deletes secrets that have waited for a day, and no other") { stores in
      let (ada, bob) = (try stores.register("ada"), try stores.register("bob"))
      try stores.addTOTP(ada)
      #expect(try stores.factors.beginTOTP(bob.id, epoch: 0, sealedSecret: "s"))
      let day = stores.clock.now() + .seconds(86_400)
      try stores.factors.purge(expiredBefore: day)
      #expect(try stores.factors.factors(of: bob.id).totp != nil)
      try stores.factors.purge(expiredBefore: day + .seconds(1))
      #expect(try stores.factors.factors(of: bob.id).totp == nil)
      #expect(try stores.factors.factors(of: ada.id).totp != nil)
    },
  ]
}

func browser(_ number: UInt8) -> TrustedBrowser.ID { TrustedBrowser.ID([UInt8](repeating: number, count: 16))! }

extension FactorStore {
  func removeTOTP(_ account: AccountID) throws(StoreError) -> Bool {
    try removeTOTP(account, mailing: nil, by: .commandLine)
  }
  func removeEmail(_ account: AccountID) throws(StoreError) -> Bool {
    try removeEmail(account, mailing: nil, by: .commandLine)
  }
  func useRecoveryCode(_ account: AccountID, _ digest: [UInt8]) throws(StoreError) -> Int? {
    try useRecoveryCode(account, digest, mailing: { _ in nil }, by: .commandLine)
  }
}

extension Stores {
  /// With recovery codes whose digests the numbers name.
  func addition(to account: Account, codes: some Sequence<UInt8> = 0..<10) -> FactorAddition {
    FactorAddition(to: account, recoveryCodes: codes.map(digest), mailing: nil, by: .commandLine)
  }

  /// Adds an authenticator whose steps up to that one are used up.
  @discardableResult
  func addTOTP(
    _ account: Account, _ addition: FactorAddition? = nil, step: Int64 = 1
  ) throws -> FactorAdded {
    let addition = addition ?? self.addition(to: account)
    _ = try factors.beginTOTP(account.id, epoch: account.epoch, sealedSecret: "secret")
    return try #require(try factors.confirmTOTP(addition, sealedSecret: "secret", step: step))
  }

  func proven(_ name: String) throws -> Account {
    try accounts.create(
      NewAccount(email: EmailAddress("\(name)@example.com")!, passwordHash: "hash", isVerified: true))
  }

  func hasFactor(_ account: Account) throws -> Bool {
    try #require(try accounts.find(account.id)).hasSecondFactor
  }

  func mail(_ account: Account, _ values: [String: String]) -> Mail {
    Mail(.passwordChanged, to: account.email, values: values, random: random)
  }

  /// A mail with a code; where a link is named, with that one's.
  func code(_ account: Account, _ link: LinkID? = nil) -> Mail {
    Mail(
      id: random.bytes(16), .test, to: account.email, values: [:],
      link: NewLink(link ?? LinkID(random: random), .signInCode, account.email))
  }

  @discardableResult
  func trust(
    _ account: Account, _ number: UInt8, most: Int = 20, life: Duration = .seconds(3600)
  ) throws(StoreError) -> TrustedBrowser {
    let trusted = TrustedBrowser(
      id: browser(number), account: account.id, epoch: account.epoch, createdAt: clock.now(),
      expiresAt: clock.now() + life, address: "192.0.2.1", userAgent: "agent")
    try factors.trust(trusted, most: most, by: .commandLine)
    return trusted
  }
}
