import Postern

extension Setting {
  static let tokens: [Setting] = [
    Setting(
      "AUTHSVC_TOKEN_DELIVERY", .tokens, \.delivery, .choice,
      "How tokens are handed out: as cookies, in the body of the answer, or both."),
    Setting(
      "JWT_TOKEN_LOCATION", .tokens, \.tokenLocations, Form<Settings.TokenLocation>.choice.list(),
      "Where tokens are looked for. Cookies go before headers, whatever the order."),
    Setting("JWT_HEADER_NAME", .tokens, \.headerName, .token, "The header field that carries a token."),
    Setting("JWT_HEADER_TYPE", .tokens, \.headerType, .token, "The word before the token in that field."),
    Setting(
      "JWT_ACCESS_TOKEN_EXPIRES", .tokens, \.accessLifetime, .duration(), "Life of an access token."),
    Setting(
      "JWT_REFRESH_TOKEN_EXPIRES", .tokens, \.refreshLifetime, .duration(), "Life of a refresh token."),
    Setting(
      "JWT_ENCODE_ISSUER", .tokens, \.issuer, Form.text.orNone(), "The `iss` claim that tokens carry and must carry."),
    Setting(
      "JWT_DECODE_ISSUER", .tokens, \.issuer, Form.text.orNone(), isSecondName: true,
      "The same; where both are set they must agree, since Postern reads what it has written."),
    Setting(
      "JWT_ENCODE_AUDIENCE", .tokens, \.audience, Form.text.orNone(),
      "The `aud` claim that tokens carry and must carry."),
    Setting(
      "JWT_DECODE_AUDIENCE", .tokens, \.audience, Form.text.orNone(), isSecondName: true,
      "The same; both must agree."),
    Setting(
      "JWT_DECODE_LEEWAY", .tokens, \.leeway, .duration(atLeast: .zero),
      "How far the clock of another host may be off when times are judged."),
    Setting(
      "JWT_ALGORITHM", .tokens, \.algorithm, .choice,
      "What tokens are signed with. A key is made when there is none; with HS256 it is JWT_SECRET_KEY."),
    Setting(
      "JWT_PRIVATE_KEY", .tokens, \.privateKey, Form.anything.orNone(), isSecret: true,
      "The private key for RS256, ES256 or EdDSA, in PEM or as the path of a file. Without it, one is made and kept."),
    Setting(
      "JWT_PUBLIC_KEY", .tokens, \.publicKeys, Form.anything.orNone(),
      "Public keys whose tokens are taken besides, one PEM after the other or the path of a file with them."),
    Setting(
      pending: "revocation always works and is not to be switched off", "JWT_BLACKLIST_ENABLED", .tokens, .truth,
      standard: true, "Whether tokens can be revoked."),
  ]

  static let cookies: [Setting] = [
    Setting(
      "JWT_COOKIE_SECURE", .cookies, \.cookies.isSecure, .truth, "Cookies are sent over https only."),
    Setting("JWT_COOKIE_HTTPONLY", .cookies, \.cookies.isHTTPOnly, .truth, "Scripts cannot read the cookies."),
    Setting(
      "JWT_COOKIE_SAMESITE", .cookies, \.cookies.sameSite, .sameSite,
      "Which requests from other sites carry the cookies. None needs JWT_COOKIE_CSRF_PROTECT."),
    Setting(
      "JWT_COOKIE_DOMAIN", .cookies, \.cookies.domain, Form.domain.orNone(),
      "The domain whose hosts all get the cookies; without it, only the host that set them."),
    Setting(
      "POSTERN_COOKIE_HOST_PREFIX", .cookies, \.cookies.hostPrefix, .truth,
      "Puts `__Host-` before the names, so that no sibling host can set such a cookie."),
    Setting(
      "JWT_SESSION_COOKIE", .cookies, \.cookies.endWithBrowser, .truth,
      "What holds where a person does not choose: cookies end with the browser's session; otherwise with the token."),
    Setting(
      "JWT_ACCESS_COOKIE_NAME", .cookies, \.cookies.accessName, .token, "Name of the cookie with the access token."),
    Setting(
      "JWT_REFRESH_COOKIE_NAME", .cookies, \.cookies.refreshName, .token, "Name of the cookie with the refresh token."),
    Setting(
      "JWT_ACCESS_COOKIE_PATH", .cookies, \.cookies.accessPath, .cookiePath, "Path that the access cookie is for."),
    Setting(
      "JWT_REFRESH_COOKIE_PATH", .cookies, \.cookies.refreshPath, .cookiePath,
      "Path that the refresh cookie is for. Anything but / keeps it from the pages that it could keep signed in."),
    Setting(
      "JWT_COOKIE_CSRF_PROTECT", .cookies, \.doubleSubmit, .truth,
      "Demands the double submit of flask-jwt-extended, on top of the rule about origins."),
    Setting(
      pending: "a script gets the value from the cookie", "JWT_CSRF_IN_COOKIES", .cookies, .truth, standard: true,
      "Double submit: hands the value out in a cookie that scripts can read."),
    Setting(
      "JWT_ACCESS_CSRF_COOKIE_NAME", .cookies, \.cookies.accessCSRFName, .token,
      "Double submit: the cookie for the access token's value."),
    Setting(
      "JWT_REFRESH_CSRF_COOKIE_NAME", .cookies, \.cookies.refreshCSRFName, .token,
      "Double submit: the cookie for the refresh token's value."),
    Setting(
      "JWT_ACCESS_CSRF_HEADER_NAME", .cookies, \.cookies.accessCSRFHeader, .token,
      "Double submit: the header field for the access token's value."),
    Setting(
      "JWT_REFRESH_CSRF_HEADER_NAME", .cookies, \.cookies.refreshCSRFHeader, .token,
      "Double submit: the header field for the refresh token's value."),
    Setting(
      pending: "every method but GET, HEAD and OPTIONS needs it", "JWT_CSRF_METHODS", .cookies, Form.token.list(),
      standard: ["POST", "PUT", "PATCH", "DELETE"], "Double submit: the methods that need it."),
  ]

  static let sessions: [Setting] = [
    Setting(
      "AUTHSVC_SESSION_TIMEOUT_MINUTES", .sessions, \.sessionTimeout, Form.duration(.minutes).orNone(),
      "Longest life of a session. A plain number is minutes."),
    Setting(
      "AUTHSVC_SESSION_INACTIVITY_TIMEOUT", .sessions, \.sessionInactivity, Form.duration(.minutes).orNone(),
      "Longest time without a request; without it, the life of a refresh token. A plain number is minutes."),
    Setting(
      "AUTHSVC_SINGLE_SESSION_PER_USER", .sessions, \.singleSessionPerUser, .truth,
      "A login ends the account's other sessions, on all devices."),
    Setting(
      "AUTHSVC_REFRESH_REUSE_GRACE_SECONDS", .sessions, \.refreshGrace, .duration(atLeast: .zero),
      "For how long the refresh token before a rotation still yields the new one, so that two tabs cannot race."),
    Setting(
      pending: "what has ended is kept for as long as it matters, and then removed", "AUTHSVC_PURGE_REVOKED_AFTER_DAYS",
      .sessions, .duration(.days), standard: .seconds(30 * 86_400),
      "How long ended sessions are kept. A plain number is days."),
  ]
}
