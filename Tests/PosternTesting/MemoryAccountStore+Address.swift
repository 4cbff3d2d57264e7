package import Postern

extension MemoryAccountStore {
  package func isFree(_ email: EmailAddress, for account: AccountID?) throws(StoreError) -> Bool {
    try storage.transaction { state, now in state.isFree(email, for: account, at: now) }
  }

  package func askEmailChange(_ request: AddressChangeRequest) throws(StoreError) -> Bool {
    try storage.transaction { state, now in
      let id = request.account
      guard state.accounts[id]?.epoch == request.epoch else { return false }
      state.drop([.confirmNewAddress], of: id)
      if let notice = request.notice { state.post(notice, about: id, at: now) }
      if let (letter, owner) = request.letter { state.post(letter, about: owner, at: now) }
      if request.letter?.mail.link == nil { state.add(request.link, of: id, at: now) }
      state.record(AuditEvent(.emailChangeRequested, by: request.initiator, on: id), at: now)
      return true
    }
  }

  package func changeEmail(
    _ link: LinkID, from old: EmailAddress, keeping kept: SessionID?, mailing mail: Mail?, by initiator: Initiator
  ) throws(StoreError) -> Account? {
    try storage.transaction { state, now throws(StoreError) in
      let used = state.use(link, for: .confirmNewAddress, at: now)
      guard let id = used?.account, let new = used?.email else { return nil }
      guard state.isFree(new, for: id, at: now) else { throw .emailTaken }
      guard state.accounts[id]?.email == old else { return nil }
      state.accounts[id]!.email = new
      state.accounts[id]!.isVerified = true
      state.accounts[id]!.updatedAt = now
      state.endSessions(of: id, except: kept, .addressChanged, at: now)
      state.drop([.resetPassword, .confirmAddress, .confirmNewAddress], of: id)
      if let mail { state.post(mail, about: id, at: now) }
      state.record(AuditEvent(.emailChange, by: initiator, on: id, session: kept), at: now)
      return state.accounts[id]
    }
  }

  package func undoEmailChange(
    _ link: LinkID, making reset: NewLink, by initiator: Initiator
  ) throws(StoreError) -> Account? {
    try storage.transaction { state, now throws(StoreError) in
      guard let used = state.use(link, for: .undoAddressChange, at: now), let id = used.account, let old = used.email
      else { return nil }
      guard state.isFree(old, for: id, at: now) else { throw .emailTaken }
      state.accounts[id]!.email = old
      state.accounts[id]!.isVerified = true
      state.accounts[id]!.passwordHash = nil
      state.accounts[id]!.updatedAt = now
      state.endSessions(of: id, except: nil, .addressChangeUndone, at: now)
      state.drop([.resetPassword, .confirmAddress, .confirmNewAddress], of: id)
      state.links = state.links.filter { _, other in
        other.account != id || other.purpose != .undoAddressChange || other.createdAt < used.createdAt
          || other.usedAt != nil
      }
      state.dropFactors(of: id, since: used.createdAt)
      state.add(reset, of: id, at: now)
      state.record(AuditEvent(.emailChangeUndone, by: initiator, on: id), at: now)
      return state.accounts[id]
    }
  }

  package func remove(
    _ id: AccountID, by initiator: Initiator, mailing mail: Mail?
  ) throws(StoreError) -> Bool {
    try storage.transaction { state, now in
      guard let account = state.accounts.removeValue(forKey: id) else { return false }
      state.sessions = state.sessions.filter { $0.value.account != id }
      state.apiTokens = state.apiTokens.filter { $0.value.token.account != id }
      state.dropFactors(of: id, since: nil)
      for (link, value) in state.links where value.account == id {
        state.links[link]!.account = nil
        state.links[link]!.email = nil
      }
      state.mails.removeAll { $0.account == id && $0.mail.kind != .addressChanged }
      for place in state.mails.indices where state.mails[place].account == id { state.mails[place].account = nil }
      state.forget(id)
      state.revoke(.account(id, epoch: account.epoch + 1), at: now)
      if let mail { state.post(mail, about: nil, at: now) }
      let known = initiator.account == id ? Initiator(account: id, client: nil) : initiator
      state.record(AuditEvent(.removed, by: known, on: id), at: now)
      return true
    }
  }
}

extension MemoryStorage.State {
  func isFree(_ email: EmailAddress, for account: AccountID?, at now: Instant) -> Bool {
    let isTaken = accounts.values.contains { $0.email == email && $0.id != account }
    let isKept = links.values.contains { link in
      link.purpose == .undoAddressChange && link.email == email && link.account != account && link.usedAt == nil
        && link.expiresAt > now
    }
    return !isTaken && !isKept
  }

  /// What the log says of the account says nothing of a person any more.
  fileprivate mutating func forget(_ id: AccountID) {
    for place in audit.indices {
      let event = audit[place].event
      let actor = event.initiator.account
      if actor == id || (actor == nil && event.target == id) { audit[place].event.initiator.client = nil }
      if actor == id, [.apiTokenMade, .apiTokenEnded].contains(event.action) { audit[place].event.details = [:] }
    }
  }
}
