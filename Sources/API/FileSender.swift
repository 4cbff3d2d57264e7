import HTTP
import Postern

/// How the web server takes a file that it is to send itself. `AUTH_SEND_FILE` says it, which only its configuration
/// can set.
enum FileSender: Equatable {
  /// nginx: `X-Accel-Redirect`, to a location inside that reads the folder of pictures.
  case accelerated
  /// lighttpd: `X-Sendfile`, with the path of the file.
  case sendFile(folder: String)

  /// The location inside nginx: nginx/postern-api.conf.
  static let internalPrefix = "/.postern/pictures/"

  /// `nil` where the web server takes none, or could not get at it.
  init?(_ request: Request, _ pictures: Pictures) {
    guard let folder = pictures.openFolder,
      request.parameters.count(of: "AUTH_SEND_FILE") == 1
    else { return nil }
    if request.parameters.isEqual("AUTH_SEND_FILE", "X-Accel-Redirect") {
      self = .accelerated
    } else if request.parameters.isEqual("AUTH_SEND_FILE", "X-Sendfile") {
      self = .sendFile(folder: folder)
    } else {
      return nil
    }
  }
}
