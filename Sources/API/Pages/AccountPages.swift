import HTTP
import Pages
import Postern

/// The first page of somebody's account, and where they are signed in.
enum AccountPages {
  static func account(_ context: Context) throws -> Response {
    let claims = try context.signedIn().claims
    let account = try context.ownAccount()
    let now = context.services.clock.now()
    let view = AccountView(
      email: account.email.text, name: account.profile.fullName, role: account.role?.name,
      isVerified: account.isVerified, signedInSince: Instant(seconds: claims.provenAt), methods: claims.methods,
      sessions: try context.services.sessions.list(of: account.id).count,
      apiTokens: try context.services.apiTokens.list(of: account.id).count { $0.expiresAt > now },
      hasFactor: context.settings.guardsAccounts ? account.hasSecondFactor : nil,
      picture: context.settings.pictureURL(of: account, .small), notice: context.notice)
    return Pages.account(Site(context.settings), view)
  }

  static func sessions(_ context: Context) throws -> Response {
    let claims = try context.signedIn().claims
    let sessions = try context.services.sessions.list(of: claims.account).map { session in
      SessionView(
        id: session.id.description, device: deviceName(ofUserAgent: session.userAgent), address: session.address,
        lastActiveAt: session.lastActiveAt, isCurrent: session.id == claims.session)
    }
    return Pages.sessions(Site(context.settings), sessions)
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
    return context.onward(to: "account/sessions")
  }

  static func endOtherSessions(_ context: Context) throws -> Response {
    let claims = try context.signedIn().claims
    _ = try context.services.sessions.endOthers(
      of: claims.account, except: claims.session, client: context.client)
    return context.onward(to: "account/sessions")
  }
}

extension Context {
  /// What the page before has done, as it says in the address.
  var notice: AccountNotice? { request.query["done"].flatMap(AccountNotice.init) }

  /// After a form has been sent: the page to look at then, and what it says of it.
  func onward(to page: String, done: AccountNotice? = nil) -> Response {
    var response = Response(status: 303)
    let address = Site(settings).address(of: page)
    response.fields.append("Location", done.map { "\(address)?done=\($0.rawValue)" } ?? address)
    return response
  }
}

extension FailureAnswer {
  /// What stands above a form.
  var formSentence: String {
    switch fields.count {
    case 0: sentence
    case 1: "Please look at the marked field."
    default: "Please look at the marked fields."
    }
  }

  /// What stands at its fields, by name.
  var problems: [String: String] { Dictionary(fields.map { ($0.field, $0.sentence) }) { first, _ in first } }
}
