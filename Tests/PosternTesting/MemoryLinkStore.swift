package import Postern

/// Links in memory; made by `MemoryStorage.links`.
package struct MemoryLinkStore: LinkStore {
  let storage: MemoryStorage

  package func find(_ id: LinkID) throws(StoreError) -> Link? {
    try storage.transaction { state, _ in state.links[id] }
  }

  package func post(_ mail: Mail?, about account: AccountID?, _ event: AuditEvent) throws(StoreError) {
    try storage.transaction { state, now in
      if let mail { state.post(mail, about: account, at: now) }
      state.record(event, at: now)
    }
  }

  package func purge(expiredBefore moment: Instant) throws(StoreError) {
    try storage.transaction { state, _ in state.links = state.links.filter { $0.value.expiresAt >= moment } }
  }
}
