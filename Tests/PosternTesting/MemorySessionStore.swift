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
      let others = endingOthers ? state.sessions.values.filter { $0.account == new.account }.map(\.id) : []
      let ended = ([replacing].compactMap(\.self) + others).filter {
        MemorySessionStore.revoke($0, in: &state, at: now)
      }
      let session = Session(
        id: new.id, account: new.account, rotatedAt: now, createdAt: now, lastActiveAt: now, epoch: new.epoch,
        methods: new.methods, provenAt: now, address: new.address, userAgent: new.userAgent, readAt: now)
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

  package func revoke(_ id: SessionID, reason: String) throws(StoreError) -> Bool {
    try storage.transaction { state, now in MemorySessionStore.revoke(id, in: &state, at: now) }
  }

  package func purge(before: Instant) throws(StoreError) {
    try storage.transaction { state, _ in
      state.sessions = state.sessions.filter { $0.value.lastActiveAt >= before }
    }
  }

  @discardableResult
  private static func revoke(_ id: SessionID, in state: inout MemoryStorage.State, at now: Instant) -> Bool {
    guard let session = state.sessions[id], session.revokedAt == nil else { return false }
    state.sessions[id]!.revokedAt = now
    state.revoke(.session(id), at: now)
    return true
  }
}
