import Postern
import Testing

extension StoreContract {
  static let proofRules: [StoreContract] = [
    StoreContract("who registers gets a link, and the audit log an entry; a taken address gets neither") { stores in
      let email = EmailAddress("ada@example.com")!
      let random = SequenceRandom()
      let mails = (0..<2).map { _ in Mail(.confirmAddress, to: email, link: .confirmAddress, random: random) }
      let new = NewAccount(email: email, passwordHash: "hash")
      let account = try stores.accounts.create(new, mailing: mails[0], client: client)
      let link = try #require(try stores.links.find(mails[0].link!.id))
      #expect((link.account, link.email, link.purpose) == (account.id, email, .confirmAddress))
      let event = AuditEvent(.signup, by: Initiator(account: account.id, client: client), on: account.id)
      #expect(try stores.events(of: account) == [event])
      #expect(throws: StoreError.emailTaken) {
        try stores.accounts.create(new, mailing: mails[1], client: client)
      }
      #expect(try stores.links.find(mails[1].link!.id) == nil)
      #expect(try stores.events(of: account) == [event])
    },
    StoreContract("a link proves an address once, raises the revision, and ends nothing") { stores in
      let account = try stores.register("ada")
      let session = try stores.signIn(account)
      let link = try stores.link(.confirmAddress, to: account)
      stores.clock.advance(by: .seconds(5))
      let before = try stores.events(of: account).count
      let proven = try #require(try stores.accounts.prove(link, session: session.id, client: client))
      #expect(proven.isVerified)
      #expect((proven.revision, proven.epoch) == (account.revision + 1, account.epoch))
      #expect(proven.updatedAt == stores.clock.now())
      #expect(proven.passwordHash == account.passwordHash)
      #expect(try stores.accounts.find(account.id) == proven)
      #expect(try stores.entries().map(\.subject) == [.claims(account.id, revision: 1)])
      #expect(try stores.sessions.find(session.id)?.revokedAt == nil)
      #expect(try stores.links.find(link)?.usedAt == stores.clock.now())
      let event = AuditEvent(
        .emailVerified, by: Initiator(account: account.id, client: client), on: account.id, session: session.id)
      #expect(try stores.events(of: account).first == event)
      #expect(try stores.accounts.prove(link, session: nil, client: client) == nil)
      #expect(try stores.events(of: account).count == before + 1)
      #expect(try stores.entries().count == 1)
    },
    StoreContract("a link that is not for that proves nothing and resets nothing") { stores in
      let account = try stores.register("ada")
      let others = EmailAddress("old@example.com")!
      let links = try Link.Purpose.allCases.map { try stores.link($0, to: account) } + [LinkID(Array(0..<16))!]
      let stale = try [Link.Purpose.confirmAddress, .resetPassword].map {
        try stores.link($0, to: account, about: others)
      }
      for link in links + stale {
        if try stores.links.find(link)?.purpose != .confirmAddress || stale.contains(link) {
          #expect(try stores.accounts.prove(link, session: nil, client: client) == nil)
        }
        if try stores.links.find(link)?.purpose != .resetPassword || stale.contains(link) {
          #expect(try stores.reset(link, account) == nil)
        }
      }
      #expect(try stores.accounts.find(account.id) == account)
      #expect(try stores.entries().isEmpty)
    },
    StoreContract("a link does nothing from its expiry on") { stores in
      let account = try stores.register("ada")
      let (confirm, reset) = (
        try stores.link(.confirmAddress, to: account), try stores.link(.resetPassword, to: account)
      )
      stores.clock.advance(by: .seconds(3600))
      #expect(try stores.reset(reset, account) == nil)
      stores.clock.advance(by: .seconds(47 * 3600))
      #expect(try stores.accounts.prove(confirm, session: nil, client: client) == nil)
      #expect(try stores.accounts.find(account.id) == account)
    },
    StoreContract("a link does nothing for an account that is disabled or gone") { stores in
      let account = try stores.register("ada")
      let links = try (0..<2).map { _ in
        (try stores.link(.confirmAddress, to: account), try stores.link(.resetPassword, to: account))
      }
      let disabled = try #require(try stores.accounts.setActive(account.id, false))
      #expect(try stores.accounts.prove(links[0].0, session: nil, client: client) == nil)
      #expect(try stores.reset(links[0].1, account) == nil)
      #expect(try stores.accounts.find(account.id) == disabled)
      #expect(try stores.accounts.remove(account.id))
      #expect(try stores.accounts.prove(links[1].0, session: nil, client: client) == nil)
      #expect(try stores.reset(links[1].1, account) == nil)
      #expect(try stores.links.find(links[1].0)?.account == nil, "it is there still, for whoever follows it")
    },
    StoreContract("a reset sets the password, proves the address and ends all that was issued") { stores in
      let account = try stores.register("ada")
      let bob = try stores.register("bob")
      let (session, bobs) = (try stores.signIn(account), try stores.signIn(bob, 2))
      _ = try stores.token(account, 1)
      let kept = try stores.link(.undoAddressChange, to: account)
      let bobsLink = try stores.link(.resetPassword, to: bob)
      let links = try [Link.Purpose.confirmAddress, .resetPassword, .confirmNewAddress].map {
        try stores.link($0, to: account)
      }
      let link = try stores.link(.resetPassword, to: account)
      stores.clock.advance(by: .seconds(5))
      let changed = try #require(try stores.reset(link, account))
      #expect(changed.passwordHash == "reset")
      #expect(changed.isVerified)
      #expect(changed.epoch == account.epoch + 1)
      #expect(changed.updatedAt == stores.clock.now())
      #expect(try stores.accounts.find(account.id) == changed)
      #expect(try stores.sessions.find(session.id)?.revokedAt == stores.clock.now())
      #expect(try stores.sessions.find(bobs.id)?.revokedAt == nil)
      #expect(try stores.entries().map(\.subject) == [.account(account.id, epoch: 1)])
      for dropped in links { #expect(try stores.links.find(dropped) == nil) }
      #expect(try stores.links.find(link)?.usedAt == stores.clock.now(), "it stays, to say that it has done its work")
      #expect(try stores.links.find(kept) != nil)
      #expect(try stores.links.find(bobsLink) != nil)
      let event = AuditEvent(.passwordReset, by: Initiator(account: account.id, client: client), on: account.id)
      #expect(try stores.events(of: account).first == event)
      #expect(try stores.reset(link, account) == nil)
      #expect(try stores.accounts.find(account.id) == changed)
    },
    StoreContract("where the address was unproven, a reset drops what the account could be entered by") { stores in
      for (name, isVerified) in [("ada", false), ("bob", true)] {
        let account = try stores.accounts.create(
          NewAccount(email: EmailAddress("\(name)@example.com")!, passwordHash: "hash", isVerified: isVerified))
        let number: UInt8 = isVerified ? 1 : 2
        _ = try stores.token(account, number)
        let changed = try stores.reset(try stores.link(.resetPassword, to: account), account)
        let token = try stores.apiTokens.find(digest: digest(number))
        #expect((token != nil) == isVerified)
        #expect(token?.epoch != changed?.epoch, "one that is left has ended")
        #expect(try stores.apiTokens.list(of: account.id) == [])
      }
    },
    StoreContract("of 32 threads that use one link, one wins") { stores in
      let account = try stores.register("ada")
      let proof = try stores.link(.confirmAddress, to: account)
      let proven = concurrently(32) { _ in try? stores.accounts.prove(proof, session: nil, client: client) }
      #expect(proven.compactMap { $0 ?? nil }.count == 1)
      let reset = try stores.link(.resetPassword, to: account)
      let changed = concurrently(32) { number in try? stores.reset(reset, account, hash: "hash \(number)") }
      let winners = changed.compactMap { $0 ?? nil }
      #expect(winners.count == 1)
      #expect(try stores.accounts.find(account.id) == winners.first)
      #expect(winners.first?.epoch == 1)
    },
    StoreContract("another password makes links worthless that set one or change the address") { stores in
      let account = try stores.register("ada")
      let links = try Link.Purpose.allCases.map { ($0, try stores.link($0, to: account)) }
      #expect(try stores.accounts.setPassword(account.id, from: "other", to: "new", except: nil) == nil)
      for (_, link) in links { #expect(try stores.links.find(link) != nil) }
      #expect(try stores.accounts.setPassword(account.id, from: "hash", to: "new", except: nil) != nil)
      for (purpose, link) in links {
        #expect(
          try (stores.links.find(link) != nil) == ![.resetPassword, .confirmNewAddress].contains(purpose), "\(purpose)")
      }
    },
  ]

  private static let client = Client(address: "198.51.100.7", userAgent: "another")
}

extension Stores {
  /// Mails a link, about the account's address or another one.
  func link(
    _ purpose: Link.Purpose, to account: Account, about email: EmailAddress? = nil
  ) throws(StoreError) -> LinkID {
    let mail = Mail(.test, to: account.email, link: purpose, about: email, random: random)
    try links.post(mail, about: account.id, AuditEvent(.login, by: .commandLine, on: account.id))
    return mail.link!.id
  }

  func reset(_ link: LinkID, _ account: Account, hash: String = "reset") throws(StoreError) -> Account? {
    let mail = Mail(.passwordChanged, to: account.email, random: random)
    return try accounts.resetPassword(
      link, to: hash, mailing: mail, client: Client(address: "198.51.100.7", userAgent: "another"))
  }
}
