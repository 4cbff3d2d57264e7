package import Postern

/// Accounts in memory; made by `MemoryStorage.accounts`.
package struct MemoryAccountStore: AccountStore {
  let storage: MemoryStorage

  package func create(
    _ new: NewAccount, mailing mail: Mail?, client: Client?
  ) throws(StoreError) -> Account {
    try storage.transaction { state, now throws(StoreError) in
      let role = new.roleName.flatMap { state.roles[$0] }
      if let name = new.roleName, role == nil { throw .unknownRole(name, known: state.roles.keys.sorted()) }
      guard state.isFree(new.email, for: nil, at: now) else { throw .emailTaken }
      state.lastAccount += 1
      let account = Account(
        id: AccountID(state.lastAccount), email: new.email, passwordHash: new.passwordHash, role: role,
        isVerified: new.isVerified, profile: new.profile, createdAt: now, updatedAt: now)
      state.accounts[account.id] = account
      if let mail { state.post(mail, about: account.id, at: now) }
      if let client {
        state.record(AuditEvent(.signup, by: Initiator(account: account.id, client: client), on: account.id), at: now)
      }
      return account
    }
  }

  package func find(_ id: AccountID) throws(StoreError) -> Account? {
    try storage.transaction { state, _ in state.accounts[id] }
  }

  package func find(_ email: EmailAddress) throws(StoreError) -> Account? {
    try storage.transaction { state, _ in state.accounts.values.first { $0.email == email } }
  }

  package func list(after: AccountID?, limit: Int) throws(StoreError) -> [Account] {
    try storage.transaction { state, _ in
      let behind = state.accounts.values.filter { $0.id.value > after?.value ?? 0 }
      return Array(behind.sorted { $0.id.value < $1.id.value }.prefix(limit))
    }
  }

  package func rehash(_ id: AccountID, from old: String, to new: String) throws(StoreError) {
    try storage.transaction { state, _ in
      if state.accounts[id]?.passwordHash == old { state.accounts[id]!.passwordHash = new }
    }
  }

  package func foreignHashes(limit: Int) throws(StoreError) -> [String] {
    try storage.transaction { state, _ in
      let found = state.accounts.values.filter { $0.passwordHash?.hasPrefix("$argon2id$") == false }
      return found.sorted { $0.id.value > $1.id.value }.prefix(limit).compactMap(\.passwordHash)
    }
  }

  package func update(
    _ id: AccountID, _ change: ProfileChange, by initiator: Initiator
  ) throws(StoreError) -> Account? {
    try storage.transaction { state, now in
      guard var account = state.accounts[id] else { return nil }
      change.apply(to: &account.profile)
      account.updatedAt = now
      if change.concernsTokens {
        account.revision += 1
        state.revoke(.claims(id, revision: account.revision), at: now)
      }
      state.accounts[id] = account
      let fields = change.fieldNames.joined(separator: " ")
      state.record(AuditEvent(.profileUpdate, by: initiator, on: id, details: ["fields": fields]), at: now)
      return account
    }
  }

  package func setPassword(
    _ id: AccountID, from old: String?, to new: String, except: SessionID?, mailing mail: Mail?,
    by initiator: Initiator
  ) throws(StoreError) -> Account? {
    try storage.transaction { state, now in
      guard let account = state.accounts[id], old == nil || account.passwordHash == old else { return nil }
      state.accounts[id]!.passwordHash = new
      state.accounts[id]!.updatedAt = now
      state.endSessions(of: id, except: except, .passwordChanged, at: now)
      state.drop([.resetPassword, .confirmNewAddress], of: id)
      if let mail { state.post(mail, about: id, at: now) }
      state.record(AuditEvent(.passwordChange, by: initiator, on: id, session: except), at: now)
      return state.accounts[id]
    }
  }

  package func setActive(
    _ id: AccountID, _ isActive: Bool, by initiator: Initiator
  ) throws(StoreError) -> Account? {
    try storage.transaction { state, now in
      guard state.accounts[id] != nil else { return nil }
      state.accounts[id]!.isActive = isActive
      state.accounts[id]!.updatedAt = now
      if !isActive { state.endSessions(of: id, except: nil, .accountDisabled, at: now) }
      state.record(AuditEvent(isActive ? .unbanned : .banned, by: initiator, on: id), at: now)
      return state.accounts[id]
    }
  }

  package func setRole(
    _ id: AccountID, _ role: String?, by initiator: Initiator
  ) throws(StoreError) -> Account? {
    try storage.transaction { state, now throws(StoreError) in
      if let role, state.roles[role] == nil { throw .unknownRole(role, known: state.roles.keys.sorted()) }
      guard state.accounts[id] != nil else { return nil }
      state.accounts[id]!.role = role.map { state.roles[$0]! }
      state.accounts[id]!.updatedAt = now
      state.accounts[id]!.revision += 1
      state.revoke(.claims(id, revision: state.accounts[id]!.revision), at: now)
      state.record(AuditEvent(.roleChange, by: initiator, on: id, details: ["role": role]), at: now)
      return state.accounts[id]
    }
  }
}
