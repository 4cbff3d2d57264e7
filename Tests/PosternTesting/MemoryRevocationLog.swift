package import Postern

/// The log of revocations in memory; made by `MemoryStorage.revocations`.
package struct MemoryRevocationLog: RevocationLog {
  let storage: MemoryStorage

  package func count(since: Instant) throws(StoreError) -> Int {
    try storage.transaction { state, _ in state.revocations.count { $0.at > since } }
  }

  package func read(
    after position: Int64, since: Instant, _ body: (Revocation) -> Void
  ) throws(StoreError) {
    let entries = try storage.transaction { state, _ in
      state.revocations.filter { $0.position > position && $0.at > since }
    }
    entries.forEach(body)
  }

  package func purge(before: Instant) throws(StoreError) {
    try storage.transaction { state, _ in state.revocations.removeAll { $0.at < before } }
  }
}
