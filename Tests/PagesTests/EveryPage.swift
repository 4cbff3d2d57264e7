import HTTP
import Pages
import Postern

/// Every page in every form it takes, with one text in each place where a person or a setting puts one.
func everyPage(_ text: String = "word", next: ReturnAddress? = ReturnAddress("/private/?a=1&b=2", origins: [])) -> [(
  name: String, response: Response
)] {
  let open = Site(name: text, pages: "/auth", home: "/", registrationIsOpen: true)
  let closed = Site(name: text, pages: "/auth", home: "/", registrationIsOpen: false)
  let verified = Site(name: text, pages: "/auth", home: "/", registrationIsOpen: true, confirmsFirst: true)
  let problems = ["email": text, "password": text, "first_name": text, "last_name": text]
  let now = Instant(seconds: 1_795_000_000)
  return [
    ("login", Pages.login(open, LoginForm())),
    ("login, filled", Pages.login(open, LoginForm(email: text, next: next, error: text, current: text), status: 401)),
    ("login, closed", Pages.login(closed, LoginForm(email: text, next: next))),
    ("login, passkeys", Pages.login(open, LoginForm(next: next, offersPasskeys: true, notice: text))),
    ("step-up, passkeys", Pages.login(open, LoginForm(email: text, isStepUp: true, offersPasskeys: true))),
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
    ("login, verified", Pages.login(verified, LoginForm())),
    ("register, verified", Pages.register(verified, RegisterForm())),
    ("step-up, verified", Pages.login(verified, LoginForm(email: text, isStepUp: true))),
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
    ("form from elsewhere", Pages.formFromElsewhere(open, loginURL: text)),
    ("reload", Pages.reload(open, next ?? ReturnAddress("/", origins: [])!)),
    ("going on", Pages.goOn(open, to: next)),
    ("cookies needed", Pages.cookiesNeeded(open, next: next)),
    ("message", Pages.message(open, status: 500, title: text, sentence: text, requestID: text)),
    ("message, short", Pages.message(open, status: 404, title: text, sentence: text)),
  ] + everyAccountPage(open, text) + everyMailedPage(open, verified, text)
    + everyPageOfFactors(open, text, next)
}

/// The pages of somebody's account.
private func everyAccountPage(_ site: Site, _ text: String) -> [(name: String, response: Response)] {
  let now = Instant(seconds: 1_795_000_000)
  let bare = AccountView(email: text, name: "", role: nil, isVerified: false, signedInSince: now, methods: ["pwd"])
  let full = AccountView(
    email: text, name: text, role: text, isVerified: true, signedInSince: now, methods: ["pwd", "otp", text],
    sessions: 3, apiTokens: 2, hasFactor: true, picture: "/api/auth/pictures/a.png", notice: .password)
  var again = bare
  again.notice = .mail
  var profile = Profile()
  // A text that is too long for a field is left out.
  for field in ProfileField.all where (field.longest ?? 0) >= 100 { profile[keyPath: field.path] = text }
  let problems = Dictionary(uniqueKeysWithValues: ProfileField.all.map { ($0.name, text) })
  let wrong = ["current_password": text, "new_password": text, "new_email": text, "password": text]
  let here = SessionView(id: text, device: text, address: text, lastActiveAt: now, isCurrent: true)
  let there = SessionView(id: text, device: text, address: text, lastActiveAt: now, isCurrent: false)
  let refused = ActivityView(sentence: text, at: now, address: text, device: text, hasFailed: true)
  let unseen = ActivityView(sentence: text, at: now, address: nil, device: nil)
  return [
    ("account", Pages.account(site, full)),
    ("account, bare", Pages.account(site, bare)),
    ("account, mail sent again", Pages.account(site, again)),
    ("profile", Pages.profile(site, ProfileForm(Profile()))),
    ("profile, filled", Pages.profile(site, ProfileForm(profile, error: text, problems: problems), status: 400)),
    ("password", Pages.password(site, PasswordForm(email: text))),
    ("password, wrong", Pages.password(site, PasswordForm(email: text, error: text, problems: wrong), status: 400)),
    ("password, none", Pages.password(site, PasswordForm(email: text, hasPassword: false))),
    ("address", Pages.address(site, AddressForm(email: text, isVerified: true))),
    ("address, unproven", Pages.address(site, AddressForm(email: text, isVerified: false))),
    ("address, mail sent again", Pages.address(site, AddressForm(email: text, isVerified: false, notice: .mail))),
    ("address, pending", Pages.address(site, AddressForm(email: text, isVerified: true, pending: text))),
    (
      "address, asked for",
      Pages.address(site, AddressForm(email: text, isVerified: false, pending: text, hasAsked: true))
    ),
    (
      "address, wrong",
      Pages.address(
        site, AddressForm(email: text, isVerified: true, newEmail: text, error: text, problems: wrong), status: 400)
    ),
    ("address, no password", Pages.address(site, AddressForm(email: text, isVerified: true, hasPassword: false))),
    ("sessions", Pages.sessions(site, [here, there])),
    ("sessions, one", Pages.sessions(site, [here])),
    ("activity", Pages.activity(site, [refused, unseen], most: 50)),
    ("activity, full", Pages.activity(site, [unseen, refused], most: 2)),
    ("activity, none", Pages.activity(site, [], most: 50)),
    ("deletion", Pages.deletion(site, DeletionForm(email: text))),
    ("deletion, wrong", Pages.deletion(site, DeletionForm(email: text, error: text, problems: wrong), status: 400)),
    ("deletion, no password", Pages.deletion(site, DeletionForm(email: text, hasPassword: false))),
    ("deleted", Pages.deleted(site)),
    ("picture", Pages.picture(site, PictureForm())),
    ("picture, there", Pages.picture(site, PictureForm(address: "/api/auth/pictures/a.png", notice: .picture))),
    ("picture, wrong", Pages.picture(site, PictureForm(error: text), status: 400)),
  ]
}

/// The pages that lead to a mail, and those behind its link.
private func everyMailedPage(
  _ site: Site, _ verified: Site, _ text: String
) -> [(name: String, response: Response)] {
  let form = LinkForm(text: text, email: text)
  let asking = LinkForm(text: text, email: text, asksPassword: true)
  let wrong = LinkForm(text: text, email: text, asksPassword: true, error: text, problems: ["password": text])
  // A code is typed in: no link leads to a page of its own.
  let gone = Link.Purpose.allCases.filter { $0 != .signInCode }.flatMap { purpose in
    [
      ("\(purpose) gone", Pages.linkGone(site, purpose)),
      ("\(purpose) gone, verified", Pages.linkGone(verified, purpose)),
    ]
  }
  return [
    ("forgot", Pages.forgot(site)),
    ("forgot, wrong", Pages.forgot(site, MailForm(email: text, problem: text), status: 400)),
    ("forgot, sent", Pages.forgotSent(site, email: text)),
    ("resend", Pages.resend(site)),
    ("resend, wrong", Pages.resend(site, MailForm(email: text, problem: text), status: 400)),
    ("check mail", Pages.checkMail(site, email: text)),
    ("confirm", Pages.confirm(site, form, isNew: false)),
    ("confirm, asks", Pages.confirm(site, asking, isNew: false)),
    ("confirm, wrong", Pages.confirm(site, wrong, isNew: false, status: 401)),
    ("confirm new", Pages.confirm(site, form, isNew: true)),
    ("confirm new, asks", Pages.confirm(site, asking, isNew: true)),
    ("confirmed", Pages.confirmed(site, signsIn: true)),
    ("confirmed before", Pages.alreadyConfirmed(site)),
    ("reset", Pages.reset(site, form)),
    ("reset, wrong", Pages.reset(site, wrong, status: 400)),
    ("reset done", Pages.resetDone(site)),
    ("undo", Pages.undo(site, form)),
    ("undo, wrong", Pages.undo(site, wrong, status: 400)),
    ("login after a reset", Pages.login(site, LoginForm(hasReset: true))),
  ] + gone
}

extension Response {
  func markup() throws -> Markup { try Markup(String(decoding: bytes, as: UTF8.self)) }
}
