import HTTP
import Postern

/// Personal API tokens: listing, making and ending one's own.
enum APITokenHandlers {
  static func list(_ context: Context) throws -> Response {
    let tokens = try context.services.apiTokens.list(of: try context.signedIn().claims.account)
    return Response(
      status: 200,
      json: ["count": .integer(Int64(tokens.count)), "tokens": .array(tokens.map { .object(JSON.members($0)) })])
  }

  static func make(_ context: Context) throws -> Response {
    let body = try JSONBody(context.request)
    let claims = try context.signedIn().claims
    guard let name = try body.text("name") else {
      throw AuthError.invalid([FieldProblem("name", "name is required")])
    }
    let made = try context.services.apiTokens.make(
      for: claims.account, epoch: claims.epoch, name: name, life: try body.integer("expires_in"),
      scopes: try body.texts("scopes"), client: context.client)
    return Response(
      status: 201,
      json: .object(
        [
          JSON.Member("message", "Keep this token: it is shown only now"), JSON.Member("token", .string(made.text)),
        ] + JSON.members(made.token)))
  }

  static func end(_ context: Context) throws -> Response {
    guard let id = APIToken.ID(context.lastSegment) else { throw AuthError.apiTokenNotFound }
    try context.services.apiTokens.end(
      id, of: try context.signedIn().claims.account, client: context.client)
    return Response(status: 200, json: ["message": "API token revoked", "id": .integer(id.value)])
  }
}

extension APIToken.ID {
  /// Reads a number without sign or leading zeros.
  init?(_ text: some Collection<UInt8>) {
    guard (1...18).contains(text.count), text.first != UInt8(ascii: "0"),
      text.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    self.init(text.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) })
  }
}

extension JSON {
  /// A token as its owner sees it, without its text.
  static func members(_ token: APIToken) -> [Member] {
    [
      Member("id", .integer(token.id.value)), Member("name", .string(token.name)),
      Member("scopes", token.scopes.map { .array($0.map(JSON.string)) } ?? .null),
      Member("created_at", .string(token.createdAt.iso8601)), Member("expires_at", .string(token.expiresAt.iso8601)),
      Member("last_used_at", JSON(token.lastUsedAt?.iso8601)),
    ]
  }
}
