import Postern
import PosternTesting
import Synchronization
import Testing

@Suite struct AddressChangesTests {
  private let stand = Stand()

  private func prepare(
    _ account: Account, _ new: String = "new@example.com", password: String? = "correct horse", provenAt: Int64 = 0,
    with changes: AddressChanges? = nil
  ) throws(AuthError) -> AddressChanges.Prepared {
    try (changes ?? stand.addressChanges).prepare(
      account, new: new, password: password, provenAt: provenAt, client: .test)
  }

  /// Asks, and returns the link that the mail to the new address brings.
  private func ask(_ account: Account, _ new: String = "new@example.com") throws -> LinkID {
    try stand.addressChanges.ask(prepare(account, new))
    let mail = try #require(stand.storage.mails.last { $0.kind == .confirmNewAddress })
    #expect(mail.recipient.text == new)
    return try #require(mail.link?.id)
  }

  private func move(_ account: Account, to new: String) throws -> Account {
    let tokens = try stand.begin(account)
    let session = stand.codec.claims(tokens.access).session
    return try stand.addressChanges.confirm(ask(account, new), with: .session(session, account.id), client: .test)
      .account
  }

  /// The text of the last undo link, and whom it went to.
  private func lastUndo() throws -> (text: ArraySlice<UInt8>, recipient: String) {
    let mail = try #require(stand.storage.mails.last { $0.kind == .addressChanged })
    let text = PlainSealer().text(of: try #require(mail.link?.id), for: .undoAddressChange)
    return (Array(text.utf8)[...], mail.recipient.text)
  }

  @Test func whatIsWrongIsToldInTheOrderInWhichItCanBePutRight() throws {
    let ada = try stand.account(isVerified: true)
    _ = try stand.account("bob")
    let invalid = [FieldProblem("new_email", "Invalid email format")]
    #expect(throws: AuthError.invalid(invalid)) { try prepare(ada, "w2", password: nil) }
    let same = [FieldProblem("new_email", "New email must be different from your current email")]
    #expect(throws: AuthError.invalid(same)) { try prepare(ada, " ADA@example.com", password: nil) }
    let missing = [FieldProblem("password", "Password is required to change your email")]
    for none in [nil, ""] {
      #expect(throws: AuthError.invalid(missing)) { try prepare(ada, "bob@example.com", password: none) }
    }
    #expect(throws: AuthError.wrongPassword(field: "password")) {
      try prepare(ada, "bob@example.com", password: "zzz")
    }
    #expect(throws: AuthError.addressInUse(field: "new_email")) { try prepare(ada, "bob@example.com") }
    #expect(try prepare(ada).email.text == "new@example.com")
    #expect(stand.storage.mails == [], "looking posts nothing")
  }

  @Test func guessesAtThePasswordCountWithFailedLogins() throws {
    let ada = try stand.account(isVerified: true)
    for _ in 1...5 { #expect(throws: AuthError.wrongPassword(field: "password")) { try prepare(ada, password: "x") } }
    #expect(throws: AuthError.tooManyAttempts(wait: .seconds(60))) { try prepare(ada) }
    #expect(throws: AuthError.tooManyAttempts(wait: .seconds(60))) {
      try stand.signIn.login(email: "ada@example.com", password: "correct horse", client: .test, replacing: nil)
    }
  }

  @Test func anAccountWithoutAPasswordNeedsAProofOfTheLastQuarterOfAnHour() throws {
    let ada = try stand.account(password: nil)
    let now = stand.clock.now().seconds
    #expect(throws: AuthError.proofTooOld) { try prepare(ada, password: nil, provenAt: now - 901) }
    #expect(throws: AuthError.proofTooOld) { try prepare(ada, password: "guess", provenAt: now - 901) }
    _ = try prepare(ada, password: nil, provenAt: now - 900)
  }

  @Test func bothAddressesGetAMailAndNothingHasChanged() throws {
    let ada = try stand.account(isVerified: true)
    _ = try ask(ada)
    #expect(stand.storage.mails.map(\.kind) == [.addressChangeAsked, .confirmNewAddress])
    let (notice, letter) = (stand.storage.mails[0], stand.storage.mails[1])
    #expect(notice.recipient == ada.email)
    #expect(notice.link == nil)
    #expect(notice.values["new_email"] == "new@example.com")
    #expect(notice.values["address"] == Client.test.address)
    #expect(letter.link?.purpose == .confirmNewAddress)
    #expect(try stand.storage.accounts.find(ada.id) == ada)
    #expect(try stand.addressChanges.pending(of: ada.id)?.text == "new@example.com")
  }

  /// Somebody has mistyped their address at registration, and puts it right.
  @Test func anAddressThatNobodyProvedHearsNothingAndCanTakeNothingBack() throws {
    let ada = try stand.account()
    let changed = try move(ada, to: "right@example.com")
    #expect(changed.isVerified)
    #expect(stand.storage.mails.map(\.kind) == [.confirmNewAddress])
    #expect(try stand.storage.links.latest(.undoAddressChange, of: ada.id) == nil)
    #expect(try stand.storage.accounts.isFree(ada.email, for: nil))
  }

  /// Threat 29: a change whose password was checked before a reset is not written down behind it.
  @Test func aResetThatIsFasterIsNotOutlived() throws {
    let ada = try stand.account()
    let prepared = try prepare(ada)
    try stand.passwordResets.request(email: ada.email.text, client: .test)
    let reset = try #require(stand.storage.mails.last?.link)
    let text = Array(PlainSealer().text(of: reset.id, for: .resetPassword).utf8)[...]
    _ = try stand.passwordResets.reset(text, to: "battery staple", field: "password", client: .test)
    #expect(throws: AuthError.token(.revoked)) { try stand.addressChanges.ask(prepared) }
    #expect(try stand.addressChanges.pending(of: ada.id) == nil)
    #expect(stand.storage.mails.allSatisfy { $0.kind != .confirmNewAddress })
  }

  @Test func aNameGoesToNoStranger() throws {
    let ada = try stand.account(isVerified: true)
    stand.storage.update(ada.id) { $0.profile.firstName = "Send money to" }
    _ = try ask(try #require(try stand.storage.accounts.find(ada.id)))
    let (notice, letter) = (stand.storage.mails[0], stand.storage.mails[1])
    #expect(notice.values["name"] == "Send money to")
    #expect(letter.values.values.allSatisfy { !$0.contains("money") })
  }

  @Test func whereNobodyMayKnowWhoHasAnAccountATakenAddressLooksFree() throws {
    let hidden = Stand { $0.registration = .verified }
    let ada = try hidden.account(isVerified: true)
    let bob = try hidden.account("bob")
    let changes = hidden.addressChanges
    try changes.ask(changes.prepare(ada, new: "bob@example.com", password: "correct horse", provenAt: 0, client: .test))
    #expect(try changes.pending(of: ada.id)?.text == "bob@example.com")
    #expect(hidden.storage.mails.map(\.kind) == [.addressChangeAsked, .addressTaken])
    let told = hidden.storage.mails[1]
    #expect(told.recipient == bob.email)
    #expect(told.link == nil, "nobody can confirm it")
    #expect(told.values["old_email"] == nil, "and nobody is told who asked")
    let kept = try #require(try hidden.storage.links.latest(.confirmNewAddress, of: ada.id))
    #expect(throws: AuthError.addressInUse(field: "new_email")) {
      try changes.confirm(kept.id, with: .password("correct horse"), client: .test)
    }
  }

  @Test func theSessionThatConfirmsGoesOnAndTheOthersEnd() throws {
    let ada = try stand.account(isVerified: true)
    let (here, there) = (try stand.begin(ada), try stand.begin(ada))
    let session = stand.codec.claims(here.access).session
    let confirmed = try stand.addressChanges.confirm(
      ask(ada), with: .session(session, ada.id), client: .test)
    #expect(confirmed.account.email.text == "new@example.com")
    #expect(confirmed.account.isVerified)
    let tokens = try #require(confirmed.signIn).outcome.tokens
    #expect(stand.codec.claims(tokens.access).subject == "new@example.com")
    #expect(stand.codec.claims(tokens.access).session == session)
    #expect(!stand.revoked(stand.codec.claims(tokens.access)))
    #expect(stand.revoked(stand.codec.claims(here.access)), "what says the old address is dead at once")
    #expect(throws: AuthError.sessionInactive) { try stand.sessions.refresh(stand.codec.claims(there.refresh)) }
    #expect(try lastUndo().recipient == "ada@example.com")
  }

  @Test func thePasswordSignsInAndALinkAloneDoesNothing() throws {
    let ada = try stand.account(isVerified: true)
    let bob = try stand.account("bob")
    let link = try ask(ada)
    let bobs = stand.codec.claims(try stand.begin(bob).access).session
    let changes = stand.addressChanges
    #expect(throws: AuthError.signInToConfirm) { try changes.confirm(link, with: .nothing, client: .test) }
    #expect(throws: AuthError.signInToConfirm) {
      try changes.confirm(link, with: .session(bobs, bob.id), client: .test)
    }
    #expect(throws: AuthError.wrongLinkPassword) { try changes.confirm(link, with: .password("zzz"), client: .test) }
    #expect(try stand.storage.accounts.find(ada.id) == ada)
    let confirmed = try changes.confirm(link, with: .password("correct horse"), client: .test)
    #expect(stand.codec.claims(try #require(confirmed.signIn).outcome.tokens.access).methods == ["pwd"])
  }

  @Test func aLinkThatHasDoneItsWorkSaysSoAndDoesNothingMore() throws {
    let ada = try stand.account(isVerified: true)
    let link = try ask(ada)
    _ = try stand.addressChanges.confirm(link, with: .password("correct horse"), client: .test)
    let again = try stand.addressChanges.confirm(link, with: .password("correct horse"), client: .test)
    #expect(again.account.email.text == "new@example.com")
    #expect(again.signIn == nil)
    #expect(throws: AuthError.signInToConfirm) {
      try stand.addressChanges.confirm(link, with: .nothing, client: .test)
    }
    _ = try move(again.account, to: "other@example.com")
    #expect(throws: AuthError.badLink(.confirmNewAddress)) {
      try stand.addressChanges.confirm(link, with: .password("correct horse"), client: .test)
    }
  }

  @Test func linksEnd() throws {
    let ada = try stand.account(isVerified: true)
    let changes = stand.addressChanges
    let overtaken = try ask(ada)
    let link = try ask(ada, "newer@example.com")
    #expect(throws: AuthError.badLink(.confirmNewAddress)) {
      try changes.confirm(overtaken, with: .password("correct horse"), client: .test)
    }
    stand.clock.advance(by: .seconds(48 * 3600))
    #expect(throws: AuthError.badLink(.confirmNewAddress)) {
      try changes.confirm(link, with: .password("correct horse"), client: .test)
    }
    #expect(try changes.pending(of: ada.id) == nil)
    let last = try ask(ada)
    #expect(try stand.storage.accounts.remove(ada.id))
    #expect(throws: AuthError.linkAccountGone) {
      try changes.confirm(last, with: .password("correct horse"), client: .test)
    }
  }

  /// Whoever has got hold of session and password changes the address twice, so that the mail about the second change
  /// goes to an address of theirs.
  @Test func whoeverStoleAnAccountCannotTakeItBackByTheirOwnUndo() throws {
    let ada = try stand.account(isVerified: true)
    stand.clock.advance(by: .seconds(1))
    let first = try move(ada, to: "thief@example.com")
    let victims = try lastUndo()
    #expect(victims.recipient == "ada@example.com")
    stand.clock.advance(by: .seconds(1))
    let second = try move(first, to: "hidden@example.com")
    let thiefs = try lastUndo()
    #expect(thiefs.recipient == "thief@example.com")
    let (session, pending) = (try stand.begin(second), try ask(second, "third@example.com"))
    #expect(try stand.addressChanges.restorable(by: victims.text).text == "ada@example.com")
    let text = try stand.addressChanges.undo(victims.text, client: .test)
    let reset = try #require(PlainSealer().id(of: Array(text.utf8)[...], for: .resetPassword))
    #expect(try stand.storage.links.find(reset)?.account == ada.id)
    let restored = try #require(try stand.storage.accounts.find(ada.id))
    #expect(restored.email == ada.email)
    #expect(restored.passwordHash == nil)
    #expect(stand.revoked(stand.codec.claims(session.access)))
    for dead in [thiefs.text, victims.text] {
      #expect(throws: AuthError.badLink(.undoAddressChange)) { try stand.addressChanges.restorable(by: dead) }
      #expect(throws: AuthError.badLink(.undoAddressChange)) {
        try stand.addressChanges.undo(dead, client: .test)
      }
    }
    #expect(throws: AuthError.badLink(.confirmNewAddress)) {
      try stand.addressChanges.confirm(pending, with: .password("correct horse"), client: .test)
    }
    #expect(throws: AuthError.badCredentials) {
      try stand.signIn.login(email: "ada@example.com", password: "correct horse", client: .test, replacing: nil)
    }
  }

  @Test func anUndoLinkIsGoodForSevenDaysAndForNothingElse() throws {
    let ada = try stand.account(isVerified: true)
    _ = try move(ada, to: "new@example.com")
    let undo = try lastUndo().text
    stand.clock.advance(by: .seconds(7 * 86_400 - 1))
    #expect(try stand.addressChanges.restorable(by: undo) == ada.email)
    stand.clock.advance(by: .seconds(1))
    #expect(throws: AuthError.badLink(.undoAddressChange)) { try stand.addressChanges.undo(undo, client: .test) }
    for text in ["", "undo-", "undo-00", "confirm-00", "undo-" + String(repeating: "0", count: 32)] {
      #expect(throws: AuthError.badLink(.undoAddressChange)) {
        try stand.addressChanges.undo(Array(text.utf8)[...], client: .test)
      }
    }
  }

  @Test func hashUnderOtherParametersIsMadeAnewAsAfterALogin() throws {
    let ada = try stand.account()
    let link = try ask(ada)
    stand.hasher.parameters.store(2, ordering: .relaxed)
    let confirmed = try stand.addressChanges.confirm(link, with: .password("correct horse"), client: .test)
    try #require(confirmed.signIn).outcome.afterwards?()
    #expect(try stand.storage.accounts.find(ada.id)?.passwordHash == "2:correct horse")
  }

  @Test func mailsToOneAddressAreLimited() throws {
    let limited = Stand { $0.limits.isEnabled = true }
    let changes = limited.addressChanges
    let ada = try limited.account()
    for _ in 1...9 { try changes.ask(prepare(ada, with: changes)) }
    #expect(limited.storage.mails.count { $0.kind == .confirmNewAddress } == 5)
    #expect(try changes.pending(of: ada.id) != nil, "the last one that was sent is good")
  }
}
