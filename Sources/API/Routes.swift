import HTTP
import Pages
import Postern

/// The one table of every URL.
let routes: [Route] =
  [
    // The question of web servers, and what their error page asks.
    Route(.any, "/verify", access: .judgesItself, cost: .inline, origin: .never, limit: .none, VerifyHandlers.verify),
    Route(
      .any, "/challenge", access: .judgesItself, cost: .inline, origin: .never, limit: .none,
      ChallengeHandlers.challenge),

    // Signing in and out.
    Route(
      .post, "/register", access: .anyone, cost: .worker(.hashing), origin: .always, limit: .register,
      SignInHandlers.register),
    Route(
      .post, "/signup", access: .anyone, cost: .worker(.hashing), origin: .always, limit: .register,
      SignInHandlers.register),
    Route(
      .post, "/login", access: .anyone, cost: .worker(.hashing), origin: .always, limit: .login, SignInHandlers.login),
    // The second step of a sign-in; with `step-up`, the same in a session.
    Route(
      .post, "/verify-mfa", access: .anyone, cost: .worker(.storage), origin: .always, limit: .codes,
      SecondStepHandlers.verify),
    Route(
      .post, "/mfa/email/send", access: .anyone, cost: .worker(.storage), origin: .always, limit: .mail,
      SecondStepHandlers.sendCode),
    Route(
      .post, "/mfa/step-up", access: .signedIn, cost: .worker(.storage), limit: .codes, SecondStepHandlers.stepUp),
    Route(.get, "/mfa/browsers", access: .signedIn, cost: .worker(.reading), SecondStepHandlers.browsers),
    Route(
      .delete, "/mfa/browsers/*", access: .signedIn, cost: .worker(.storage), limit: .writes,
      SecondStepHandlers.endBrowser),
    // One's second factors, passkeys aside. The first one can be added with the ticket of a sign-in, too.
    Route(.get, "/mfa", access: .signedIn, cost: .worker(.reading), FactorHandlers.list),
    Route(
      .post, "/mfa/totp", access: .anyone, cost: .worker(.hashing), origin: .always, limit: .codes,
      FactorHandlers.beginTOTP),
    Route(
      .post, "/mfa/totp/confirm", access: .anyone, cost: .worker(.storage), origin: .always, limit: .codes,
      FactorHandlers.confirmTOTP),
    Route(
      .delete, "/mfa/totp", access: .signedIn, cost: .worker(.hashing), limit: .writes, FactorHandlers.removeTOTP),
    Route(.post, "/mfa/email", access: .signedIn, cost: .worker(.hashing), limit: .writes, FactorHandlers.addEmail),
    Route(
      .delete, "/mfa/email", access: .signedIn, cost: .worker(.hashing), limit: .writes, FactorHandlers.removeEmail),
    Route(
      .post, "/mfa/recovery-codes", access: .signedIn, cost: .worker(.hashing), limit: .writes,
      FactorHandlers.replaceRecoveryCodes),
    Route(
      .post, "/token/refresh", access: .refreshToken, cost: .worker(.storage), origin: .always, SessionHandlers.refresh),
    // Another site's form brings no SameSite cookie along, and yet its answer could unset them.
    Route(.post, "/logout", access: .judgesItself, cost: .worker(.storage), origin: .always, SessionHandlers.logout),

    // Proving one's address, and a password that is forgotten: by links that are mailed. With its password, the first
    // signs in as a login does.
    Route(
      .get, "/confirm/*", access: .anyone, cost: .worker(.storage), limit: .login, AddressProofHandlers.follow),
    Route(
      .post, "/confirm/*", access: .anyone, cost: .worker(.hashing), origin: .always, limit: .login,
      AddressProofHandlers.confirm),
    Route(
      .post, "/resend-verification-email", access: .anyone, cost: .worker(.storage), origin: .always, limit: .mail,
      AddressProofHandlers.resend),
    Route(
      .post, "/request-password-reset", access: .anyone, cost: .worker(.storage), origin: .always, limit: .mail,
      PasswordResetHandlers.request),
    Route(
      .post, "/reset-password/*", access: .anyone, cost: .worker(.hashing), origin: .always, limit: .login,
      PasswordResetHandlers.reset),

    // Who am I.
    Route(.get, "/check-auth", access: .signedInOrAPIToken, cost: .inline, ProfileHandlers.checkAuth),
    Route(.get, "/protected", access: .signedInOrAPIToken, cost: .inline, ProfileHandlers.protected),
    Route(.get, "/user/@me", access: .signedInOrAPIToken, cost: .worker(.reading), ProfileHandlers.me),

    // Changing one's own account, password included.
    Route(.post, "/update_user", access: .signedIn, cost: .worker(.hashing), limit: .writes, OwnAccountHandlers.update),
    Route(.put, "/user/@me", access: .signedIn, cost: .worker(.hashing), limit: .writes, OwnAccountHandlers.update),
    Route(
      .post, "/password/update", access: .signedIn, cost: .worker(.hashing), limit: .writes,
      OwnAccountHandlers.updatePassword),
    Route(
      .post, "/change-email", access: .signedIn, cost: .worker(.hashing), limit: .mail, AddressHandlers.change),
    // Whoever follows the link has no session, and needs none.
    Route(
      .post, "/undo-email-change/*", access: .anyone, cost: .worker(.storage), origin: .always, limit: .login,
      AddressHandlers.undo),
    Route(
      .post, "/delete-account", access: .signedIn, cost: .worker(.hashing), limit: .login, OwnDataHandlers.delete),
    Route(
      .get, "/user/@me/export", access: .signedIn, cost: .worker(.reading), limit: .writes, OwnDataHandlers.export),

    // One's own picture, and everybody's for those who know its address.
    Route(
      .post, "/upload-profile-picture", access: .signedIn, cost: .worker(.pictures), limit: .writes,
      takesFile: true, PictureHandlers.upload),
    Route(
      .delete, "/user/@me/picture", access: .signedIn, cost: .worker(.storage), limit: .writes,
      PictureHandlers.remove),
    Route(.get, "/pictures/*", access: .anyone, cost: .inline, origin: .never, limit: .none, PictureHandlers.picture),

    // One's own sessions.
    Route(.get, audit: "/sessions/me", access: .signedIn, cost: .worker(.reading), OwnSessionHandlers.list),
    Route(
      .delete, audit: "/sessions/*", access: .signedIn, cost: .worker(.storage), limit: .writes, OwnSessionHandlers.end),
    Route(
      .post, audit: "/sessions/revoke-all", access: .signedIn, cost: .worker(.storage), limit: .writes,
      OwnSessionHandlers.endOthers),

    // What has happened to one's own account.
    Route(.get, audit: "/audit-logs/me", access: .signedIn, cost: .worker(.reading), AuditHandlers.own),
    Route(.get, audit: "/activity-logs", access: .signedIn, cost: .worker(.reading), AuditHandlers.ownActivity),
    Route(.get, audit: "/activity-logs/me", access: .signedIn, cost: .worker(.reading), AuditHandlers.ownActivity),

    // One's own API tokens.
    Route(.get, "/tokens", access: .signedIn, cost: .worker(.reading), APITokenHandlers.list),
    Route(.post, "/tokens", access: .signedIn, cost: .worker(.storage), limit: .writes, APITokenHandlers.make),
    Route(.delete, "/tokens/*", access: .signedIn, cost: .worker(.storage), limit: .writes, APITokenHandlers.end),

    // Passkeys: signing in with one, and one's own.
    Route(
      .post, "/login/passkey/options", access: .anyone, cost: .worker(.reading), origin: .always, limit: .login,
      PasskeyHandlers.signInOptions),
    Route(
      .post, "/login/passkey", access: .anyone, cost: .worker(.storage), origin: .always, limit: .login,
      PasskeyHandlers.signIn),
    Route(
      .post, "/mfa/passkeys/assert", access: .judgesItself, cost: .worker(.reading), origin: .always, limit: .login,
      PasskeyHandlers.assertionOptions),
    Route(.get, "/mfa/passkeys", access: .signedIn, cost: .worker(.reading), PasskeyHandlers.list),
    Route(
      .post, "/mfa/passkeys/options", access: .signedIn, cost: .worker(.hashing), limit: .writes,
      PasskeyHandlers.creationOptions),
    Route(
      .post, "/mfa/passkeys", access: .signedIn, cost: .worker(.hashing), limit: .writes, PasskeyHandlers.add),
    Route(
      .patch, "/mfa/passkeys/*", access: .signedIn, cost: .worker(.hashing), limit: .writes, PasskeyHandlers.rename),
    Route(
      .delete, "/mfa/passkeys/*", access: .signedIn, cost: .worker(.hashing), limit: .writes, PasskeyHandlers.remove),

    // For applications that check tokens themselves.
    Route(
      .get, "/.well-known/jwks.json", access: .anyone, cost: .inline, origin: .never, limit: .none,
      KeyHandlers.publicKeys),

    // For whoever watches over the process.
    Route(.get, "/healthz", access: .anyone, cost: .inline, limit: .none, HealthHandlers.alive),
    Route(.get, "/readyz", access: .anyone, cost: .inline, limit: .none, HealthHandlers.ready),
  ] + pageRoutes + accountPageRoutes + securityPageRoutes + assetRoutes

/// The pages of people who are not signed in, or not yet.
private let pageRoutes = [
  Route(.get, page: "/login", access: .anyone, cost: .inline, SignInPages.loginForm),
  Route(.post, page: "/login", access: .anyone, cost: .worker(.hashing), limit: .login, SignInPages.login),
  Route(.post, page: "/login/passkey", access: .anyone, cost: .worker(.storage), limit: .login, PasskeyPages.signIn),
  Route(.get, page: "/mfa", access: .anyone, cost: .worker(.storage), SecondStepPages.form),
  Route(.post, page: "/mfa", access: .anyone, cost: .worker(.storage), limit: .codes, SecondStepPages.answer),
  Route(.post, page: "/mfa/mail", access: .anyone, cost: .worker(.storage), limit: .mail, SecondStepPages.mail),
  Route(.get, page: "/continue", access: .judgesItself, cost: .inline, SignInPages.goOn),
  Route(.get, page: "/register", access: .anyone, cost: .inline, SignInPages.registerForm),
  Route(.post, page: "/register", access: .anyone, cost: .worker(.hashing), limit: .register, SignInPages.register),
  Route(.post, page: "/logout", access: .judgesItself, cost: .worker(.storage), SignInPages.logout),
  Route(.get, page: "/signed-out", access: .anyone, cost: .inline, SignInPages.signedOut),
  Route(.get, page: "/forgot", access: .anyone, cost: .inline, MailPages.forgotForm),
  Route(.post, page: "/forgot", access: .anyone, cost: .worker(.storage), limit: .mail, MailPages.forgot),
  Route(.get, page: "/resend", access: .anyone, cost: .inline, MailPages.resendForm),
  Route(.post, page: "/resend", access: .anyone, cost: .worker(.storage), limit: .mail, MailPages.resend),
  // Behind mailed links.
  Route(.get, page: "/confirm/*", access: .anyone, cost: .worker(.storage), LinkPages.confirmForm),
  Route(.post, page: "/confirm/*", access: .anyone, cost: .worker(.hashing), limit: .login, LinkPages.confirm),
  Route(.get, page: "/reset/*", access: .anyone, cost: .worker(.reading), LinkPages.resetForm),
  Route(.post, page: "/reset/*", access: .anyone, cost: .worker(.hashing), limit: .login, LinkPages.reset),
  Route(.get, page: "/undo/*", access: .anyone, cost: .worker(.reading), LinkPages.undoForm),
  Route(.post, page: "/undo/*", access: .anyone, cost: .worker(.storage), limit: .login, LinkPages.undo),
]

/// The pages of one's own account.
private let accountPageRoutes = [
  Route(.get, page: "/account", access: .signedInPage, cost: .worker(.reading), AccountPages.account),
  Route(.get, page: "/account/profile", access: .signedInPage, cost: .worker(.reading), ProfilePages.form),
  Route(
    .post, page: "/account/profile", access: .signedInPage, cost: .worker(.storage), limit: .writes, ProfilePages.save),
  Route(.get, page: "/account/picture", access: .signedInPage, cost: .worker(.reading), PicturePages.form),
  Route(
    .post, page: "/account/picture", access: .signedInPage, cost: .worker(.pictures), limit: .writes, takesFile: true,
    PicturePages.change),
  Route(
    .post, page: "/account/picture/remove", access: .signedInPage, cost: .worker(.storage), limit: .writes,
    PicturePages.remove),
  Route(.get, page: "/account/password", access: .signedInPage, cost: .worker(.reading), PasswordPages.form),
  Route(
    .post, page: "/account/password", access: .signedInPage, cost: .worker(.hashing), limit: .writes,
    PasswordPages.change),
  Route(.get, page: "/account/email", access: .signedInPage, cost: .worker(.reading), AddressPages.form),
  Route(
    .post, page: "/account/email", access: .signedInPage, cost: .worker(.hashing), limit: .mail, AddressPages.ask),
  Route(
    .post, page: "/account/email/resend", access: .signedInPage, cost: .worker(.storage), limit: .mail,
    MailPages.resendOwn),
  Route(.get, page: "/account/sessions", access: .signedInPage, cost: .worker(.reading), AccountPages.sessions),
  Route(
    .post, page: "/account/sessions/end", access: .signedInPage, cost: .worker(.storage), limit: .writes,
    AccountPages.endSession),
  Route(
    .post, page: "/account/sessions/end-others", access: .signedInPage, cost: .worker(.storage), limit: .writes,
    AccountPages.endOtherSessions),
  Route(.get, page: "/account/tokens", access: .signedInPage, cost: .worker(.reading), APITokenPages.list),
  Route(
    .post, page: "/account/tokens", access: .signedInPage, cost: .worker(.storage), limit: .writes, APITokenPages.make),
  Route(
    .post, page: "/account/tokens/end", access: .signedInPage, cost: .worker(.storage), limit: .writes,
    APITokenPages.end),
  Route(.get, page: "/account/activity", access: .signedInPage, cost: .worker(.reading), DataPages.activity),
  Route(
    .get, page: "/account/export", access: .signedInPage, cost: .worker(.reading), limit: .writes,
    OwnDataHandlers.export),
  Route(.get, page: "/account/delete", access: .signedInPage, cost: .worker(.reading), DataPages.form),
  Route(
    .post, page: "/account/delete", access: .signedInPage, cost: .worker(.hashing), limit: .login, DataPages.delete),
]

/// The pages of what one's account is guarded by.
private let securityPageRoutes = [
  Route(.get, page: "/account/security", access: .signedInPage, cost: .worker(.reading), SecurityPages.overview),
  Route(.get, page: "/account/security/totp", access: .signedInPage, cost: .worker(.storage), TOTPPages.form),
  Route(
    .post, page: "/account/security/totp", access: .signedInPage, cost: .worker(.storage), limit: .codes,
    TOTPPages.confirm),
  Route(
    .post, page: "/account/security/totp/remove", access: .signedInPage, cost: .worker(.storage), limit: .writes,
    TOTPPages.remove),
  Route(.get, page: "/account/security/email", access: .signedInPage, cost: .worker(.reading), SecurityPages.email),
  Route(
    .post, page: "/account/security/email", access: .signedInPage, cost: .worker(.storage), limit: .writes,
    SecurityPages.addEmail),
  Route(
    .post, page: "/account/security/email/remove", access: .signedInPage, cost: .worker(.storage), limit: .writes,
    SecurityPages.removeEmail),
  Route(.get, page: "/account/security/passkeys", access: .signedInPage, cost: .worker(.reading), PasskeyPages.list),
  Route(
    .post, page: "/account/security/passkeys", access: .signedInPage, cost: .worker(.storage), limit: .writes,
    PasskeyPages.add),
  Route(
    .get, page: "/account/security/passkeys/*", access: .signedInPage, cost: .worker(.reading), PasskeyPages.form),
  Route(
    .post, page: "/account/security/passkeys/*", access: .signedInPage, cost: .worker(.storage), limit: .writes,
    PasskeyPages.rename),
  Route(
    .post, page: "/account/security/passkeys/remove/*", access: .signedInPage, cost: .worker(.storage), limit: .writes,
    PasskeyPages.remove),
  Route(
    .get, page: "/account/security/recovery-codes", access: .signedInPage, cost: .worker(.reading),
    SecurityPages.recoveryCodes),
  Route(
    .post, page: "/account/security/recovery-codes", access: .signedInPage, cost: .worker(.storage), limit: .writes,
    SecurityPages.replaceRecoveryCodes),
  Route(
    .get, page: "/account/security/browsers", access: .signedInPage, cost: .worker(.reading), SecurityPages.browsers),
  Route(
    .post, page: "/account/security/browsers/end", access: .signedInPage, cost: .worker(.storage), limit: .writes,
    SecurityPages.endBrowsers),
]

/// Style sheets, script and icon of the pages.
private let assetRoutes = Asset.all.map { asset in
  Route(.get, page: "/\(asset.name)", access: .anyone, cost: .inline, limit: .none, AssetHandlers.asset)
}
