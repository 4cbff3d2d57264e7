import HTTP
import Postern

/// The public keys, for whoever checks what is signed here.
enum KeyHandlers {
  /// A JWK set (RFC 7517, section 5). Everybody may have it and keep it for a while; scripts of any site, too, since no
  /// cookie makes it another one.
  static func publicKeys(_ context: Context) -> Response {
    var fields = Fields()
    fields.append("Content-Type", "application/json")
    fields.append("Cache-Control", "public, max-age=300")
    fields.append("Access-Control-Allow-Origin", "*")
    return Response(status: 200, fields: fields, body: .bytes(context.services.publicKeys()))
  }
}
