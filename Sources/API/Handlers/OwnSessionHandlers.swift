import HTTP
import Postern

/// The sessions of whoever asks: where they are signed in, and ending one or all of the others.
enum OwnSessionHandlers {
  static func list(_ context: Context) throws -> Response {
    let claims = try context.signedIn().claims
    let sessions = try context.services.sessions.list(of: claims.account)
    return Response(
      status: 200,
      json: [
        "count": .integer(Int64(sessions.count)),
        "sessions": .array(sessions.map { JSON($0, isCurrent: $0.id == claims.session) }),
      ])
  }

  static func end(_ context: Context) throws -> Response {
    guard let id = SessionID(context.lastSegment) else { throw AuthError.sessionNotFound }
    let claims = try context.signedIn().claims
    try context.services.sessions.end(id, of: claims.account, client: context.client)
    var response = Response(
      status: 200, json: ["message": "Session revoked", "session_id": .string(id.description)])
    if id == claims.session { response.fields.append(TokenCookies(context.settings).removal) }
    return response
  }

  static func endOthers(_ context: Context) throws -> Response {
    let claims = try context.signedIn().claims
    let count = try context.services.sessions.endOthers(
      of: claims.account, except: claims.session, client: context.client)
    return Response(
      status: 200, json: ["message": .string("Revoked \(count) sessions"), "sessions_revoked": .integer(Int64(count))])
  }
}

extension JSON {
  /// A session as its owner sees it. Front ends know a number beside its name; it is made of the name, and of as many
  /// bits as every JSON reader keeps.
  fileprivate init(_ session: Session, isCurrent: Bool) {
    self = [
      "city": .null, "country": .null, "created_at": .string(session.createdAt.iso8601),
      "device_name": .string(deviceName(ofUserAgent: session.userAgent)),
      "id": .integer(Int64(session.id.low & 0x1F_FFFF_FFFF_FFFF)), "ip_address": .string(session.address),
      "is_active": true, "is_current": .bool(isCurrent), "last_activity": .string(session.lastActiveAt.iso8601),
      "session_id": .string(session.id.description),
    ]
  }
}
