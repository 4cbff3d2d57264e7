import Postern
import Testing

@Suite struct ActivitySentenceTests {
  @Test func everyActionHasASentenceOfItsOwn() {
    let (ada, root) = (AccountID(1), AccountID(2))
    let sentences = AuditAction.allCases.map { action in
      AuditEntry(
        id: 1, at: Instant(seconds: 0), event: AuditEvent(action, by: Initiator(account: ada, client: nil), on: ada)
      ).sentence(for: ada)
    }
    #expect(sentences.allSatisfy { $0.utf8.count > 5 && !$0.contains(".") })
    #expect(Set(sentences).count == AuditAction.allCases.count)
    let disabled = AuditEvent(.banned, by: Initiator(account: root, client: nil), on: ada)
    let entry = AuditEntry(id: 1, at: Instant(seconds: 0), event: disabled)
    #expect(entry.sentence(for: ada) == "An administrator disabled the account")
    #expect(entry.sentence(for: root) == "Account 1: An administrator disabled the account")
  }

  @Test func whoDidItAndWhyChangesTheWords() {
    let ada = AccountID(1)
    func sentence(_ event: AuditEvent) -> String {
      AuditEntry(id: 1, at: Instant(seconds: 0), event: event).sentence(for: ada)
    }
    let own = Initiator(account: ada, client: nil)
    #expect(sentence(AuditEvent(.passwordChange, by: own, on: ada)) == "Changed the password")
    #expect(
      sentence(AuditEvent(.passwordChange, by: .commandLine, on: ada)) == "An administrator set a new password")
    let id = SessionID(high: 1, low: 1)
    #expect(sentence(.end(of: id, owner: ada, .endedByOwner, client: nil)) == "Ended a session")
    #expect(sentence(.end(of: id, owner: ada, .replaced, by: own)).hasPrefix("Signed in anew"))
    #expect(sentence(.endOfOthers(2, than: id, owner: ada, .endedByOwner, client: nil)) == "Ended all other sessions")
    #expect(sentence(.endOfOthers(2, than: id, owner: ada, .replaced, client: nil)).hasPrefix("Signed in; all"))
    #expect(
      sentence(.end(of: id, owner: ada, .refreshReused, client: nil))
        == "Somebody used an old refresh token; the session was ended")
  }
}
