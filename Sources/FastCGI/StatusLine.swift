/// The line that tells the web server the status (RFC 3875, section 6.3.3).
enum StatusLine {
  /// `nil`: a status whose line is made when it is needed, without a phrase.
  static func known(_ status: Int) -> StaticString? {
    switch status {
    case 200: "Status: 200 OK\r\n"
    case 201: "Status: 201 Created\r\n"
    case 202: "Status: 202 Accepted\r\n"
    case 204: "Status: 204 No Content\r\n"
    case 206: "Status: 206 Partial Content\r\n"
    case 301: "Status: 301 Moved Permanently\r\n"
    case 302: "Status: 302 Found\r\n"
    case 303: "Status: 303 See Other\r\n"
    case 304: "Status: 304 Not Modified\r\n"
    case 307: "Status: 307 Temporary Redirect\r\n"
    case 308: "Status: 308 Permanent Redirect\r\n"
    case 400: "Status: 400 Bad Request\r\n"
    case 401: "Status: 401 Unauthorized\r\n"
    case 403: "Status: 403 Forbidden\r\n"
    case 404: "Status: 404 Not Found\r\n"
    case 405: "Status: 405 Method Not Allowed\r\n"
    case 406: "Status: 406 Not Acceptable\r\n"
    case 409: "Status: 409 Conflict\r\n"
    case 410: "Status: 410 Gone\r\n"
    case 411: "Status: 411 Length Required\r\n"
    case 413: "Status: 413 Content Too Large\r\n"
    case 414: "Status: 414 URI Too Long\r\n"
    case 415: "Status: 415 Unsupported Media Type\r\n"
    case 422: "Status: 422 Unprocessable Content\r\n"
    case 429: "Status: 429 Too Many Requests\r\n"
    case 431: "Status: 431 Request Header Fields Too Large\r\n"
    case 500: "Status: 500 Internal Server Error\r\n"
    case 501: "Status: 501 Not Implemented\r\n"
    case 502: "Status: 502 Bad Gateway\r\n"
    case 503: "Status: 503 Service Unavailable\r\n"
    case 504: "Status: 504 Gateway Timeout\r\n"
    default: nil
    }
  }
}
