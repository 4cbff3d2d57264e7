package import Postern

/// Sessions in memory; made by `MemoryStorage.sessions`.
package struct MemorySessionStore: SessionStore {
  let storage: MemoryStorage

  package func create(
    _ new: NewSession, replacing: SessionID?, endingOthers: Bool
  ) throws(StoreError) -> (session: Session, ended: [SessionID]) {
    try storage.transaction { state, now throws(StoreError) in
      guard let account = state.accounts[new.account], account.isActive, account.epoch == new.epoch else {
        throw .accountGone
      }
      let replaced = replacing.flatMap { state.sessions[$0] }.flatMap { $0.account == new.account ? $0 : nil }
      if new.isContinuation {
        guard let replaced, replaced.revokedAt == nil, replaced.epoch == new.epoch else { throw .accountGone }
      }
      let client = Client(address: new.address, userAgent: new.userAgent)
      state.record(.login(new, provider: account.provider, role: account.role?.name), at: now)
      var ended: [SessionID] = []
      if let replacing, let owner = MemorySessionStore.revoke(replacing, .replaced, in: &state, at: now) {
        let initiator = Initiator(account: new.account, client: client)
        state.record(.end(of: replacing, owner: owner, .replaced, by: initiator), at: now)
        ended.append(replacing)
      }
      if endingOthers {
        ended += MemorySessionStore.revokeOthers(of: new.account, new.id, .replaced, client, in: &state, at: now)
      }
      let continued = new.isContinuation ? replaced : nil
      let session = Session(
        id: new.id, account: new.account, rotatedAt: now, createdAt: continued?.createdAt ?? now, lastActiveAt: now,
        epoch: new.epoch, methods: new.methods, provenAt: continued?.provenAt ?? now, address: new.address,
        userAgent: new.userAgent, isPersistent: new.isPersistent ?? replaced?.isPersistent, readAt: now)
      state.sessions[new.id] = session
      return (session, ended)
    }
  }

  package func find(_ id: SessionID) throws(StoreError) -> Session? {
    try storage.transaction { state, now in
      guard var session = state.sessions[id] else { return nil }
      session.readAt = now
      return session
    }
  }

  package func list(of account: AccountID, limit: Int) throws(StoreError) -> [Session] {
    try storage.transaction { state, now in
      let alive = state.sessions.values.filter { $0.account == account && $0.revokedAt == nil }
        .sorted { ($0.lastActiveAt, $0.createdAt) > ($1.lastActiveAt, $1.createdAt) }
      return alive.prefix(limit).map { session in
        var session = session
        session.readAt = now
        return session
      }
    }
  }

  package func rotate(_ id: SessionID, from generation: Int64) throws(StoreError) -> Session? {
    try storage.transaction { state, now in
      guard var session = state.sessions[id], session.generation == generation, session.revokedAt == nil else {
        return nil
      }
      session.generation += 1
      session.rotatedAt = now
      session.lastActiveAt = now
      session.readAt = now
      state.sessions[id] = session
      return session
    }
  }

  package func revoke(_ id: SessionID, _ end: SessionEnd, client: Client?) throws(StoreError) -> Bool {
    try storage.transaction { state, now in
      guard let owner = MemorySessionStore.revoke(id, end, in: &state, at: now) else { return false }
      state.record(.end(of: id, owner: owner, end, client: client), at: now)
      return true
    }
  }

  package func revokeOthers(
    of account: AccountID, except kept: SessionID, _ end: SessionEnd, client: Client?
  ) throws(StoreError) -> [SessionID] {
    try storage.transaction { state, now in
      MemorySessionStore.revokeOthers(of: account, kept, end, client, in: &state, at: now)
    }
  }

  package func noteActivity(of sessions: [SessionID]) throws(StoreError) {
    try storage.transaction { state, now in
      for id in sessions where state.sessions[id]?.revokedAt == nil { state.sessions[id]?.lastActiveAt = now }
    }
  }

  package func purge(before: Instant) throws(StoreError) {
    try storage.transaction { state, _ in
      state.sessions = state.sessions.filter { $0.value.lastActiveAt >= before }
    }
  }

  private static func revokeOthers(
    of account: AccountID, _ kept: SessionID, _ end: SessionEnd, _ client: Client?,
    in state: inout MemoryStorage.State, at now: Instant
  ) -> [SessionID] {
    let ended = state.sessions.values.filter { $0.account == account && $0.id != kept }.map(\.id)
      .filter { revoke($0, end, in: &state, at: now) != nil }
    if !ended.isEmpty {
      state.record(.endOfOthers(ended.count, than: kept, owner: account, end, client: client), at: now)
    }
    return ended
  }

  /// Returns whose session it was, where it was alive.
  private static func revoke(
    _ id: SessionID, _ end: SessionEnd, in state: inout MemoryStorage.State, at now: Instant
  ) -> AccountID? {
    guard let session = state.sessions[id], session.revokedAt == nil else { return nil }
    state.sessions[id]!.revokedAt = now
    state.endReasons[id] = end
    state.revoke(.session(id), at: now)
    return session.account
  }
}
