/// The port to where pictures are kept. Every function throws `unavailable` where the disk does.
package protocol PictureFiles: Sendable {
  /// The path of the folder with the files, each under its `PictureName.file`, where any program of this machine can
  /// read them by name; else `nil`.
  var openFolder: String? { get }
  /// Nobody else, in no other process either, is in here while `work` runs. A picture is saved and given to an account
  /// in one go, and in another it is found that no account has it and removed: between the two halves of either, the
  /// other one would do harm.
  func exclusively<Result>(_ work: () throws(StoreError) -> Result) throws(StoreError) -> Result
  /// Keeps the picture so that it survives a power cut; one that is there already stays.
  func save(_ name: PictureName, _ contents: [PictureName.Size: [UInt8]]) throws(StoreError)
  /// What a file holds; `nil` where it is not there.
  func read(_ name: PictureName, _ size: PictureName.Size) throws(StoreError) -> [UInt8]?
  /// Nothing where it is not there.
  func remove(_ name: PictureName) throws(StoreError)
  /// All that are kept, also in part.
  func list() throws(StoreError) -> [PictureName]
  /// Removes what a crash has left half-written. Only `exclusively`.
  func removeUnfinished() throws(StoreError)
}
