package import Postern

/// API tokens in memory; made by `MemoryStorage.apiTokens`.
package struct MemoryAPITokenStore: APITokenStore {
  let storage: MemoryStorage

  struct Row: Sendable {
    var token: APIToken
    var digest: [UInt8]
  }

  package func create(
    _ new: NewAPIToken, most: Int, mostExpired: Int, client: Client?
  ) throws(StoreError) -> APIToken? {
    try storage.transaction { state, now throws(StoreError) in
      guard let account = state.accounts[new.account], account.isActive, account.epoch == new.epoch else {
        throw .accountGone
      }
      let expired = state.apiTokens.values.map(\.token).filter { $0.account == new.account && $0.expiresAt <= now }
      for token in expired.sorted(by: { $0.id.value > $1.id.value }).dropFirst(mostExpired) {
        state.apiTokens[token.id] = nil
      }
      let living = state.apiTokens.values.count { row in
        row.token.account == new.account && row.token.epoch == new.epoch && row.token.expiresAt > now
      }
      guard living < most else { return nil }
      state.lastAPIToken += 1
      let token = APIToken(
        id: APIToken.ID(state.lastAPIToken), account: new.account, epoch: new.epoch, name: new.name, scopes: new.scopes,
        createdAt: now, expiresAt: now + new.life)
      state.apiTokens[token.id] = Row(token: token, digest: new.digest)
      state.record(.apiToken(.apiTokenMade, token, client: client), at: now)
      return token
    }
  }

  package func find(digest: [UInt8]) throws(StoreError) -> APIToken? {
    try storage.transaction { state, _ in state.apiTokens.values.first { $0.digest == digest }?.token }
  }

  package func list(of account: AccountID) throws(StoreError) -> [APIToken] {
    try storage.transaction { state, _ in
      let epoch = state.accounts[account]?.epoch
      return state.apiTokens.values.map(\.token).filter { $0.account == account && $0.epoch == epoch }
        .sorted { $0.id.value > $1.id.value }
    }
  }

  package func remove(_ id: APIToken.ID, of account: AccountID, client: Client?) throws(StoreError) -> Bool {
    try storage.transaction { state, now in
      guard let token = state.apiTokens[id]?.token, token.account == account else { return false }
      state.apiTokens[id] = nil
      state.revoke(.apiToken(id, of: account), at: now)
      state.record(.apiToken(.apiTokenEnded, token, client: client), at: now)
      return true
    }
  }

  package func noteUse(of tokens: [APIToken.ID]) throws(StoreError) {
    try storage.transaction { state, now in
      for id in tokens { state.apiTokens[id]?.token.lastUsedAt = now }
    }
  }

  package func purge(expiredBefore moment: Instant) throws(StoreError) {
    try storage.transaction { state, _ in
      state.apiTokens = state.apiTokens.filter { _, row in
        row.token.expiresAt >= moment && row.token.epoch == state.accounts[row.token.account]?.epoch
      }
    }
  }
}
