import HTTP
import Pages
import Postern

/// The page on which a person sees who they are and where they are signed in, and what its buttons do.
enum AccountPages {
  static func account(_ context: Context) throws -> Response {
    let person = try context.signedIn().identity
    guard let account = try context.services.accounts.find(person.account) else { throw AuthError.accountNotFound }
    let sessions = try context.services.sessions.list(of: person.account).map { session in
      SessionView(
        id: session.id.description, device: deviceName(ofUserAgent: session.userAgent), address: session.address,
        lastActiveAt: session.lastActiveAt, isCurrent: session.id == person.session)
    }
    let view = AccountView(
      email: account.email.text, name: account.profile.fullName, role: account.role?.name,
      isVerified: account.isVerified,
      signedInSince: Instant(seconds: person.provenAt), methods: person.methods, sessions: sessions)
    return Pages.account(Site(context.settings), view)
  }

  static func endSession(_ context: Context) throws -> Response {
    let account = try context.signedIn().claims.account
    let fields = try context.request.form()
    if let text = fields["session"], let id = SessionID(text.utf8) {
      do {
        try context.services.sessions.end(id, of: account)
      } catch .sessionNotFound {
        // It has ended meanwhile, which is what was asked for.
      }
    }
    return context.toTheAccount
  }

  static func endOtherSessions(_ context: Context) throws -> Response {
    let claims = try context.signedIn().claims
    _ = try context.services.sessions.endOthers(of: claims.account, except: claims.session)
    return context.toTheAccount
  }
}

extension Context {
  fileprivate var toTheAccount: Response {
    var response = Response(status: 303)
    response.fields.append("Location", Site(settings).address(of: "account"))
    return response
  }
}
