import Postern
import Testing

extension StoreContract {
  static let addressRules: [StoreContract] = [
    StoreContract("a change that is asked for leaves its link, its mails and an entry; the last one counts") { stores in
      let (ada, own) = (try stores.register("ada"), Initiator(account: AccountID(1), client: nil))
      let random = SequenceRandom()
      let first = try stores.ask(ada, for: "new", random)
      #expect(try stores.links.latest(.confirmNewAddress, of: ada.id)?.email?.text == "new@example.com")
      stores.clock.advance(by: .seconds(1))
      let second = try stores.ask(ada, for: "newer", random)
      #expect(try stores.links.find(first) == nil, "overtaken")
      #expect(try stores.links.latest(.confirmNewAddress, of: ada.id)?.id == second)
      #expect(try stores.links.latest(.undoAddressChange, of: ada.id) == nil)
      #expect(
        try stores.audit.list(of: ada.id, limit: 1, offset: 0).map(\.event)
          == [AuditEvent(.emailChangeRequested, by: own, on: ada.id)])
      let records = try #require(try stores.records.records(of: ada.id, most: 9))
      #expect(
        records.mails.map(\.kind) == ["address-change-asked", "address-change-asked"],
        "nor does it tell her whether the new address got one")
      #expect(try stores.accounts.find(ada.id) == ada)
      stores.clock.advance(by: .seconds(48 * 3600))
      #expect(try stores.links.latest(.confirmNewAddress, of: ada.id) == nil, "expired")
      #expect(try !stores.accounts.askEmailChange(.make(Account.none, "new@example.com", random)))
      _ = try stores.accounts.setPassword(ada.id, hash: "another", except: nil)
      #expect(try !stores.accounts.askEmailChange(.make(ada, "new@example.com", random)), "of an epoch that is over")
      #expect(try stores.links.latest(.confirmNewAddress, of: ada.id) == nil)
    },
    StoreContract("a change without a letter keeps its link, which nobody gets") { stores in
      let ada = try stores.register("ada")
      let request = AddressChangeRequest.make(ada, "bob@example.com", SequenceRandom(), isSent: false)
      #expect(try stores.accounts.askEmailChange(request))
      #expect(try stores.links.latest(.confirmNewAddress, of: ada.id)?.email?.text == "bob@example.com")
    },
    StoreContract("a confirmed change sets the address, proven, and ends everything but one session") { stores in
      let (ada, random) = (try stores.register("ada"), SequenceRandom())
      let (kept, other) = (try stores.signIn(ada, 1), try stores.signIn(ada, 2))
      let reset = Mail(.resetPassword, to: ada.email, link: .resetPassword, random: random)
      let confirm = Mail(.confirmAddress, to: ada.email, link: .confirmAddress, random: random)
      for mail in [reset, confirm] { try stores.links.post(mail, about: ada.id, .asked(ada)) }
      let link = try stores.ask(ada, for: "new", random)
      stores.clock.advance(by: .seconds(5))
      let undo = Mail.changed(ada, random)
      let own = Initiator(account: ada.id, client: nil)
      let changed = try #require(
        try stores.accounts.changeEmail(link, from: ada.email, keeping: kept.id, mailing: undo, by: own))
      var expected = ada
      expected.email = EmailAddress("new@example.com")!
      expected.isVerified = true
      expected.epoch = 1
      expected.updatedAt = stores.clock.now()
      #expect(changed == expected)
      #expect(try stores.accounts.find(ada.id) == expected)
      #expect(try stores.accounts.find(ada.email) == nil)
      #expect(try stores.sessions.find(kept.id)?.epoch == 1)
      #expect(try stores.sessions.find(kept.id)?.revokedAt == nil)
      #expect(try stores.sessions.find(other.id)?.revokedAt == stores.clock.now())
      #expect(try stores.entries().last?.subject == .account(ada.id, epoch: 1))
      #expect(try stores.links.find(reset.link!.id) == nil)
      #expect(try stores.links.find(confirm.link!.id) == nil)
      #expect(try stores.links.find(link)?.usedAt == stores.clock.now(), "it stays, to say that it is done")
      #expect(try stores.links.latest(.undoAddressChange, of: ada.id)?.email == ada.email)
      #expect(
        try stores.audit.list(of: ada.id, limit: 1, offset: 0).map(\.event)
          == [AuditEvent(.emailChange, by: own, on: ada.id, session: kept.id)])
      #expect(try stores.change(link, of: expected, random) == nil, "once")
      let records = try #require(try stores.records.records(of: ada.id, most: 9))
      #expect(records.sessions.map(\.endReason).contains("e-mail address changed"))
    },
    StoreContract("a link does nothing for another purpose, after its time, or for nobody") { stores in
      let (ada, random) = (try stores.register("ada"), SequenceRandom())
      let reset = Mail(.resetPassword, to: ada.email, link: .resetPassword, random: random)
      try stores.links.post(reset, about: ada.id, .asked(ada))
      #expect(try stores.change(reset.link!.id, of: ada, random) == nil)
      #expect(try stores.undo(reset.link!.id, random) == nil)
      #expect(try stores.change(LinkID(random: random), of: ada, random) == nil)
      let link = try stores.ask(ada, for: "new", random)
      stores.clock.advance(by: .seconds(48 * 3600))
      #expect(try stores.change(link, of: ada, random) == nil)
      #expect(try stores.accounts.find(ada.id) == ada)
      #expect(try stores.entries() == [])
    },
    StoreContract("an address that was given up is kept for its account for seven days") { stores in
      let (ada, bob) = (try stores.register("ada"), try stores.register("bob"))
      let random = SequenceRandom()
      #expect(try !stores.accounts.isFree(ada.email, for: bob.id))
      #expect(try stores.accounts.isFree(ada.email, for: ada.id))
      let changed = try stores.move(ada, to: "new", random)
      #expect(try !stores.accounts.isFree(ada.email, for: bob.id))
      #expect(try !stores.accounts.isFree(ada.email, for: nil))
      #expect(try stores.accounts.isFree(ada.email, for: ada.id), "it may come back")
      #expect(throws: StoreError.emailTaken) { try stores.register("ada") }
      let bobs = try stores.ask(bob, for: "ada", random)
      #expect(throws: StoreError.emailTaken) { try stores.change(bobs, of: bob, random) }
      #expect(try stores.links.find(bobs)?.usedAt == nil, "nothing of it is kept")
      let back = try stores.move(changed, to: "ada", random)
      #expect(back.email == ada.email)
      #expect(throws: StoreError.emailTaken) { try stores.register("new") }
      stores.clock.advance(by: .seconds(7 * 86_400))
      #expect(try stores.accounts.isFree(EmailAddress("new@example.com")!, for: nil))
      _ = try stores.register("new")
    },
    StoreContract("of accounts that change to one address at once, one gets it") { stores in
      let random = SequenceRandom()
      let accounts = try (0..<8).map { try stores.register("n\($0)") }
      let links = try accounts.map { try stores.ask($0, for: "wanted", random) }
      let outcomes = concurrently(8) { number in
        Result { () throws(StoreError) in try stores.change(links[number], of: accounts[number], random) }
      }
      #expect(outcomes.count { (try? $0.get()) != nil } == 1)
      #expect(outcomes.count { $0 == .failure(.emailTaken) } == 7)
    },
    StoreContract("of threads that follow one link, one changes the address, and one brings it back") { stores in
      let (ada, random) = (try stores.register("ada"), SequenceRandom())
      let link = try stores.ask(ada, for: "new", random)
      let changes = concurrently(8) { _ in try? stores.change(link, of: ada, random) }
      #expect(changes.count { $0 != nil } == 1)
      let undo = try #require(try stores.links.latest(.undoAddressChange, of: ada.id)?.id)
      let undone = concurrently(8) { _ in try? stores.undo(undo, random) }
      #expect(undone.count { $0 != nil } == 1)
      #expect(try stores.accounts.find(ada.id)?.epoch == 2)
    },
    StoreContract("undoing brings the address back without a password, and ends everything made since") { stores in
      let (ada, random) = (try stores.register("ada"), SequenceRandom())
      let toB = try stores.move(ada, to: "b", random)
      let first = try #require(try stores.links.latest(.undoAddressChange, of: ada.id)?.id)
      stores.clock.advance(by: .seconds(1))
      let toC = try stores.move(toB, to: "c", random)
      let second = try #require(try stores.links.latest(.undoAddressChange, of: ada.id)?.id)
      let session = try stores.signIn(toC)
      let pending = try stores.ask(toC, for: "d", random)
      let stolen = Mail(.resetPassword, to: toC.email, link: .resetPassword, random: random)
      try stores.links.post(stolen, about: ada.id, .asked(ada))
      let reset = NewLink(.resetPassword, ada.email, random: random)
      let restored = try #require(
        try stores.accounts.undoEmailChange(first, making: reset, by: Initiator(account: nil, client: nil)))
      #expect(restored.email == ada.email)
      #expect(restored.isVerified)
      #expect(restored.passwordHash == nil)
      #expect(restored.epoch == toC.epoch + 1)
      #expect(try stores.sessions.find(session.id)?.revokedAt != nil)
      #expect(try stores.entries().last?.subject == .account(ada.id, epoch: restored.epoch))
      for link in [second, pending, stolen.link!.id] { #expect(try stores.links.find(link) == nil) }
      #expect(try stores.links.find(reset.id)?.account == ada.id)
      #expect(try stores.undo(second, random) == nil, "the link of whoever changed it last is worthless")
      #expect(
        try stores.audit.list(of: ada.id, limit: 1, offset: 0).map(\.event)
          == [AuditEvent(.emailChangeUndone, by: Initiator(account: nil, client: nil), on: ada.id)])
    },
    StoreContract("an older undo link outlives a newer one's use") { stores in
      let (ada, random) = (try stores.register("ada"), SequenceRandom())
      let toB = try stores.move(ada, to: "b", random)
      let first = try #require(try stores.links.latest(.undoAddressChange, of: ada.id)?.id)
      stores.clock.advance(by: .seconds(1))
      _ = try stores.move(toB, to: "c", random)
      let second = try #require(try stores.links.latest(.undoAddressChange, of: ada.id)?.id)
      #expect(try stores.undo(second, random)?.email.text == "b@example.com")
      #expect(try stores.undo(first, random)?.email == ada.email)
    },
    StoreContract("with an account goes all that hangs on it, and what the log says of the person") { stores in
      let (ada, root, random) = (try stores.register("ada"), try stores.register("root"), SequenceRandom())
      let client = Client(address: "198.51.100.7", userAgent: "her browser")
      let session = try stores.signIn(ada)
      let token = NewAPIToken(
        account: ada.id, epoch: 0, digest: Array(repeating: 1, count: 32), name: "ada's laptop", scopes: nil,
        life: .seconds(60))
      _ = try stores.apiTokens.create(token, most: 9, mostExpired: 9, client: client)
      _ = try stores.accounts.setRole(ada.id, "user", by: Initiator(account: root.id, client: client))
      _ = try stores.sessions.revoke(session.id, .refreshReused, client: client)
      let link = try stores.ask(ada, for: "new", random)
      let mail = Mail(.accountDeleted, to: ada.email, random: random)
      let own = Initiator(account: ada.id, client: client)
      let before = try stores.audit.list(of: ada.id, limit: 99, offset: 0)
      #expect(try stores.accounts.remove(ada.id, by: own, mailing: mail))
      #expect(try stores.records.records(of: ada.id, most: 9) == nil)
      #expect(try stores.accounts.find(ada.id) == nil)
      #expect(try stores.sessions.find(session.id) == nil)
      #expect(try stores.apiTokens.find(digest: token.digest) == nil)
      let left = try #require(try stores.links.find(link))
      #expect(left.account == nil && left.email == nil, "it says that it is nobody's")
      let after = try stores.audit.list(of: ada.id, limit: 99, offset: 0)
      #expect(after.map(\.event.action) == [.removed] + before.map(\.event.action))
      for entry in after {
        let isByAdmin = entry.event.initiator.account == root.id
        #expect(entry.event.initiator.client == (isByAdmin ? client : nil), "an administrator's is not hers")
        #expect(!entry.event.details.json.contains("laptop"))
      }
      let again = try stores.register("ada")
      #expect(try stores.audit.list(of: again.id, limit: 9, offset: 0) == [])
      #expect(try stores.links.latest(.confirmNewAddress, of: again.id) == nil)
      let records = try #require(try stores.records.records(of: again.id, most: 9))
      #expect(records.mails == [], "the last mail to the address is about no account")
    },
    StoreContract("who deletes an account whose address they have changed keeps the address before from no mail") {
      stores in
      let (ada, random) = (try stores.register("ada"), SequenceRandom())
      let moved = try stores.move(ada, to: "thief", random)
      let link = try #require(try stores.links.latest(.undoAddressChange, of: ada.id)?.id)
      #expect(try stores.accounts.remove(moved.id))
      let left = try stores.outbox.list(after: nil, limit: 9)
      #expect(left.map(\.mail.kind) == [.addressChanged])
      #expect(left.map(\.mail.recipient) == [ada.email])
      #expect(left.map(\.account) == [nil])
      #expect(try stores.links.find(link)?.account == nil, "what it brings does nothing any more")
    },
    StoreContract("what is stored about a person is handed over whole, and nobody else's") { stores in
      let (ada, bob, random) = (try stores.register("ada", role: "admin"), try stores.register("bob"), SequenceRandom())
      let sessions = try (1...3).map { number in
        stores.clock.advance(by: .seconds(1))
        return try stores.signIn(ada, UInt64(number))
      }
      _ = try stores.signIn(bob, 9)
      _ = try stores.sessions.revoke(sessions[0].id, .endedByOwner, client: nil)
      let link = try stores.ask(ada, for: "new", random)
      _ = try stores.ask(bob, for: "newer", random)
      let records = try #require(try stores.records.records(of: ada.id, most: 2))
      #expect(records.account == ada)
      #expect(records.sessions.map(\.session.id) == [sessions[2].id, sessions[1].id])
      #expect(records.olderSessions == 1)
      #expect(records.links.map(\.id) == [link])
      #expect(records.mails.map(\.recipient) == ["ada@example.com"])
      #expect(records.mails.map(\.values) == [["new_email": "new@example.com"]])
      #expect(records.audit.map(\.event.action) == [.emailChangeRequested, .sessionRevoked])
      #expect(records.olderEntries == 3)
      let all = try #require(try stores.records.records(of: ada.id, most: 99))
      #expect(all.sessions.last?.endReason == "ended by its owner")
      #expect((all.olderSessions, all.olderEntries) == (0, 0))
    },
  ]
}

extension Account {
  /// One that is not there.
  fileprivate static let none = Account(
    id: AccountID(99), email: EmailAddress("none@example.com")!, passwordHash: nil,
    createdAt: Instant(microseconds: 0), updatedAt: Instant(microseconds: 0))
}

extension AuditEvent {
  fileprivate static func asked(_ account: Account) -> AuditEvent {
    AuditEvent(.passwordResetRequested, by: .commandLine, on: account.id)
  }
}

extension Mail {
  fileprivate static func changed(_ account: Account, _ random: any RandomSource) -> Mail {
    Mail(.addressChanged, to: account.email, link: .undoAddressChange, random: random)
  }
}

extension AddressChangeRequest {
  fileprivate static func make(
    _ account: Account, _ email: String, _ random: any RandomSource, isSent: Bool = true
  ) -> AddressChangeRequest {
    let email = EmailAddress(email)!
    var request = AddressChangeRequest(
      of: account.id, epoch: account.epoch, link: NewLink(.confirmNewAddress, email, random: random),
      notice: Mail(.addressChangeAsked, to: account.email, values: ["new_email": email.text], random: random),
      by: Initiator(account: account.id, client: nil))
    var letter = Mail(.confirmNewAddress, to: email, values: ["old_email": account.email.text], random: random)
    letter.link = request.link
    if isSent { request.letter = (letter, about: account.id) }
    return request
  }
}

extension Stores {
  /// Asks for another address; returns the link that confirms it.
  fileprivate func ask(_ account: Account, for name: String, _ random: any RandomSource) throws -> LinkID {
    let request = AddressChangeRequest.make(account, "\(name)@example.com", random)
    try #require(try accounts.askEmailChange(request))
    return request.link.id
  }

  /// Asks for another address, and confirms it.
  fileprivate func move(_ account: Account, to name: String, _ random: any RandomSource) throws -> Account {
    let link = try ask(account, for: name, random)
    return try #require(try change(link, of: account, random))
  }

  fileprivate func change(
    _ link: LinkID, of account: Account, _ random: any RandomSource
  ) throws(StoreError) -> Account? {
    try accounts.changeEmail(
      link, from: account.email, keeping: nil, mailing: .changed(account, random), by: .commandLine)
  }

  fileprivate func undo(_ link: LinkID, _ random: any RandomSource) throws(StoreError) -> Account? {
    try accounts.undoEmailChange(
      link, making: NewLink(.resetPassword, EmailAddress("a@example.com")!, random: random), by: .commandLine)
  }
}
