package import Postern

/// Everything about an account in memory; made by `MemoryStorage.records`.
package struct MemoryAccountRecords: AccountRecordStore {
  let storage: MemoryStorage

  package func records(of id: AccountID, most: Int) throws(StoreError) -> AccountRecords? {
    try storage.transaction { state, now in
      guard let account = state.accounts[id] else { return nil }
      var records = AccountRecords(account: account)
      let sessions = state.sessions.values.filter { $0.account == id }
        .sorted { ($0.lastActiveAt, $0.createdAt) > ($1.lastActiveAt, $1.createdAt) }
      records.sessions = sessions.prefix(most).map { session in
        var session = session
        session.readAt = now
        return SessionRecord(session, endReason: state.endReasons[session.id]?.rawValue)
      }
      records.olderSessions = sessions.count - records.sessions.count
      records.apiTokens = state.apiTokens.values.map(\.token).filter { $0.account == id }
        .sorted { $0.id.value > $1.id.value }
      records.factors = state.factors(of: id)
      records.recoveryCodes = (state.recoveryCodes[id] ?? [])
        .map { RecoveryCodeRecord(createdAt: $0.createdAt, usedAt: $0.usedAt) }
        .sorted { ($0.createdAt, $0.usedAt ?? .distantFuture) < ($1.createdAt, $1.usedAt ?? .distantFuture) }
      records.trustedBrowsers = state.trustedBrowsers.values.filter { $0.account == id }
        .sorted { $0.createdAt > $1.createdAt }
      records.links = state.links.values.filter { $0.account == id }.sorted { $0.createdAt > $1.createdAt }
      let mails = state.mails.reversed().filter { $0.account == id && $0.mail.kind != .confirmNewAddress }
      records.mails = mails.map { posted in
        MailRecord(
          kind: posted.mail.kind.rawValue, recipient: posted.mail.recipient.text, values: posted.mail.values,
          createdAt: posted.createdAt, expiresAt: posted.expiresAt, attempts: Int64(posted.attempts),
          problem: posted.problem,
          givenUpAt: posted.givenUpAt)
      }
      let entries = state.audit.filter { $0.event.initiator.account == id || $0.event.target == id }
      records.audit = Array(entries.reversed().prefix(most))
      records.olderEntries = entries.count - records.audit.count
      return records
    }
  }
}

extension Instant {
  fileprivate static let distantFuture = Instant(microseconds: .max)
}
