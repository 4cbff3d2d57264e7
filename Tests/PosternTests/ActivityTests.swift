import Postern
import PosternTesting
import Testing

@Suite struct ActivityTests {
  private let stand = Stand { $0.sessionInactivity = .seconds(600) }

  private func begun() throws -> TokenClaims {
    stand.codec.claims(try stand.begin(try stand.account()).refresh)
  }

  private func lastActive(_ claims: TokenClaims) throws -> Instant? {
    try stand.storage.sessions.find(claims.session)?.lastActiveAt
  }

  private func write() throws(StoreError) {
    try stand.activity.write(to: stand.storage.sessions, stand.storage.apiTokens)
  }

  @Test func useIsWrittenDownOnceForAllThatCameMeanwhile() throws {
    let claims = try begun()
    let mark = Activity.Mark()
    stand.clock.advance(by: .seconds(30))
    for _ in 0..<3 { stand.activity.note(.session(claims.session), mark: mark) }
    #expect(try lastActive(claims) != stand.clock.now(), "nothing is written before it is time to")
    try write()
    let written = stand.clock.now()
    #expect(try lastActive(claims) == written)
    stand.clock.advance(by: .seconds(30))
    try write()
    #expect(try lastActive(claims) == written, "nobody has come since")
    stand.activity.note(.session(claims.session), mark: mark)
    try write()
    #expect(try lastActive(claims) == stand.clock.now())
  }

  @Test func whatCannotBeWrittenIsTriedAgain() throws {
    let claims = try begun()
    stand.clock.advance(by: .seconds(30))
    stand.activity.note(.session(claims.session))
    stand.storage.fail(with: .unavailable("locked"))
    #expect(throws: StoreError.unavailable("locked")) { try write() }
    stand.storage.fail(with: nil)
    try write()
    #expect(try lastActive(claims) == stand.clock.now())
  }

  @Test func manySessionsAreAllWrittenDown() throws {
    let account = try stand.account()
    let sessions = try (0..<1_234).map { _ in stand.codec.claims(try stand.begin(account).refresh).session }
    stand.clock.advance(by: .seconds(30))
    _ = concurrently(4) { number in
      for index in sessions.indices where index % 4 == number { stand.activity.note(.session(sessions[index])) }
    }
    try write()
    let times = try sessions.map { try stand.storage.sessions.find($0)?.lastActiveAt }
    #expect(times.allSatisfy { $0 == stand.clock.now() })
  }

  /// Nobody who keeps coming is signed out for a pause that they did not make, with or without a script that refreshes.
  @Test func whoeverKeepsComingStaysSignedIn() throws {
    let claims = try begun()
    for _ in 0..<10 {
      stand.clock.advance(by: .seconds(500))
      let renewal = try stand.sessions.renew(claims)
      #expect(renewal.tokens.accessLife == 600, "this very request ends the pause")
      try write()
    }
    stand.clock.advance(by: .seconds(601))
    #expect(throws: AuthError.sessionInactive) { try stand.sessions.renew(claims) }
  }
}
