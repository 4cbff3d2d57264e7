import HTTP
import Postern

/// `token/refresh` and `logout`.
enum SessionHandlers {
  static func refresh(_ context: Context) throws -> Response {
    let tokens = try context.services.sessions.refresh(try context.signedIn().claims, client: context.client)
    return context.delivering(tokens, status: 200, [JSON.Member("msg", "Token refreshed successfully")])
  }

  /// Ends the session of every token that came and can be read, expired ones too, and makes the browser forget them
  /// all, whatever the answer.
  static func logout(_ context: Context) throws -> Response {
    var response: Response
    do {
      try context.endSessions()
      response = Response(status: 200, json: ["msg": "Successfully logged out"])
    } catch {
      response = context.response(to: error, in: .api)
    }
    response.fields.append(TokenCookies(context.settings).removal)
    return response
  }
}
