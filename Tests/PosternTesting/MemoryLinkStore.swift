package import Postern

/// Links in memory; made by `MemoryStorage.links`.
package struct MemoryLinkStore: LinkStore {
  let storage: MemoryStorage

  package func find(_ id: LinkID) throws(StoreError) -> Link? {
    try storage.transaction { state, _ in state.links[id] }
  }

  package func latest(_ purpose: Link.Purpose, of account: AccountID) throws(StoreError) -> Link? {
    try storage.transaction { state, now in
      state.links.values
        .filter { $0.account == account && $0.purpose == purpose && $0.usedAt == nil && $0.expiresAt > now }
        .max { $0.createdAt < $1.createdAt }
    }
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
