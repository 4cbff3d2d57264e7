/// The pictures of people.
package struct Pictures: Sendable {
  /// Bytes of a file that somebody brings.
  package static let largestFile = 5 << 20
  /// The least that is looked at: nothing so small is a picture of somebody.
  static let smallestFile = 101
  /// Width times height. Decoded, so many take half a gigabyte, in a process of their own.
  package static let mostPixels = 40_000_000

  private let accounts: any AccountStore
  private let maker: any PictureMaker
  private let files: any PictureFiles
  private let digest: @Sendable ([UInt8]) -> [UInt8]
  private let log: any Log

  /// - Parameter digest: SHA-256.
  package init(
    accounts: any AccountStore, maker: any PictureMaker, files: any PictureFiles,
    digest: @escaping @Sendable ([UInt8]) -> [UInt8], log: any Log
  ) {
    self.accounts = accounts
    self.maker = maker
    self.files = files
    self.digest = digest
    self.log = log
  }

  /// Makes a picture out of a file, and gives it to the account in the place of the one before, which is removed where
  /// no account has it any more. Returns the account as it is then. Throws a `PictureFailure`, or an `AuthError`.
  ///
  /// - Parameter mediaType: what the file is said to be, without parameters; empty where nothing is said. Which of the
  ///   kinds it is, its bytes say: browsers go by the ending of its name.
  package func change(
    _ account: AccountID, to file: [UInt8], mediaType: String, by initiator: Initiator
  ) throws -> Account {
    let header = try Pictures.header(of: file, mediaType: mediaType)
    let made = try maker.make(file, header)
    guard let large = made[.large] else { throw PictureFailure.unreadable }
    let name = PictureName(digest: digest(large))
    let change = try stored { () throws(StoreError) in
      try files.exclusively { () throws(StoreError) in
        try files.save(name, made)
        return try accounts.setPicture(account, to: name, by: initiator)
      }
    }
    guard let change else { throw AuthError.accountNotFound }
    if let former = change.former, former != name { forget(former) }
    return change.account
  }

  /// Takes the account's picture away, if it has one. Returns the account as it is then. Throws an `AuthError`.
  package func remove(of account: AccountID, by initiator: Initiator) throws(AuthError) -> Account {
    let change = try stored { () throws(StoreError) in
      try accounts.setPicture(account, to: nil, by: initiator)
    }
    guard let change else { throw .accountNotFound }
    if let former = change.former { forget(former) }
    return change.account
  }

  /// Removes the files of a picture that an account had until now, unless another has it. Where that cannot be done
  /// now, `sweep` does it later.
  package func forget(_ name: PictureName) {
    do throws(StoreError) {
      try files.exclusively { () throws(StoreError) in try removeUnused([name]) }
    } catch {
      log.write(.warning, "a picture could not be removed", ["picture": name.text, "reason": "\(error)"])
    }
  }

  /// Removes what no account has: after a crash, or what `forget` could not.
  package func sweep() throws(StoreError) {
    try files.exclusively { () throws(StoreError) in try files.removeUnfinished() }
    let names = try files.list()
    // In pieces: nobody who brings a picture waits for all of them.
    for start in stride(from: 0, to: names.count, by: 100) {
      let some = Array(names[start..<min(start + 100, names.count)])
      try files.exclusively { () throws(StoreError) in try removeUnused(some) }
    }
  }

  /// As `PictureFiles` has it.
  package var openFolder: String? { files.openFolder }

  /// What a file holds, for a web server that does not read it itself. `nil` where it is not there.
  package func read(_ name: PictureName, _ size: PictureName.Size) throws(AuthError) -> [UInt8]? {
    try stored { () throws(StoreError) in try files.read(name, size) }
  }

  private func removeUnused(_ names: [PictureName]) throws(StoreError) {
    let used = try accounts.picturesInUse(among: names)
    for name in names where !used.contains(name) { try files.remove(name) }
  }

  /// What is wrong with a file, as far as its first bytes show.
  static func header(of file: [UInt8], mediaType: String) throws(PictureFailure) -> PictureHeader {
    let types = ["image/png", "image/jpeg", "image/jpg", "image/pjpeg", "image/gif", "image/webp"]
    let unsaid = ["", "application/octet-stream"]
    let said = String(decoding: mediaType.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    guard (types + unsaid).contains(where: { $0.utf8.elementsEqual(said.utf8) }) else { throw .otherKind }
    guard file.count >= smallestFile else { throw .tooSmall }
    guard file.count <= largestFile else { throw .tooLarge }
    guard let header = PictureHeader(file) else { throw .otherKind }
    guard header.width.multipliedReportingOverflow(by: header.height).overflow == false,
      header.width * header.height <= mostPixels
    else { throw .tooManyPixels }
    return header
  }
}
