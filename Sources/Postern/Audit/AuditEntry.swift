/// One event, as it is to be written: in the transaction that makes it so.
///
/// A refresh is none: sessions keep when they were last active, and an entry for each would be most of the log.
package struct AuditEvent: Sendable, Equatable {
  package var action: AuditAction
  package var initiator: Initiator
  /// Whom it is done to, where that is not the initiator.
  package var target: AccountID?
  package var session: SessionID?
  /// Why it did not succeed.
  package var failure: String?
  package var details: AuditDetails

  package init(
    _ action: AuditAction, by initiator: Initiator, on account: AccountID, session: SessionID? = nil,
    failure: String? = nil, details: AuditDetails = [:]
  ) {
    self.init(
      action, by: initiator, target: account == initiator.account ? nil : account, session: session, failure: failure,
      details: details)
  }

  /// As it was written before.
  package init(
    _ action: AuditAction, by initiator: Initiator, target: AccountID?, session: SessionID?, failure: String?,
    details: AuditDetails
  ) {
    self.action = action
    self.initiator = initiator
    self.target = target
    self.session = session
    self.failure = failure
    self.details = details
  }

  /// A session of `owner` ends.
  package static func end(
    of session: SessionID, owner: AccountID, _ end: SessionEnd, by initiator: Initiator
  ) -> AuditEvent {
    let isTheft = end == .refreshReused
    return AuditEvent(
      end.action, by: initiator, on: owner, session: session,
      failure: isTheft ? "A refresh token was used again; the session has ended" : nil,
      details: end == .signedOut || isTheft ? [:] : ["reason": end.rawValue])
  }

  /// The same by nobody else than who ends sessions for that reason.
  package static func end(
    of session: SessionID, owner: AccountID, _ end: SessionEnd, client: Client?
  ) -> AuditEvent {
    .end(of: session, owner: owner, end, by: Initiator(account: end.isByOwner ? owner : nil, client: client))
  }

  /// Every session of the initiator's but this one ends.
  package static func endOfOthers(
    _ count: Int, than kept: SessionID, owner: AccountID, _ end: SessionEnd, client: Client?
  ) -> AuditEvent {
    AuditEvent(
      .sessionsRevoked, by: Initiator(account: owner, client: client), on: owner, session: kept,
      details: ["reason": end.rawValue, "sessions": String(count)])
  }

  /// An API token is made or ended by its owner.
  package static func apiToken(_ action: AuditAction, _ token: APIToken, client: Client?) -> AuditEvent {
    AuditEvent(
      action, by: Initiator(account: token.account, client: client), on: token.account,
      details: [
        "token": token.id.description, "name": token.name, "scopes": token.scopes?.joined(separator: " "),
      ])
  }

  /// A role demands something else of its members.
  package static func roleChange(_ name: String, requiresSecondFactor: Bool, by initiator: Initiator) -> AuditEvent {
    AuditEvent(
      .roleUpdated, by: initiator, target: nil, session: nil, failure: nil,
      details: ["role": name, "requires_second_factor": requiresSecondFactor ? "true" : "false"])
  }

  /// A factor is added or removed; `nil`: all of them are removed.
  package static func factor(
    _ action: AuditAction, _ factor: SecondFactor?, of account: AccountID, by initiator: Initiator
  ) -> AuditEvent {
    AuditEvent(action, by: initiator, on: account, details: ["factor": factor?.rawValue ?? "all"])
  }

  /// What somebody does with a passkey, or is refused; it is said by number, since its name is its owner's.
  package static func passkey(
    _ action: AuditAction, _ passkey: Passkey.ID, of account: AccountID, by initiator: Initiator,
    failure: String? = nil
  ) -> AuditEvent {
    AuditEvent(
      action, by: initiator, on: account, failure: failure, details: ["passkey": passkey.description])
  }

  /// A passkey has signed with a counter that was not beyond the one before.
  package static func counterWentBack(_ passkey: Passkey.ID, of account: AccountID, client: Client) -> AuditEvent {
    .passkey(
      .passkeyRefused, passkey, of: account, by: Initiator(account: nil, client: client),
      failure: "Its counter has gone back; there may be a copy of it")
  }

  /// Somebody who is signed in nowhere asks for a mail to the owner of an address; `nil`: nobody is to get one.
  package static func request(_ action: AuditAction, to owner: AccountID?, client: Client) -> AuditEvent {
    AuditEvent(
      action, by: Initiator(account: nil, client: client), target: owner, session: nil,
      failure: owner == nil ? "There is nobody to write to" : nil, details: [:])
  }

  package static func login(_ new: NewSession, provider: String, role: String?) -> AuditEvent {
    AuditEvent(
      .login, by: Initiator(account: new.account, client: Client(address: new.address, userAgent: new.userAgent)),
      on: new.account, session: new.id,
      details: ["provider": provider, "role": role, "methods": new.methods.joined(separator: " ")])
  }
}

/// One event, as it was written.
package struct AuditEntry: Sendable, Equatable {
  /// Its place in the log; ascending, never given twice.
  package var id: Int64
  package var at: Instant
  package var event: AuditEvent

  package init(id: Int64, at: Instant, event: AuditEvent) {
    self.id = id
    self.at = at
    self.event = event
  }
}
