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
      let account = try context.services.addressProofs.account(of: context.lastSegment)
      let isOwn = caller.map { $0.claims.account == account.id } ?? false
      var response: Response
      switch (account.isVerified, isOwn) {
      case (true, true): response = Pages.alreadyConfirmed(Site(context.settings))
      // Of an account that somebody else may have, a link that has done its work says nothing.
      case (true, false): throw AuthError.badLink(.confirmAddress)
      case (false, _):
        let form = LinkForm(
          text: context.linkText, email: account.email.text,
          asksPassword: !isOwn && context.settings.confirmation == .session)
        response = Pages.confirm(Site(context.settings), form, isNew: false)
      }
      if let renewed { response.fields.append(TokenCookies(context.settings).accessFields(for: renewed)) }
      return response
    }
  }

  /// By session or by password, which signs in.
  static func confirm(_ context: Context) throws -> Response {
    let password = try context.request.form()["password"] ?? ""
    let (caller, _) = try context.onlooker()
    let previous = context.tokens.sessions(in: context.request)
    var companion = AddressProofs.Companion.nothing
    if !password.isEmpty {
      companion = .password(password)
    } else if let caller {
      companion = .session(caller.claims.session, caller.claims.account)
    }
    do {
      let outcome = try context.services.addressProofs.confirm(
        context.lastSegment, with: companion, client: context.client, replacing: previous.first)
      switch outcome {
      case .alreadyProven: return Pages.alreadyConfirmed(Site(context.settings))
      case .proven(_, let signIn?):
        try? context.end(Array(previous.dropFirst()))
        return context.confirmed(signIn)
      case .proven(let account, nil):
        if let caller, caller.claims.account == account.id { return context.onward(to: "account", done: .address) }
        return Pages.confirmed(Site(context.settings), signsIn: context.settings.delivery != .bodyOnly)
      }
    } catch {
      return try unlessGone(context, .confirmAddress) {
        let account = try context.services.addressProofs.account(of: context.lastSegment)
        var form = LinkForm(text: context.linkText, email: account.email.text, asksPassword: true)
        return try context.form(again: error, &form) {
          Pages.confirm(Site(context.settings), $0, isNew: false, status: $1)
        }
      }
    }
  }

  // MARK: Setting a password

  static func resetForm(_ context: Context) throws -> Response {
    guard let account = try context.services.passwordResets.account(of: context.lastSegment) else {
      return Pages.linkGone(Site(context.settings), .resetPassword)
    }
    return Pages.reset(Site(context.settings), LinkForm(text: context.linkText, email: account.email.text))
  }

  static func reset(_ context: Context) throws -> Response {
    let password = try context.request.form()["password"] ?? ""
    do {
      _ = try context.services.passwordResets.reset(
        context.lastSegment, to: password, field: "password", client: context.client)
    } catch {
      guard let account = try context.services.passwordResets.account(of: context.lastSegment) else {
        return Pages.linkGone(Site(context.settings), .resetPassword)
      }
      var form = LinkForm(text: context.linkText, email: account.email.text)
      return try context.form(again: error, &form) { Pages.reset(Site(context.settings), $0, status: $1) }
    }
    if context.settings.delivery == .bodyOnly { return Pages.resetDone(Site(context.settings)) }
    var response = context.onward(to: "login?reset=done")
    // What this browser had is worth nothing any more.
    response.fields.append(TokenCookies(context.settings).removal)
    return response
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
  fileprivate func form(
    again error: AuthError, _ form: inout LinkForm, _ page: (LinkForm, Int) -> Response
  ) throws -> Response {
    switch error {
    case .invalid, .signInToConfirm, .wrongLinkPassword, .tooManyAttempts: break
    default: throw error
    }
    return answer(to: error) { answer in
      form.error = answer.formSentence
      form.problems = answer.problems
      return page(form, answer.status)
    }
  }

  /// Behind a confirmation that has signed in.
  fileprivate func confirmed(_ outcome: SignIn.Outcome) -> Response {
    guard settings.delivery != .bodyOnly else { return Pages.confirmed(Site(settings), signsIn: false) }
    let account = Site(settings).address(of: "account") + "?done=address"
    return goOn(to: ReturnAddress(account, origins: []), outcome)
  }
}
