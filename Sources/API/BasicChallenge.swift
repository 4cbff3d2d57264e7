import HTTP
import Postern

/// The challenge (RFC 9110, section 11.6.1) by which git, curl and WebDAV clients are asked for a token: the field
/// `WWW-Authenticate` (RFC 7617).
enum BasicChallenge {
  /// The field, where the web server's configuration wants it (`AUTH_BASIC=1`). Never to a browser, which would put up
  /// a window of its own, ask for a password there, and send it to every page from then on: browsers of today say
  /// `Sec-Fetch-Mode`.
  static func fields(for request: Request, _ settings: Settings) -> Fields {
    var fields = Fields()
    guard request.parameters.isEqual("AUTH_BASIC", "1"), request.parameters.count(of: "HTTP_SEC_FETCH_MODE") == 0 else {
      return fields
    }
    let host = Origin(of: settings.publicURL)?.host ?? "postern"
    fields.append("WWW-Authenticate", #"Basic realm="\#(host)", charset="UTF-8""#)
    return fields
  }
}
