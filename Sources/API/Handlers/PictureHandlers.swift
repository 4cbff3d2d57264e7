import HTTP
import Postern

/// Pictures of people: `upload-profile-picture`, `user/@me/picture`, and the pictures themselves.
enum PictureHandlers {
  static func upload(_ context: Context) throws -> Response {
    let account = try context.changePicture()
    let settings = context.settings
    return Response(
      status: 200,
      json: [
        "message": "Profile picture uploaded successfully",
        "profile_picture_url": JSON(settings.pictureURL(of: account, .large)),
        "profile_picture_small_url": JSON(settings.pictureURL(of: account, .small)),
      ])
  }

  static func remove(_ context: Context) throws -> Response {
    try context.removePicture()
    return Response(status: 200, json: ["message": "Profile picture removed", "profile_picture_url": .null])
  }

  /// A picture, for anybody who knows its address: from the web server's own hand where that has said how it takes a
  /// file, else from ours.
  static func picture(_ context: Context) throws -> Response {
    guard let (name, size) = PictureName.parse(file: context.lastSegment) else { throw RequestFailure.notFound }
    var response = Response(status: 200)
    switch FileSender(context.request, context.services.pictures) {
    case .accelerated: response.fields.append("X-Accel-Redirect", FileSender.internalPrefix + name.file(size))
    case .sendFile(let folder): response.fields.append("X-Sendfile", folder + "/" + name.file(size))
    case .none:
      guard context.mayBlock else { throw NeedsWorker() }
      guard let bytes = try context.services.pictures.read(name, size) else { throw RequestFailure.notFound }
      response.body = .bytes(bytes)
    }
    response.fields.append("Content-Type", "image/webp")
    // Another picture has another name.
    response.fields.append("Cache-Control", "public, max-age=31536000, immutable")
    response.fields.append("X-Content-Type-Options", "nosniff")
    response.fields.append("Content-Security-Policy", "default-src 'none'; sandbox")
    return response
  }
}

extension Context {
  /// Makes the picture in the field `profile_picture` of the form that came (RFC 7578) the caller's own. Returns the
  /// account as it is then. Throws a `PictureFailure`, or an `AuthError`. For rows with `takesFile` in the lane
  /// `pictures`.
  func changePicture() throws -> Account {
    let account = try signedIn().claims.account
    let bytes = try request.bytes()
    guard let form = Multipart(parsing: bytes, contentType: request.parameters.value(of: "CONTENT_TYPE") ?? []),
      let part = form["profile_picture"], let fileName = part.fileName
    else { throw PictureFailure.noFile }
    guard !fileName.isEmpty else { throw PictureFailure.noneSelected }
    return try services.pictures.change(
      account, to: Array(part.content), mediaType: part.mediaType, by: Initiator(account: account, client: client))
  }

  /// Takes the caller's picture away, if they have one. Returns the account as it is then. Throws an `AuthError`.
  @discardableResult
  func removePicture() throws -> Account {
    let account = try signedIn().claims.account
    return try services.pictures.remove(of: account, by: Initiator(account: account, client: client))
  }
}

extension Settings {
  /// Where an account's picture is on this site; `nil` where it has none of ours.
  func pictureURL(of account: Account, _ size: PictureName.Size) -> String? {
    account.picture.map { apiPrefix + "/pictures/" + $0.file(size) }
  }
}
