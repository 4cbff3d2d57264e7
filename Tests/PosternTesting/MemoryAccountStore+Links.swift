package import Postern

/// What mailed links do to an account that nobody is signed in to.
extension MemoryAccountStore {
  package func prove(_ link: LinkID, session: SessionID?, client: Client) throws(StoreError) -> Account? {
    try storage.transaction { state, now in
      guard let link = state.use(link, for: .confirmAddress, at: now), let id = link.account,
        let account = state.accounts[id], account.email == link.email, account.isActive, !account.isVerified
      else { return nil }
      state.accounts[id]!.isVerified = true
      state.accounts[id]!.revision += 1
      state.accounts[id]!.updatedAt = now
      state.revoke(.claims(id, revision: state.accounts[id]!.revision), at: now)
      state.record(
        AuditEvent(.emailVerified, by: Initiator(account: id, client: client), on: id, session: session), at: now)
      return state.accounts[id]
    }
  }

  package func resetPassword(
    _ link: LinkID, to hash: String, mailing mail: Mail, client: Client
  ) throws(StoreError) -> Account? {
    try storage.transaction { state, now in
      guard let link = state.use(link, for: .resetPassword, at: now), let id = link.account,
        let account = state.accounts[id], account.email == link.email, account.isActive
      else { return nil }
      state.accounts[id]!.passwordHash = hash
      state.accounts[id]!.isVerified = true
      state.accounts[id]!.updatedAt = now
      state.endSessions(of: id, except: nil, .passwordReset, at: now)
      if !account.isVerified {
        state.apiTokens = state.apiTokens.filter { $0.value.token.account != id }
        state.dropFactors(of: id, since: nil)
      }
      state.drop([.confirmAddress, .resetPassword, .confirmNewAddress], of: id)
      state.post(mail, about: id, at: now)
      state.record(AuditEvent(.passwordReset, by: Initiator(account: id, client: client), on: id), at: now)
      return state.accounts[id]
    }
  }
}
