import Postern
import Testing

private let lease = Duration.seconds(60)

extension StoreContract {
  static let outboxRules: [StoreContract] = [
    StoreContract("a mail is taken as it was posted, once for as long as its lease") { stores in
      let mail = Mail(
        .resetPassword, to: EmailAddress("ada@example.com")!, values: ["name": "Zoë 東京", "device": ""],
        link: .resetPassword, random: SequenceRandom())
      try stores.outbox.post(mail)
      let posted = stores.clock.now()
      let taken = try #require(try stores.outbox.take(lease: lease))
      #expect(taken.mail == mail)
      #expect(taken.attempts == 1)
      #expect((taken.createdAt, taken.expiresAt) == (posted, posted + .seconds(3600)))
      #expect(taken.dueAt == posted + lease)
      stores.clock.advance(by: .seconds(59))
      #expect(try stores.outbox.take(lease: lease) == nil)
      stores.clock.advance(by: .seconds(1))
      let again = try #require(try stores.outbox.take(lease: lease))
      #expect(again.attempts == 2)
      #expect(again.mail == mail, "the same Message-ID and the same link")
    },
    StoreContract("what was posted first goes first, and a mail that was postponed lets others pass") { stores in
      let mails = try stores.post(3)
      let first = try #require(try stores.outbox.take(lease: lease))
      #expect(first.mail == mails[0])
      try stores.outbox.postpone(first, by: .seconds(5), problem: "451 later")
      #expect(try stores.outbox.take(lease: lease)?.mail == mails[1])
      #expect(try stores.outbox.take(lease: lease)?.mail == mails[2])
      #expect(try stores.outbox.take(lease: lease) == nil)
      stores.clock.advance(by: .seconds(5))
      let again = try #require(try stores.outbox.take(lease: lease))
      #expect(again.mail == mails[0])
      #expect(again.problem == "451 later")
      #expect(try stores.outbox.take(lease: lease) == nil)
    },
    StoreContract("what was delivered is kept no longer") { stores in
      _ = try stores.post(1)
      try stores.outbox.remove(try #require(try stores.outbox.take(lease: lease)))
      #expect(try stores.outbox.list(after: nil, limit: 9) == [])
      stores.clock.advance(by: .seconds(600))
      #expect(try stores.outbox.take(lease: lease) == nil)
    },
    StoreContract("what was given up is kept with its problem, and taken no more") { stores in
      let mails = try stores.post(2)
      let taken = try #require(try stores.outbox.take(lease: lease))
      try stores.outbox.giveUp(taken, problem: "550 no such user")
      let givenUp = stores.clock.now()
      stores.clock.advance(by: .seconds(100_000))
      #expect(try stores.outbox.take(lease: lease)?.mail == mails[1])
      let listed = try stores.outbox.list(after: nil, limit: 9)
      #expect(listed.map(\.problem) == ["550 no such user", nil])
      #expect(listed.map(\.givenUpAt) == [givenUp, nil])
      #expect(try stores.outbox.list(after: listed[0].id, limit: 9).map(\.mail) == [mails[1]])
      #expect(try stores.outbox.list(after: nil, limit: 1).map(\.mail) == [mails[0]])
      try stores.outbox.purge(givenUpBefore: givenUp)
      #expect(try stores.outbox.list(after: nil, limit: 9).count == 2)
      try stores.outbox.purge(givenUpBefore: givenUp + .seconds(1))
      #expect(try stores.outbox.list(after: nil, limit: 9).map(\.mail) == [mails[1]], "never one that waits")
    },
    StoreContract("whose lease has ended changes nothing of an attempt that has begun since") { stores in
      _ = try stores.post(1)
      let slow = try #require(try stores.outbox.take(lease: lease))
      stores.clock.advance(by: lease)
      let quick = try #require(try stores.outbox.take(lease: lease))
      try stores.outbox.giveUp(slow, problem: "timed out")
      try stores.outbox.postpone(slow, by: .zero, problem: "timed out")
      #expect(try stores.outbox.list(after: nil, limit: 9) == [quick])
    },
    StoreContract("a clock that is set back keeps no mail for longer than the longest wait") { stores in
      stores.clock.advance(by: .seconds(86_400))
      let mails = try stores.post(1)
      #expect(try stores.outbox.take(lease: lease)?.mail == mails[0])
      stores.clock.step(to: stores.clock.now() - .seconds(86_400))
      #expect(try stores.outbox.take(lease: lease)?.mail == mails[0])
      #expect(try stores.outbox.take(lease: lease) == nil)
    },
    StoreContract("a mail that comes along after a look that found none is found") { stores in
      #expect(try stores.outbox.take(lease: lease) == nil)
      #expect(try stores.outbox.take(lease: lease) == nil)
      let mails = try stores.post(1)
      #expect(try stores.outbox.take(lease: lease)?.mail == mails[0])
    },
  ]
}

extension Stores {
  /// That many mails, each a microsecond later than the one before.
  fileprivate func post(_ count: Int) throws -> [Mail] {
    let random = SequenceRandom(seed: 9)
    return try (0..<count).map { number in
      let mail = Mail(
        .passwordChanged, to: EmailAddress("person\(number)@example.com")!, values: ["name": "Ada"], random: random)
      try outbox.post(mail)
      clock.advance(by: .microseconds(1))
      return mail
    }
  }
}
