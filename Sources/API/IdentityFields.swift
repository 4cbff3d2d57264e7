import HTTP
import Postern

/// How a web server is told who somebody is.
enum IdentityFields {
  /// The answer stays below 3.5 KB; permissions that would not fit are left out whole, and that is said.
  private static let largest = 3_000

  /// `X-Auth-*` fields for RESPONDER.
  static func responder(_ identity: Identity) -> Fields {
    var fields = Fields()
    fields.append("X-Auth-User-Id", identity.account.description)
    fields.append("X-Auth-User", identity.email)
    fields.append("X-Auth-Name", identity.name)
    fields.append("X-Auth-Role", identity.role ?? "")
    fields.append("X-Auth-Session", identity.session.description)
    if let permissions = permissions(identity, beside: fields) {
      fields.append("X-Auth-Permissions", permissions)
    } else {
      fields.append("X-Auth-Permissions-Omitted", "1")
    }
    return fields
  }

  /// `Variable-*` fields for AUTHORIZER (FastCGI specification, section 6.3), which become the environment of whatever
  /// the web server runs next. A client's own fields only ever become `HTTP_*` there.
  static func authorizer(_ identity: Identity) -> Fields {
    var fields = Fields()
    fields.append("Variable-REMOTE_USER", identity.email)
    fields.append("Variable-AUTH_USER", identity.email)
    fields.append("Variable-AUTH_USER_ID", identity.account.description)
    fields.append("Variable-AUTH_NAME", identity.name)
    fields.append("Variable-AUTH_ROLE", identity.role ?? "")
    fields.append("Variable-AUTH_SESSION", identity.session.description)
    if let permissions = permissions(identity, beside: fields) {
      fields.append("Variable-AUTH_PERMISSIONS", permissions)
    } else {
      fields.append("Variable-AUTH_PERMISSIONS_OMITTED", "1")
    }
    return fields
  }

  private static func permissions(_ identity: Identity, beside fields: Fields) -> String? {
    let permissions = identity.permissions.joined(separator: " ")
    return fields.lines.count + permissions.utf8.count > largest ? nil : permissions
  }
}
