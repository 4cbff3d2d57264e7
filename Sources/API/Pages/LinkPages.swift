import HTTP
import Pages
import Postern

/// The pages behind mailed links. To look at one changes nothing: programs that look through mail open links, too.
enum LinkPages {
  // MARK: Confirming an address

  static func confirmForm(_ context: Context) throws -> Response {
    if context.isWithoutCookiesFromElsewhere, let address = ReturnAddress(context.request.path, origins: []) {
      return Pages.reload(Site(context.settings), address)
    }
    let (caller, renewed) = try context.onlooker()
    return try unlessGone(context, .confirmAddress) {
      let asked = try context.confirmation()
      let isOwn = caller.map { $0.claims.account == asked.account } ?? false
      var response: Response
      switch (asked.isDone, isOwn) {
      case (true, true): response = Pages.alreadyConfirmed(Site(context.settings))
      // Of an account that somebody else may have, a link that has done its work says nothing.
      case (true, false): throw AuthError.badLink(.confirmAddress)
      case (false, _):
        let asksPassword = !isOwn && context.settings.confirmation == .session
        let form = LinkForm(text: context.linkText, email: asked.email.text, asksPassword: asksPassword)
        response = Pages.confirm(Site(context.settings), form, isNew: asked.isNew)
      }
      if let renewed { response.fields.append(TokenCookies(context.settings).accessFields(for: renewed)) }
      return response
    }
  }

  /// By session or by password, which signs in.
  static func confirm(_ context: Context) throws -> Response {
    let password = try context.request.form()["password"] ?? ""
    let (caller, _) = try context.onlooker()
    var companion = AddressProofs.Companion.nothing
    if !password.isEmpty {
      companion = .password(password)
    } else if let caller {
      companion = .session(caller.claims.session, caller.claims.account)
    }
    do {
      let confirmed = try context.confirm(with: companion).confirmed
      if confirmed.wasDone { return Pages.alreadyConfirmed(Site(context.settings)) }
      if case .password = companion, let answer = confirmed.signIn { return context.goOn(answer) }
      guard let caller, caller.claims.account == confirmed.account.id else {
        return Pages.confirmed(Site(context.settings), signsIn: context.settings.delivery != .bodyOnly)
      }
      var response = context.onward(to: "account", done: .address)
      if case .signedIn(let outcome) = confirmed.signIn {
        response.fields.append(TokenCookies(context.settings).fields(for: outcome.tokens))
      }
      return response
    } catch {
      return try unlessGone(context, .confirmAddress) {
        let asked = try context.confirmation()
        if asked.isDone, error as? AuthError == .signInToConfirm { throw AuthError.badLink(.confirmAddress) }
        let form = LinkForm(text: context.linkText, email: asked.email.text, asksPassword: true)
        return try context.show(error, at: form) {
          Pages.confirm(Site(context.settings), $0, isNew: asked.isNew, status: $1)
        }
      }
    }
  }

  // MARK: Setting a password

  static func resetForm(_ context: Context) throws -> Response {
    try unlessGone(context, .resetPassword) {
      let account = try context.services.passwordResets.account(of: context.lastSegment)
      return Pages.reset(Site(context.settings), LinkForm(text: context.linkText, email: account.email.text))
    }
  }

  static func reset(_ context: Context) throws -> Response {
    let password = try context.request.form()["password"] ?? ""
    do {
      _ = try context.services.passwordResets.reset(
        context.lastSegment, to: password, field: "password", client: context.client)
    } catch {
      return try unlessGone(context, .resetPassword) {
        let account = try context.services.passwordResets.account(of: context.lastSegment)
        let form = LinkForm(text: context.linkText, email: account.email.text)
        return try context.show(error, at: form) { Pages.reset(Site(context.settings), $0, status: $1) }
      }
    }
    if context.settings.delivery == .bodyOnly { return Pages.resetDone(Site(context.settings)) }
    var response = context.onward(to: "login?reset=done")
    // What this browser had is worth nothing any more.
    response.fields.append(TokenCookies(context.settings).removal)
    return response
  }

  // MARK: Taking an address back

  static func undoForm(_ context: Context) throws -> Response {
    try unlessGone(context, .undoAddressChange) {
      let email = try context.services.addressChanges.restorable(by: context.lastSegment)
      return Pages.undo(Site(context.settings), LinkForm(text: context.linkText, email: email.text))
    }
  }

  /// Goes on to where a new password is set, since the one before ends.
  static func undo(_ context: Context) throws -> Response {
    try unlessGone(context, .undoAddressChange) {
      let text = try context.services.addressChanges.undo(context.lastSegment, client: context.client)
      return context.onward(to: "reset/\(text)")
    }
  }

  // MARK: What is common to them

  private static func unlessGone(
    _ context: Context, _ purpose: Link.Purpose, _ show: () throws -> Response
  ) throws -> Response {
    do { return try show() } catch AuthError.badLink {
      return Pages.linkGone(Site(context.settings), purpose)
    } catch AuthError.linkAccountGone {
      return Pages.linkGone(Site(context.settings), purpose)
    }
  }
}

extension Context {
  /// The text of the link whose page this is.
  fileprivate var linkText: String { String(decoding: lastSegment, as: UTF8.self) }

  /// Who looks at the page, and a fresh access token where they came with a refresh token only.
  fileprivate func onlooker() throws -> (Caller?, IssuedTokens?) {
    guard let (caller, renewed) = try pageCaller() else { return (nil, nil) }
    return (caller, renewed)
  }

  /// The form once more, with what was wrong. Throws what is no matter of a form.
  fileprivate func show(
    _ error: any Error, at form: LinkForm, _ page: (LinkForm, Int) -> Response
  ) throws -> Response {
    switch error as? AuthError {
    case .invalid, .signInToConfirm, .wrongLinkPassword, .tooManyAttempts, .addressInUse: break
    default: throw error
    }
    return answer(to: error) { answer in
      var form = form
      form.problems = answer.problems
      form.error = form.problems["password"] == nil ? answer.sentence : answer.formSentence
      return page(form, answer.status)
    }
  }

  /// Behind a confirmation whose password signs in.
  fileprivate func goOn(_ answer: SignIn.Answer) -> Response {
    guard settings.delivery != .bodyOnly else { return Pages.confirmed(Site(settings), signsIn: false) }
    let account = ReturnAddress(Site(settings).address(of: "account") + "?done=address", origins: [])
    return switch answer {
    case .signedIn(let outcome): goOn(to: account, outcome.tokens, afterwards: outcome.afterwards)
    case .secondStep(let pending): secondStep(pending, next: account)
    }
  }
}
