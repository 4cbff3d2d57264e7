package import Postern

/// Second factors in memory; made by `MemoryStorage.factors`.
package struct MemoryFactorStore: FactorStore {
  let storage: MemoryStorage

  struct RecoveryCode: Sendable {
    var digest: [UInt8]
    var createdAt: Instant
    var usedAt: Instant?
  }

  package func factors(of id: AccountID) throws(StoreError) -> Factors {
    try storage.transaction { state, _ in state.factors(of: id) }
  }

  package func beginTOTP(_ account: AccountID, epoch: Int64, sealedSecret: String) throws(StoreError) -> Bool {
    try storage.transaction { state, now throws(StoreError) in
      try state.demand(account, epoch: epoch)
      guard state.totp[account]?.confirmedAt == nil else { return false }
      state.totp[account] = TOTPFactor(sealedSecret: sealedSecret, createdAt: now)
      return true
    }
  }

  package func confirmTOTP(
    _ addition: FactorAddition, sealedSecret: String, step: Int64
  ) throws(StoreError) -> FactorAdded? {
    try storage.transaction { state, now throws(StoreError) in
      try state.demand(addition.account, epoch: addition.epoch)
      guard let totp = state.totp[addition.account], totp.confirmedAt == nil, totp.sealedSecret == sealedSecret else {
        return nil
      }
      state.totp[addition.account]!.confirmedAt = now
      state.totp[addition.account]!.lastStep = step
      return state.complete(addition, of: .totp, at: now)
    }
  }

  package func useTOTP(_ account: AccountID, step: Int64) throws(StoreError) -> Bool {
    try storage.transaction { state, _ in
      guard let totp = state.totp[account], totp.confirmedAt != nil, totp.lastStep < step else { return false }
      state.totp[account]!.lastStep = step
      return true
    }
  }

  package func removeTOTP(
    _ account: AccountID, mailing mail: Mail?, by initiator: Initiator
  ) throws(StoreError) -> Bool {
    try storage.transaction { state, now in
      guard state.totp[account]?.confirmedAt != nil else { return false }
      state.totp[account] = nil
      state.finishRemoval(of: .totp, from: account, mailing: mail, by: initiator, at: now)
      return true
    }
  }

  package func addEmail(_ addition: FactorAddition) throws(StoreError) -> FactorAdded? {
    try storage.transaction { state, now throws(StoreError) in
      try state.demand(addition.account, epoch: addition.epoch)
      guard state.accounts[addition.account]?.isVerified == true, state.emailFactors[addition.account] == nil else {
        return nil
      }
      state.emailFactors[addition.account] = now
      return state.complete(addition, of: .email, at: now)
    }
  }

  package func removeEmail(
    _ account: AccountID, mailing mail: Mail?, by initiator: Initiator
  ) throws(StoreError) -> Bool {
    try storage.transaction { state, now in
      guard state.emailFactors.removeValue(forKey: account) != nil else { return false }
      state.finishRemoval(of: .email, from: account, mailing: mail, by: initiator, at: now)
      return true
    }
  }

  package func postCode(_ mail: Mail, about account: AccountID, by initiator: Initiator) throws(StoreError) -> Bool {
    guard let link = mail.link else { return false }
    return try storage.transaction { state, now in
      if state.links[link.id] == nil { state.add(link, of: account, at: now) }
      guard let kept = state.goodCode(link.id, of: account, at: now) else { return false }
      state.post(mail, about: account, goodUntil: kept.expiresAt, at: now)
      state.record(AuditEvent(.codeMailed, by: initiator, on: account), at: now)
      return true
    }
  }

  package func useCode(_ link: LinkID, of account: AccountID) throws(StoreError) -> Bool {
    try storage.transaction { state, now in
      guard state.goodCode(link, of: account, at: now) != nil else { return false }
      state.links[link]!.usedAt = now
      return true
    }
  }

  package func replaceRecoveryCodes(
    _ account: AccountID, _ digests: [[UInt8]], mailing mail: Mail?, by initiator: Initiator
  ) throws(StoreError) -> Bool {
    try storage.transaction { state, now in
      guard state.factors(of: account).areThere else { return false }
      state.recoveryCodes[account] = digests.map { RecoveryCode(digest: $0, createdAt: now) }
      state.record(AuditEvent(.recoveryCodesReplaced, by: initiator, on: account), at: now)
      if let mail { state.post(mail, about: account, at: now) }
      return true
    }
  }

  package func useRecoveryCode(
    _ account: AccountID, _ digest: [UInt8], mailing mail: @escaping @Sendable (_ left: Int) -> Mail?,
    by initiator: Initiator
  ) throws(StoreError) -> Int? {
    try storage.transaction { state, now in
      let place = state.recoveryCodes[account]?.firstIndex { $0.digest == digest && $0.usedAt == nil }
      guard let place else { return nil }
      state.recoveryCodes[account]![place].usedAt = now
      let left = state.factors(of: account).recoveryCodesLeft
      state.record(
        AuditEvent(.recoveryCodeUsed, by: initiator, on: account, details: ["left": String(left)]), at: now)
      if let mail = mail(left) { state.post(mail, about: account, at: now) }
      return left
    }
  }

  package func removeAll(
    _ account: AccountID, mailing mail: Mail?, by initiator: Initiator
  ) throws(StoreError) -> Account? {
    try storage.transaction { state, now in
      guard state.factors(of: account).areThere else { return nil }
      state.dropFactors(of: account, since: nil)
      state.endSessions(of: account, except: nil, .factorsRemoved, at: now)
      state.record(.factor(.factorRemoved, nil, of: account, by: initiator), at: now)
      if let mail { state.post(mail, about: account, at: now) }
      return state.accounts[account]
    }
  }

  package func purge(expiredBefore moment: Instant) throws(StoreError) {
    try storage.transaction { state, _ in
      state.trustedBrowsers = state.trustedBrowsers.filter { $0.value.expiresAt >= moment }
      state.usedChallenges = state.usedChallenges.filter { $0.value >= moment }
      state.totp = state.totp.filter { $0.value.confirmedAt != nil || $0.value.createdAt >= moment - .seconds(86_400) }
    }
  }
}

/// What every change of a factor does, passkeys' too.
extension MemoryStorage.State {
  func factors(of id: AccountID) -> Factors {
    Factors(
      totp: totp[id], emailSince: emailFactors[id],
      recoveryCodesLeft: recoveryCodes[id]?.count { $0.usedAt == nil } ?? 0,
      passkeys: passkeys.values.filter { $0.account == id }.sorted { $0.id.value < $1.id.value })
  }

  func demand(_ account: AccountID, epoch: Int64) throws(StoreError) {
    guard let found = accounts[account], found.isActive, found.epoch == epoch else { throw .accountGone }
  }

  mutating func complete(_ addition: FactorAddition, of factor: SecondFactor, at now: Instant) -> FactorAdded {
    let account = addition.account
    noteWhetherAny(of: account)
    let takes = !addition.recoveryCodes.isEmpty && factors(of: account).recoveryCodesLeft == 0
    if takes {
      recoveryCodes[account] = addition.recoveryCodes.map { MemoryFactorStore.RecoveryCode(digest: $0, createdAt: now) }
    }
    record(.factor(.factorAdded, factor, of: account, by: addition.initiator), at: now)
    if let mail = addition.mail { post(mail, about: account, at: now) }
    return FactorAdded(tookRecoveryCodes: takes)
  }

  mutating func finishRemoval(
    of factor: SecondFactor, from account: AccountID, mailing mail: Mail?, by initiator: Initiator, at now: Instant
  ) {
    noteWhetherAny(of: account)
    record(.factor(.factorRemoved, factor, of: account, by: initiator), at: now)
    if let mail { post(mail, about: account, at: now) }
  }

  /// Drops what has been added since a moment, or all; trusted browsers whenever they were.
  mutating func dropFactors(of id: AccountID, since moment: Instant?) {
    let moment = moment ?? Instant(microseconds: .min)
    if let factor = totp[id], factor.confirmedAt ?? factor.createdAt >= moment { totp[id] = nil }
    if let since = emailFactors[id], since >= moment { emailFactors[id] = nil }
    passkeys = passkeys.filter { $0.value.account != id || $0.value.createdAt < moment }
    recoveryCodes[id]?.removeAll { $0.createdAt >= moment }
    trustedBrowsers = trustedBrowsers.filter { $0.value.account != id }
    noteWhetherAny(of: id)
  }

  private mutating func noteWhetherAny(of id: AccountID) {
    let isAny = factors(of: id).areThere
    accounts[id]?.hasSecondFactor = isAny
    guard !isAny else { return }
    recoveryCodes[id] = nil
    trustedBrowsers = trustedBrowsers.filter { $0.value.account != id }
  }

  fileprivate func goodCode(_ id: LinkID, of account: AccountID, at now: Instant) -> Link? {
    links[id].flatMap { link in
      link.purpose == .signInCode && link.account == account && link.usedAt == nil && link.expiresAt > now ? link : nil
    }
  }
}
