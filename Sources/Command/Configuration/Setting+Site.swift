import Postern

extension Setting {
  static let site: [Setting] = [
    Setting(
      "POSTERN_PUBLIC_URL", .site, \.publicURL, .origin, standard: "required",
      "Origin of the site as people type it. Links, redirects and the rule against forged requests are made from it."),
    Setting(
      "POSTERN_SITE_NAME", .site, \.siteName, .line, standard: "the host of POSTERN_PUBLIC_URL",
      "The name that the pages show."),
    Setting("AUTHSVC_URL_PREFIX", .site, \.apiPrefix, .prefix, "Where the JSON API is."),
    Setting(
      "AUTHSVC_AUDIT_URL_PREFIX", .site, \.auditPrefix, .prefix,
      "Where the API for one's own sessions and audit log is."),
    Setting("POSTERN_PAGES_PREFIX", .site, \.pagesPrefix, .prefix, "Where the pages are: login, register, account."),
    Setting(
      "POST_LOGIN_REDIRECT_URL", .site, \.postLoginRedirect, .destination,
      "Where a person goes after a login that named no place to come back to."),
    Setting(
      "AUTHSVC_ALLOWED_REDIRECT_ORIGINS", .site, \.allowedRedirectOrigins, Form.origin.list(),
      "Other origins to which a login may lead back, besides the site itself."),
    Setting(
      "AUTHSVC_CORS_ORIGINS", .site, \.corsOrigins, Form.origin.list(),
      "Other origins whose scripts may call the API as the person who is signed in."),
    Setting(
      pending: "redirects are allowed by origin: AUTHSVC_ALLOWED_REDIRECT_ORIGINS", "AUTHSVC_ALLOWED_REDIRECT_URLS",
      .site, Form.destination.list(), standard: [], "Single addresses to which a login may lead back."),
    Setting(
      pending: "sending people to https is the web server's work, which sees the plain request",
      "AUTHSVC_FORCE_HTTPS", .site, .truth, standard: false, "Answers plain http with a redirect to https."),
  ]

  static let signIn: [Setting] = [
    Setting(
      "POSTERN_REGISTRATION", .signIn, \.registration, .choice,
      "Who may make an account: anybody, anybody who proves an address, or nobody but `postern user add`."),
    Setting(
      "AUTHSVC_MAX_LOGIN_ATTEMPTS", .signIn, \.maxLoginAttempts, .number(1...1_000),
      "Wrong passwords per account and network before it has to wait: a minute, then twice as long each time. Ten times "
        + "as many of one network, and for one account from everywhere. As many wrong codes of a second factor per account."
    ),
    Setting(
      "AUTHSVC_LOGIN_ATTEMPT_WINDOW", .signIn, \.loginAttemptWindow, .duration(.minutes),
      "The longest such wait, and for how long nothing must fail until all is forgotten. A plain number is minutes."),
    Setting(
      "POSTERN_ARGON2_MEMORY", .signIn, \.argon2.memory, .number(8...4_194_304, "KiB"),
      "Memory of one password hash (Argon2id). Passwords are hashed anew at the next login when it changes."),
    Setting(
      "POSTERN_ARGON2_PASSES", .signIn, \.argon2.passes, .number(1...100), "Passes over that memory."),
    Setting(
      "POSTERN_ARGON2_LANES", .signIn, \.argon2.lanes, .number(1...64), "Lanes that the memory is divided into."),
    Setting(
      "REQUIRE_EMAIL_VERIFICATION", .signIn, \.requiresProvenAddress, .truth,
      "Nobody is signed in before their address is proven. Where POSTERN_REGISTRATION is not set, it is verified then."),
    Setting(
      "AUTHSVC_REQUIRE_VERIFIED", .signIn, \.requiresProvenAddress, .truth, isSecondName: true,
      "The same, under another name."),
    Setting(
      "POSTERN_CONFIRM", .signIn, \.confirmation, .choice,
      "What proves an address: the mailed link together with the account's session or password, or the link alone."),
  ]
}
