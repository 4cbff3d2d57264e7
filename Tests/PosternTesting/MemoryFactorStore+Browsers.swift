package import Postern

/// Browsers that are not asked for a second factor.
extension MemoryFactorStore {
  package func trust(_ browser: TrustedBrowser, most: Int, by initiator: Initiator) throws(StoreError) {
    try storage.transaction { state, now throws(StoreError) in
      try state.demand(browser.account, epoch: browser.epoch)
      guard state.factors(of: browser.account).areThere else { throw .accountGone }
      for old in state.browsers(of: browser.account).dropFirst(most - 1) { state.trustedBrowsers[old.id] = nil }
      state.trustedBrowsers[browser.id] = browser
      state.record(AuditEvent(.browserTrusted, by: initiator, on: browser.account), at: now)
    }
  }

  package func trustedBrowser(_ id: TrustedBrowser.ID) throws(StoreError) -> TrustedBrowser? {
    try storage.transaction { state, _ in state.trustedBrowsers[id] }
  }

  package func trustedBrowsers(of account: AccountID) throws(StoreError) -> [TrustedBrowser] {
    try storage.transaction { state, now in
      state.browsers(of: account).filter { $0.expiresAt > now && $0.epoch == state.accounts[account]?.epoch }
    }
  }

  package func noteUse(of browser: TrustedBrowser.ID) throws(StoreError) {
    try storage.transaction { state, now in state.trustedBrowsers[browser]?.lastUsedAt = now }
  }

  package func endTrust(
    _ id: TrustedBrowser.ID?, of account: AccountID, by initiator: Initiator
  ) throws(StoreError) -> Int {
    try storage.transaction { state, now in
      let ended = state.browsers(of: account).filter { id == nil || $0.id == id }
      for browser in ended { state.trustedBrowsers[browser.id] = nil }
      if !ended.isEmpty {
        state.record(
          AuditEvent(.browserTrustEnded, by: initiator, on: account, details: ["browsers": String(ended.count)]),
          at: now)
      }
      return ended.count
    }
  }
}

extension MemoryStorage.State {
  /// The last one first.
  fileprivate func browsers(of account: AccountID) -> [TrustedBrowser] {
    trustedBrowsers.values.filter { $0.account == account }.sorted { one, other in
      one.createdAt == other.createdAt
        ? one.id.bytes.lexicographicallyPrecedes(other.id.bytes) : one.createdAt > other.createdAt
    }
  }
}
