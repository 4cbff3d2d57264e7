/// An access and a refresh token for one session, as they go to the client.
package struct IssuedTokens: Sendable, Equatable {
  package var access: String
  package var refresh: String
  /// How long each may be used from now on, in seconds: a cookie that outlives the browser lives as long.
  package var accessLife: Int64
  package var refreshLife: Int64
  /// Whether their cookies outlive the browser's session.
  package var isPersistent: Bool
  /// Under double submit: what the client repeats in `X-CSRF-TOKEN`.
  package var accessCSRF: String?
  package var refreshCSRF: String?
  /// At a sign-in: by what this browser is known from now on (`BrowserMark`).
  package var browser: String?
}

/// Makes tokens for sessions.
package struct TokenIssuer: Sendable {
  /// Bytes of a token beyond which its permissions stay out, so that its cookie stays below 4,096 in all.
  package static let largest = 3_700

  private let settings: Settings
  private let codec: any TokenCodec
  private let random: any RandomSource
  private let browsers: any BrowserSealer
  private let csrf: @Sendable (SessionID, TokenClaims.Kind) -> String

  /// - Parameter csrf: the double-submit value of a session, the same for all its tokens of one kind.
  package init(
    settings: Settings, codec: any TokenCodec, random: any RandomSource, browsers: any BrowserSealer,
    csrf: @escaping @Sendable (SessionID, TokenClaims.Kind) -> String
  ) {
    self.settings = settings
    self.codec = codec
    self.random = random
    self.browsers = browsers
    self.csrf = csrf
  }

  /// Tokens for the session's present generation, for the account as it is now. None lives longer than the session;
  /// the access token, which no storage is asked about, also not longer than the pause that the session may make.
  package func issue(for session: Session, of account: Account) -> IssuedTokens {
    let now = session.readAt
    let end = settings.sessionTimeout.map { session.createdAt + $0 }
    let pauseEnd = settings.sessionInactivity.map { session.lastActiveAt + $0 }
    let accessLife = life(settings.accessLifetime, until: [end, pauseEnd], from: now)
    let refreshLife = life(settings.refreshLifetime, until: [end], from: now)
    var access = claims(.access, session, account, at: now, life: accessLife)
    var refresh = claims(.refresh, session, account, at: now, life: refreshLife)
    refresh.generation = session.generation
    if settings.doubleSubmit {
      access.csrf = csrf(session.id, .access)
      refresh.csrf = csrf(session.id, .refresh)
    }
    return IssuedTokens(
      access: sign(access), refresh: sign(refresh), accessLife: accessLife, refreshLife: refreshLife,
      isPersistent: session.isPersistent ?? !settings.cookies.endWithBrowser, accessCSRF: access.csrf,
      refreshCSRF: refresh.csrf)
  }

  /// The same, for somebody who has just proven who they are: the browser is known from now on.
  package func issueKnowing(for session: Session, of account: Account) -> IssuedTokens {
    var tokens = issue(for: session, of: account)
    tokens.browser = browsers.text(of: BrowserMark(random: random), for: account)
    return tokens
  }

  private func sign(_ claims: TokenClaims) -> String {
    let token = codec.sign(claims)
    guard token.utf8.count > TokenIssuer.largest, claims.permissions?.isEmpty == false else { return token }
    var smaller = claims
    smaller.permissions = nil
    return codec.sign(smaller)
  }

  private func life(_ lifetime: Duration, until ends: [Instant?], from now: Instant) -> Int64 {
    let remaining = ends.compactMap { $0.map { end in (end - now).components.seconds } }
    return max(0, min(lifetime.components.seconds, remaining.min() ?? Int64.max))
  }

  private func claims(
    _ kind: TokenClaims.Kind, _ session: Session, _ account: Account, at now: Instant, life: Int64
  ) -> TokenClaims {
    TokenClaims(
      kind: kind, identifier: SessionID(random: random).description, subject: account.email.text,
      issuedAt: now.seconds, notBefore: now.seconds, expires: now.seconds + life, account: account.id,
      session: session.id, roleID: account.role?.id, roleName: account.role?.name,
      permissions: account.role?.permissions ?? [], firstName: account.profile.firstName,
      lastName: account.profile.lastName, isVerified: account.isVerified, methods: session.methods,
      provenAt: session.provenAt.seconds, epoch: session.epoch, revision: account.revision)
  }
}
