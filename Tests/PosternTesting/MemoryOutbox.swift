package import Postern

/// Mails on their way, in memory; made by `MemoryStorage.outbox`.
package struct MemoryOutbox: Outbox {
  let storage: MemoryStorage

  package func post(_ mail: Mail) throws(StoreError) {
    try storage.transaction { state, now in state.post(mail, about: nil, at: now) }
  }

  package func take(lease: Duration) throws(StoreError) -> OutgoingMail? {
    try storage.transaction { state, now in
      let due = state.mails.indices.filter { index in
        let mail = state.mails[index]
        return mail.givenUpAt == nil && (mail.dueAt <= now || mail.dueAt > now + OutgoingMail.longestWait)
      }
      guard let index = due.min(by: { state.mails[$0].dueAt < state.mails[$1].dueAt }) else { return nil }
      state.mails[index].dueAt = now + lease
      state.mails[index].attempts += 1
      return state.mails[index]
    }
  }

  package func remove(_ mail: OutgoingMail) throws(StoreError) {
    try storage.transaction { state, _ in state.mails.removeAll { $0.id == mail.id } }
  }

  package func postpone(_ mail: OutgoingMail, by delay: Duration, problem: String?) throws(StoreError) {
    try change(mail) { row, now in
      row.dueAt = now + delay
      row.problem = problem
    }
  }

  package func giveUp(_ mail: OutgoingMail, problem: String) throws(StoreError) {
    try change(mail) { row, now in
      row.givenUpAt = now
      row.problem = problem
    }
  }

  package func list(after last: Int64?, limit: Int) throws(StoreError) -> [OutgoingMail] {
    try storage.transaction { state, _ in Array(state.mails.filter { $0.id > last ?? 0 }.prefix(limit)) }
  }

  package func purge(givenUpBefore moment: Instant) throws(StoreError) {
    try storage.transaction { state, _ in
      state.mails.removeAll { mail in mail.givenUpAt.map { $0 < moment } ?? false }
    }
  }

  private func change(
    _ mail: OutgoingMail, _ change: (inout OutgoingMail, Instant) -> Void
  ) throws(StoreError) {
    try storage.transaction { state, now in
      let index = state.mails.firstIndex { $0.id == mail.id && $0.attempts == mail.attempts && $0.givenUpAt == nil }
      if let index { change(&state.mails[index], now) }
    }
  }
}
