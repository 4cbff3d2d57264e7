/// The port to what makes a picture out of what somebody has brought.
package protocol PictureMaker: Sendable {
  /// A square out of its middle, upright, in every size, without anything that the file says besides, as WebP.
  /// Throws `unreadable` where it cannot be decoded, or took too long or too much memory, and `unavailable` where
  /// nothing can be decoded at the moment. May take seconds.
  func make(_ bytes: [UInt8], _ header: PictureHeader) throws(PictureFailure) -> [PictureName.Size: [UInt8]]
}

/// Why what somebody has brought becomes no picture of theirs.
package enum PictureFailure: Error, Sendable, Equatable {
  /// There is no such part in what came.
  case noFile
  /// The form was sent without a file being chosen.
  case noneSelected
  /// It is none of the kinds that are taken, or says so itself.
  case otherKind
  case tooSmall
  /// More than `Pictures.largestFile`.
  case tooLarge
  /// More than `Pictures.mostPixels`.
  case tooManyPixels
  case unreadable
  case unavailable(String)
}
