package import Postern

/// Passkeys in memory; made by `MemoryStorage.passkeys`.
package struct MemoryPasskeyStore: PasskeyStore {
  let storage: MemoryStorage

  package func find(credentialID: [UInt8]) throws(StoreError) -> Passkey? {
    try storage.transaction { state, _ in state.passkeys.values.first { $0.credentialID == credentialID } }
  }

  package func list(of account: AccountID) throws(StoreError) -> [Passkey] {
    try storage.transaction { state, _ in
      state.passkeys.values.filter { $0.account == account }.sorted { $0.id.value < $1.id.value }
    }
  }

  package func add(
    _ new: NewPasskey, _ addition: FactorAddition, answering challenge: AnsweredChallenge, most: Int
  ) throws(StoreError) -> PasskeyAddition {
    try storage.transaction { state, now throws(StoreError) in
      try state.demand(addition.account, epoch: addition.epoch)
      guard state.useUp(challenge) else { return .challengeUsed }
      let credential = new.credential
      guard !state.passkeys.values.contains(where: { $0.credentialID == credential.id }) else { return .registered }
      guard state.passkeys.values.count(where: { $0.account == addition.account }) < most else { return .tooMany }
      state.lastPasskey += 1
      let passkey = Passkey(
        id: Passkey.ID(state.lastPasskey), account: addition.account, credentialID: credential.id,
        publicKey: credential.publicKey, name: new.name, signCount: new.signCount, transports: new.transports,
        aaguid: credential.aaguid, isBackupEligible: new.isBackupEligible, isBackedUp: new.isBackedUp, createdAt: now)
      state.passkeys[passkey.id] = passkey
      return .added(passkey, state.complete(addition, of: .passkey, at: now))
    }
  }

  package func use(
    _ id: Passkey.ID, _ use: PasskeyUse, answering challenge: AnsweredChallenge, by client: Client
  ) throws(StoreError) -> PasskeyUse.Outcome {
    try storage.transaction { state, now in
      guard state.useUp(challenge) else { return .challengeUsed }
      guard var passkey = state.passkeys[id] else { return .gone }
      guard use.signCount > passkey.signCount || (use.signCount == 0 && passkey.signCount == 0) else {
        state.record(.counterWentBack(id, of: passkey.account, client: client), at: now)
        return .counterWentBack
      }
      passkey.signCount = use.signCount
      passkey.isBackedUp = use.isBackedUp
      passkey.lastUsedAt = now
      state.passkeys[id] = passkey
      return .accepted
    }
  }

  package func rename(
    _ id: Passkey.ID, of account: AccountID, to name: String, by initiator: Initiator
  ) throws(StoreError) -> Passkey? {
    try storage.transaction { state, now in
      guard state.passkeys[id]?.account == account else { return nil }
      state.passkeys[id]!.name = name
      state.record(.passkey(.passkeyRenamed, id, of: account, by: initiator), at: now)
      return state.passkeys[id]
    }
  }

  package func remove(
    _ id: Passkey.ID, of account: AccountID, mailing mail: Mail?, by initiator: Initiator
  ) throws(StoreError) -> Bool {
    try storage.transaction { state, now in
      guard state.passkeys[id]?.account == account else { return false }
      state.passkeys[id] = nil
      state.finishRemoval(of: .passkey, from: account, mailing: mail, by: initiator, at: now)
      return true
    }
  }
}

extension MemoryStorage.State {
  /// False for one that has been used up.
  fileprivate mutating func useUp(_ challenge: AnsweredChallenge) -> Bool {
    guard usedChallenges[challenge.id] == nil else { return false }
    usedChallenges[challenge.id] = challenge.expiresAt
    return true
  }
}
