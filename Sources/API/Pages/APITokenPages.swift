import HTTP
import Pages
import Postern

/// The page of one's own API tokens, and what its buttons do.
enum APITokenPages {
  static func list(_ context: Context) throws -> Response {
    try page(context, APITokenForm(permissions: try context.ownPermissions))
  }

  static func make(_ context: Context) throws -> Response {
    let fields = try context.request.form()
    let claims = try context.signedIn().claims
    let chosen = fields.all("scope")
    var form = APITokenForm(
      name: fields["name"] ?? "", days: APITokenForm.lives.first { fields.isEqual("days", String($0)) } ?? 0,
      permissions: try context.ownPermissions, chosen: chosen)
    do {
      let made = try context.services.apiTokens.make(
        for: claims.account, epoch: claims.epoch, name: form.name, life: Int64(form.days) * 86_400,
        scopes: chosen.isEmpty ? nil : chosen, client: context.client)
      return Pages.apiTokenMade(Site(context.settings), name: made.token.name, text: made.text)
    } catch {
      let answer = FailureAnswer(error, settings: context.settings)
      guard [400, 409].contains(answer.status) else { throw error }
      form.nameProblem = answer.fields.first { $0.field == "name" }?.sentence
      let isAboutName = form.nameProblem != nil
      form.error = isAboutName ? "Please look at the marked field." : answer.sentence
      return try page(context, form, status: answer.status)
    }
  }

  static func end(_ context: Context) throws -> Response {
    let account = try context.signedIn().claims.account
    if let text = try context.request.form()["token"], let id = APIToken.ID(text.utf8) {
      do {
        try context.services.apiTokens.end(id, of: account, client: context.client)
      } catch .apiTokenNotFound {
        // It has ended meanwhile, which is what was asked for.
      }
    }
    var response = Response(status: 303)
    response.fields.append("Location", Site(context.settings).address(of: "account/tokens"))
    return response
  }

  private static func page(_ context: Context, _ form: APITokenForm, status: Int = 200) throws -> Response {
    let now = context.services.clock.now()
    let tokens = try context.services.apiTokens.list(of: context.signedIn().claims.account).map { token in
      APITokenView(
        id: token.id.description, name: token.name, scopes: token.scopes, lastUsedAt: token.lastUsedAt,
        expiresAt: token.expiresAt, hasExpired: token.expiresAt <= now)
    }
    return Pages.apiTokens(Site(context.settings), tokens, form, status: status)
  }
}

extension Context {
  /// What the person may do now, whatever their token says of it.
  fileprivate var ownPermissions: [String] {
    get throws { try ownAccount().role?.permissions ?? [] }
  }
}
