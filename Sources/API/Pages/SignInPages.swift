import HTTP
import Pages
import Postern

/// The pages for signing in and out and for a new account.
enum SignInPages {
  static func loginForm(_ context: Context) throws -> Response {
    let query = context.request.query
    let current = try context.currentEmail
    let isStepUp = query.isEqual("step_up", "1") && current != nil
    var form = LoginForm(
      email: isStepUp ? current ?? "" : "", next: context.returnAddress(query["next"]), isStepUp: isStepUp,
      hasReset: query.isEqual("reset", "done"), isPersistent: !context.settings.cookies.endWithBrowser,
      offersPasskeys: context.settings.offersPasskeys)
    if query.isEqual("late", "1") { form.notice = "That took too long, or has been overtaken. Sign in once more." }
    if !isStepUp { form.current = current }
    return Pages.login(Site(context.settings), form)
  }

  static func login(_ context: Context) throws -> Response {
    let fields = try context.request.form()
    let form = LoginForm(
      email: fields["email"] ?? "", next: context.returnAddress(fields["next"]),
      isStepUp: fields.isEqual("step_up", "1"), isPersistent: fields.isEqual("remember", "1"),
      offersPasskeys: context.settings.offersPasskeys)
    return context.signIn(next: form.next) { previous in
      try context.services.signIn.login(
        email: form.email, password: fields["password"] ?? "", client: context.client, replacing: previous,
        isPersistent: form.isStepUp ? nil : form.isPersistent)
    } otherwise: { answer in
      var again = form
      again.error = answer.sentence
      return Pages.login(Site(context.settings), again, status: answer.status)
    }
  }

  /// Behind a sign-in: to where the person was going, if the browser brings the cookies that it was given.
  static func goOn(_ context: Context) -> Response {
    let next = context.returnAddress(context.request.query["next"])
    guard context.tokens.hasCookie(in: context.request) else {
      return Pages.cookiesNeeded(Site(context.settings), next: next)
    }
    var response = Response(status: 302)
    response.fields.append("Location", next?.text ?? context.settings.postLoginRedirect)
    return response
  }

  static func registerForm(_ context: Context) -> Response {
    guard context.settings.registration.isForAnybody else { return Pages.registrationClosed(Site(context.settings)) }
    let next = context.returnAddress(context.request.query["next"])
    return Pages.register(Site(context.settings), RegisterForm(next: next))
  }

  static func register(_ context: Context) throws -> Response {
    guard context.settings.registration.isForAnybody else { return Pages.registrationClosed(Site(context.settings)) }
    let fields = try context.request.form()
    let form = RegisterForm(
      firstName: fields["first_name"] ?? "", lastName: fields["last_name"] ?? "", email: fields["email"] ?? "",
      next: context.returnAddress(fields["next"]))
    var profile = Profile()
    profile.firstName = form.firstName.isEmpty ? nil : form.firstName
    profile.lastName = form.lastName.isEmpty ? nil : form.lastName
    do {
      return try context.registering { previous in
        try context.services.registration.register(
          email: form.email, password: fields["password"] ?? "", profile: profile, client: context.client,
          replacing: previous)
      } signedIn: { outcome in
        context.goOn(to: form.next, outcome.tokens, afterwards: outcome.afterwards)
      } mailed: {
        context.onSchedule(
          Pages.checkMail(Site(context.settings), email: EmailAddress(form.email)?.text ?? form.email))
      }
    } catch {
      return context.answer(to: error) { answer in
        var again = form
        again.error = answer.formSentence
        again.problems = answer.problems
        return Pages.register(Site(context.settings), again, status: answer.status)
      }
    }
  }

  static func logout(_ context: Context) -> Response {
    var response: Response
    do {
      try context.end(context.tokens.sessions(in: context.request))
      response = Response(status: 303)
      response.fields.append("Location", "\(context.settings.pagesPrefix)/signed-out")
    } catch {
      response = context.response(to: error, in: .pages)
    }
    response.fields.append(TokenCookies(context.settings).removal)
    return response
  }

  static func signedOut(_ context: Context) -> Response {
    Pages.signedOut(Site(context.settings), next: context.returnAddress(context.request.query["next"]))
  }
}

extension Context {
  /// As whom this browser is signed in, as far as memory can tell.
  fileprivate var currentEmail: String? {
    get throws {
      do {
        let token = try tokens.token(.access, in: request, at: services.clock.now(), mayBlock: mayBlock)
        guard case .alive = tokens.liveness(of: token, arrival: request.arrival) else { return nil }
        return token.claims.subject
      } catch is TokenFailure {
        return nil
      }
    }
  }

  /// Goes on to `next` with the tokens of a sign-in, or shows the form again with what was wrong.
  fileprivate func signIn(
    next: ReturnAddress?, _ attempt: (SessionID?) throws -> SignIn.Answer,
    otherwise form: (FailureAnswer) -> Response
  ) -> Response {
    do {
      return try signingIn(attempt) { outcome in
        goOn(to: next, outcome.tokens, afterwards: outcome.afterwards)
      } secondStep: { pending in
        secondStep(pending, next: next)
      }
    } catch {
      return answer(to: error, form)
    }
  }

  /// Goes on to `next` with the tokens of a sign-in.
  func goOn(
    to next: ReturnAddress?, _ tokens: IssuedTokens, afterwards: (@Sendable () -> Void)? = nil
  ) -> Response {
    var response: Response
    if request.parameters.isEqual("HTTP_SEC_FETCH_MODE", "navigate") {
      // A page of ours in between: Chromium holds the form's `form-action` against every redirect after it, also
      // those of the page that the person comes back to.
      response = Pages.goOn(Site(settings), to: next)
    } else {
      response = Response(status: 303)
      response.fields.append("Location", next?.text ?? settings.postLoginRedirect)
    }
    response.fields.append(TokenCookies(settings).fields(for: tokens))
    response.afterwards = afterwards
    return response
  }
}
