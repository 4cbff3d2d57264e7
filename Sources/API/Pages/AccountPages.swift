import HTTP
import Pages
import Postern

/// The page on which a person sees who they are and where they are signed in, and what its buttons do.
enum AccountPages {
  static func account(_ context: Context) throws -> Response {
    let isChanged = context.request.query.isEqual("changed", "password")
    return Pages.account(Site(context.settings), try context.accountView(PasswordForm(isChanged: isChanged)))
  }

  /// Goes on to the account with new tokens, or shows it with what was wrong at the form.
  static func changePassword(_ context: Context) throws -> Response {
    let claims = try context.signedIn().claims
    let fields = try context.request.form()
    do {
      let change = try context.services.passwords.prepare(
        try context.ownAccount(), current: fields["current_password"] ?? "", new: fields["new_password"] ?? "",
        field: "new_password",
        client: context.client)
      let outcome = try context.services.passwords.commit(change, keeping: claims.session, client: context.client)
      var response = context.toTheAccount(saying: "?changed=password")
      response.fields.append(TokenCookies(context.settings).fields(for: outcome.tokens))
      return response
    } catch {
      var view = try context.accountView(PasswordForm())
      return context.answer(to: error) { answer in
        view.password.error = answer.fields.isEmpty ? answer.sentence : "Please look at the marked field."
        view.password.problems = Dictionary(answer.fields.map { ($0.field, $0.sentence) }) { first, _ in first }
        return Pages.account(Site(context.settings), view, status: answer.status)
      }
    }
  }

  static func endSession(_ context: Context) throws -> Response {
    let account = try context.signedIn().claims.account
    let fields = try context.request.form()
    if let text = fields["session"], let id = SessionID(text.utf8) {
      do {
        try context.services.sessions.end(id, of: account, client: context.client)
      } catch .sessionNotFound {
        // It has ended meanwhile, which is what was asked for.
      }
    }
    return context.toTheAccount()
  }

  static func endOtherSessions(_ context: Context) throws -> Response {
    let claims = try context.signedIn().claims
    _ = try context.services.sessions.endOthers(
      of: claims.account, except: claims.session, client: context.client)
    return context.toTheAccount()
  }
}

extension Context {
  /// The account of whoever is signed in, as the page shows it.
  fileprivate func accountView(_ password: PasswordForm) throws -> AccountView {
    let claims = try signedIn().claims
    let account = try ownAccount()
    let sessions = try services.sessions.list(of: claims.account).map { session in
      SessionView(
        id: session.id.description, device: deviceName(ofUserAgent: session.userAgent), address: session.address,
        lastActiveAt: session.lastActiveAt, isCurrent: session.id == claims.session)
    }
    return AccountView(
      email: account.email.text, name: account.profile.fullName, role: account.role?.name,
      isVerified: account.isVerified, signedInSince: Instant(seconds: claims.provenAt), methods: claims.methods,
      sessions: sessions, password: password)
  }

  fileprivate func toTheAccount(saying query: String = "") -> Response {
    var response = Response(status: 303)
    response.fields.append("Location", Site(settings).address(of: "account") + query)
    return response
  }
}
