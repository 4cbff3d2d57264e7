import HTTP
import Pages
import Postern

/// The page of one's picture, and what its buttons do.
enum PicturePages {
  static func form(_ context: Context) throws -> Response {
    Pages.picture(Site(context.settings), try PictureForm(context))
  }

  static func change(_ context: Context) throws -> Response {
    var form = try PictureForm(context)
    do {
      _ = try context.changePicture()
      return context.onward(to: "account/picture", done: .picture)
    } catch {
      return context.answer(to: error) { answer in
        form.error = answer.sentence
        return Pages.picture(Site(context.settings), form, status: answer.status)
      }
    }
  }

  static func remove(_ context: Context) throws -> Response {
    try context.removePicture()
    return context.onward(to: "account/picture", done: .pictureRemoved)
  }
}

extension PictureForm {
  fileprivate init(_ context: Context) throws {
    self.init(address: context.settings.pictureURL(of: try context.ownAccount(), .large), notice: context.notice)
  }
}
