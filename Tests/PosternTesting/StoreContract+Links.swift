import Postern
import Testing

extension StoreContract {
  static let linkRules: [StoreContract] = [
    StoreContract("a link is kept as it was made, until it has been expired for long enough") { stores in
      let account = try stores.register("ada")
      let mail = Mail(.resetPassword, to: account.email, link: .resetPassword, random: SequenceRandom())
      let event = AuditEvent(.login, by: .commandLine, on: account.id)
      try stores.links.post(mail, about: account.id, event)
      let (id, now) = (try #require(mail.link?.id), stores.clock.now())
      let link = Link(
        id: id, purpose: .resetPassword, account: account.id, email: account.email, createdAt: now,
        expiresAt: now + .seconds(3600))
      #expect(try stores.links.find(id) == link)
      #expect(try stores.audit.list(of: account.id, limit: 9, offset: 0).map(\.event) == [event])
      try stores.links.purge(expiredBefore: link.expiresAt)
      #expect(try stores.links.find(id) == link)
      try stores.links.purge(expiredBefore: link.expiresAt + .seconds(1))
      #expect(try stores.links.find(id) == nil)
    },
    StoreContract("where there is nobody to write to, the entry is written all the same") { stores in
      let account = try stores.register("ada")
      let event = AuditEvent(.login, by: .commandLine, on: account.id, failure: "no such account")
      try stores.links.post(nil, about: nil, event)
      #expect(try stores.audit.list(of: account.id, limit: 9, offset: 0).map(\.event) == [event])
    },
  ]
}
