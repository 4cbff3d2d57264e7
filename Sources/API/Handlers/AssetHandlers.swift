import HTTP
import Pages

/// Style sheet, script and icon of the pages.
enum AssetHandlers {
  static func asset(_ context: Context) throws -> Response {
    guard let name = context.request.path.split(separator: "/").last, let asset = Asset.named(String(name)) else {
      throw RequestFailure.notFound
    }
    return asset.response(version: context.request.query["v"])
  }
}
