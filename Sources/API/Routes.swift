import HTTP
import Pages

/// The one table of every URL.
let routes: [Route] =
  [
    // The question of web servers, and what their error page asks.
    Route(.any, "/verify", access: .judgesItself, cost: .inline, origin: .never, VerifyHandlers.verify),
    Route(.any, "/challenge", access: .judgesItself, cost: .inline, origin: .never, ChallengeHandlers.challenge),

    // Signing in and out.
    Route(.post, "/register", access: .anyone, cost: .worker(.hashing), origin: .always, SignInHandlers.register),
    Route(.post, "/signup", access: .anyone, cost: .worker(.hashing), origin: .always, SignInHandlers.register),
    Route(.post, "/login", access: .anyone, cost: .worker(.hashing), origin: .always, SignInHandlers.login),
    Route(
      .post, "/token/refresh", access: .refreshToken, cost: .worker(.storage), origin: .always, SessionHandlers.refresh),
    // Another site's form brings no SameSite cookie along, and yet its answer could unset them.
    Route(.post, "/logout", access: .judgesItself, cost: .worker(.storage), origin: .always, SessionHandlers.logout),

    // Who am I.
    Route(.get, "/check-auth", access: .signedInOrAPIToken, cost: .inline, ProfileHandlers.checkAuth),
    Route(.get, "/protected", access: .signedInOrAPIToken, cost: .inline, ProfileHandlers.protected),
    Route(.get, "/user/@me", access: .signedInOrAPIToken, cost: .worker(.reading), ProfileHandlers.me),

    // Changing one's own account, password included.
    Route(.post, "/update_user", access: .signedIn, cost: .worker(.hashing), OwnAccountHandlers.update),
    Route(.put, "/user/@me", access: .signedIn, cost: .worker(.hashing), OwnAccountHandlers.update),
    Route(.post, "/password/update", access: .signedIn, cost: .worker(.hashing), OwnAccountHandlers.updatePassword),

    // One's own sessions.
    Route(.get, audit: "/sessions/me", access: .signedIn, cost: .worker(.reading), OwnSessionHandlers.list),
    Route(.delete, audit: "/sessions/*", access: .signedIn, cost: .worker(.storage), OwnSessionHandlers.end),
    Route(
      .post, audit: "/sessions/revoke-all", access: .signedIn, cost: .worker(.storage), OwnSessionHandlers.endOthers),

    // What has happened to one's own account.
    Route(.get, audit: "/audit-logs/me", access: .signedIn, cost: .worker(.reading), AuditHandlers.own),

    // One's own API tokens.
    Route(.get, "/tokens", access: .signedIn, cost: .worker(.reading), APITokenHandlers.list),
    Route(.post, "/tokens", access: .signedIn, cost: .worker(.storage), APITokenHandlers.make),
    Route(.delete, "/tokens/*", access: .signedIn, cost: .worker(.storage), APITokenHandlers.end),

    // For applications that check tokens themselves.
    Route(.get, "/.well-known/jwks.json", access: .anyone, cost: .inline, origin: .never, KeyHandlers.publicKeys),

    // For whoever watches over the process.
    Route(.get, "/healthz", access: .anyone, cost: .inline, HealthHandlers.alive),
    Route(.get, "/readyz", access: .anyone, cost: .inline, HealthHandlers.ready),

    // Pages.
    Route(.get, page: "/login", access: .anyone, cost: .inline, SignInPages.loginForm),
    Route(.post, page: "/login", access: .anyone, cost: .worker(.hashing), SignInPages.login),
    Route(.get, page: "/continue", access: .judgesItself, cost: .inline, SignInPages.goOn),
    Route(.get, page: "/register", access: .anyone, cost: .inline, SignInPages.registerForm),
    Route(.post, page: "/register", access: .anyone, cost: .worker(.hashing), SignInPages.register),
    Route(.post, page: "/logout", access: .judgesItself, cost: .worker(.storage), SignInPages.logout),
    Route(.get, page: "/signed-out", access: .anyone, cost: .inline, SignInPages.signedOut),
    Route(.get, page: "/account", access: .signedInPage, cost: .worker(.reading), AccountPages.account),
    Route(.get, page: "/account/tokens", access: .signedInPage, cost: .worker(.reading), APITokenPages.list),
    Route(.post, page: "/account/tokens", access: .signedInPage, cost: .worker(.storage), APITokenPages.make),
    Route(.post, page: "/account/tokens/end", access: .signedInPage, cost: .worker(.storage), APITokenPages.end),
    Route(
      .post, page: "/account/password", access: .signedInPage, cost: .worker(.hashing), AccountPages.changePassword),
    Route(
      .post, page: "/account/sessions/end", access: .signedInPage, cost: .worker(.storage), AccountPages.endSession),
    Route(
      .post, page: "/account/sessions/end-others", access: .signedInPage, cost: .worker(.storage),
      AccountPages.endOtherSessions),
  ] + assetRoutes

/// Style sheets, script and icon of the pages.
private let assetRoutes = Asset.all.map { asset in
  Route(.get, page: "/\(asset.name)", access: .anyone, cost: .inline, AssetHandlers.asset)
}
