package import Postern

/// The audit log in memory; made by `MemoryStorage.audit`.
package struct MemoryAuditLog: AuditLog {
  let storage: MemoryStorage

  package func list(of account: AccountID, limit: Int, offset: Int) throws(StoreError) -> [AuditEntry] {
    try storage.transaction { state, _ in
      let own = state.audit.filter { $0.event.initiator.account == account || $0.event.target == account }
      return Array(own.reversed().dropFirst(offset).prefix(limit))
    }
  }

  package func purge(before: Instant) throws(StoreError) {
    try storage.transaction { state, _ in state.audit.removeAll { $0.at < before } }
  }
}
