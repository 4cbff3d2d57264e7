import HTTP
import Pages
import Postern

/// Every page in every form it takes, with one text in each place where a person or a setting puts one.
func everyPage(_ text: String = "word", next: ReturnAddress? = ReturnAddress("/private/?a=1&b=2", origins: [])) -> [(
  name: String, response: Response
)] {
  let open = Site(name: text, pages: "/auth", home: "/", registrationIsOpen: true)
  let closed = Site(name: text, pages: "/auth", home: "/", registrationIsOpen: false)
  let problems = ["email": text, "password": text, "first_name": text, "last_name": text]
  let now = Instant(seconds: 1_795_000_000)
  return [
    ("login", Pages.login(open, LoginForm())),
    ("login, filled", Pages.login(open, LoginForm(email: text, next: next, error: text, current: text), status: 401)),
    ("login, closed", Pages.login(closed, LoginForm(email: text, next: next))),
    ("step-up", Pages.login(open, LoginForm(email: text, next: next, error: text, isStepUp: true))),
    ("register", Pages.register(open, RegisterForm())),
    (
      "register, filled",
      Pages.register(
        open,
        RegisterForm(firstName: text, lastName: text, email: text, next: next, error: text, problems: problems),
        status: 400)
    ),
    ("registration closed", Pages.registrationClosed(closed)),
    ("signed out", Pages.signedOut(open, next: next)),
    (
      "account",
      Pages.account(
        open,
        AccountView(
          email: text, name: text, role: text, isVerified: true, signedInSince: now, methods: ["pwd", "otp", text],
          sessions: [
            SessionView(id: text, device: text, address: text, lastActiveAt: now, isCurrent: true),
            SessionView(id: text, device: text, address: text, lastActiveAt: now, isCurrent: false),
          ], password: PasswordForm(isChanged: true)))
    ),
    (
      "account, wrong password",
      Pages.account(
        open,
        AccountView(
          email: text, name: text, role: text, isVerified: true, signedInSince: now, methods: ["pwd"],
          password: PasswordForm(error: text, problems: ["current_password": text, "new_password": text])),
        status: 400)
    ),
    (
      "account, bare",
      Pages.account(
        open,
        AccountView(email: text, name: "", role: nil, isVerified: false, signedInSince: now, methods: ["pwd"]))
    ),
    (
      "API tokens",
      Pages.apiTokens(
        open,
        [
          APITokenView(id: text, name: text, scopes: nil, lastUsedAt: nil, expiresAt: now, hasExpired: false),
          APITokenView(id: text, name: text, scopes: [text, text], lastUsedAt: now, expiresAt: now, hasExpired: true),
        ],
        APITokenForm(
          name: text, permissions: [text, "reports.*"], chosen: [text], error: text, nameProblem: text),
        status: 400)
    ),
    ("API tokens, none", Pages.apiTokens(open, [], APITokenForm())),
    ("API token made", Pages.apiTokenMade(open, name: text, text: text)),
    ("forbidden", Pages.forbidden(open, ForbiddenView(email: text, reason: text, next: next))),
    ("sign in beside", Pages.signInBeside(open, loginURL: text)),
    ("reload", Pages.reload(open, next ?? ReturnAddress("/", origins: [])!)),
    ("going on", Pages.goOn(open, to: next)),
    ("cookies needed", Pages.cookiesNeeded(open, next: next)),
    ("message", Pages.message(open, status: 500, title: text, sentence: text, requestID: text)),
    ("message, short", Pages.message(open, status: 404, title: text, sentence: text)),
  ]
}

extension Response {
  func markup() throws -> Markup { try Markup(String(decoding: bytes, as: UTF8.self)) }
}
