import HTTP
import Postern

/// How a web server is told who somebody is.
enum IdentityFields {
  /// For RESPONDER, `X-Auth-*`; for AUTHORIZER, `Variable-*` (FastCGI specification, section 6.3), which become the
  /// environment of whatever the web server runs next. A client's own fields only ever become `HTTP_*` there.
  private static let table:
    [(responder: StaticString, authorizer: StaticString, value: @Sendable (Identity) -> String)] = [
      ("X-Auth-User-Id", "Variable-AUTH_USER_ID", { $0.account.description }),
      ("X-Auth-User", "Variable-AUTH_USER", { $0.email }),
      ("X-Auth-Name", "Variable-AUTH_NAME", { $0.name }),
      ("X-Auth-Role", "Variable-AUTH_ROLE", { $0.role ?? "" }),
      ("X-Auth-Session", "Variable-AUTH_SESSION", { $0.credential.description }),
    ]

  /// The answer stays below 3.5 KB; permissions that would not fit are left out whole, and that is said.
  private static let largest = 3_000

  static func responder(_ identity: Identity) -> Fields {
    var fields = Fields()
    for row in table { fields.append(row.responder, row.value(identity)) }
    if let permissions = permissions(identity, beside: fields) {
      fields.append("X-Auth-Permissions", permissions)
    } else {
      fields.append("X-Auth-Permissions-Omitted", "1")
    }
    return fields
  }

  static func authorizer(_ identity: Identity) -> Fields {
    var fields = Fields()
    fields.append("Variable-REMOTE_USER", identity.email)
    for row in table { fields.append(row.authorizer, row.value(identity)) }
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
