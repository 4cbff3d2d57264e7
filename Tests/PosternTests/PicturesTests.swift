import PosternTesting
import Testing

@testable import Postern

@Suite struct PicturesTests {
  private let stand = Stand()
  private let initiator = Initiator.commandLine

  /// Of 300 × 200 pixels; the number makes another of it.
  private func file(_ number: UInt8 = 0, width: Int = 300, count: Int = 200) -> [UInt8] {
    let head = PictureHeaderTests.png(width, 200)
    return head + [UInt8](repeating: number, count: count - head.count)
  }

  private func change(_ account: Account, _ file: [UInt8], mediaType: String = "image/png") throws -> Account {
    try stand.pictures.change(account.id, to: file, mediaType: mediaType, by: initiator)
  }

  @Test func aPictureIsKeptAndTheOneBeforeGoes() throws {
    let ada = try stand.account()
    let first = try #require(try change(ada, file(1)).picture)
    #expect(try stand.pictures.read(first, .large) == file(1))
    let second = try #require(try change(ada, file(2)).picture)
    #expect(try stand.pictureFiles.list() == [second])
    #expect(try change(ada, file(2)).picture == second)
    #expect(try stand.pictures.read(second, .small) == Array(file(2).prefix(50)))
    #expect(try stand.pictures.remove(of: ada.id, by: initiator).picture == nil)
    #expect(try stand.pictureFiles.list() == [])
    #expect(throws: AuthError.accountNotFound) { try stand.pictures.remove(of: AccountID(99), by: initiator) }
  }

  @Test func aPictureOfTwoGoesWithTheSecond() throws {
    let (ada, bob) = (try stand.account("ada"), try stand.account("bob"))
    let name = try #require(try change(ada, file(1)).picture)
    #expect(try change(bob, file(1)).picture == name)
    _ = try change(ada, file(2))
    #expect(try stand.pictureFiles.list().contains(name))
    _ = try stand.pictures.remove(of: bob.id, by: initiator)
    #expect(try !stand.pictureFiles.list().contains(name))
  }

  @Test func theFilesGoWithTheAccount() throws {
    let ada = try change(try stand.account(), file(1))
    try stand.removal.remove(ada, password: "correct horse", provenAt: 0, client: .test)
    #expect(try stand.pictureFiles.list() == [])
  }

  @Test func whatNoAccountHasIsSweptAway() throws {
    let kept = try #require(try change(try stand.account(), file(1)).picture)
    for number in 0..<250 {
      try stand.pictureFiles.save(PictureName(digest: Array(repeating: UInt8(number), count: 20)), [.large: []])
    }
    try stand.pictures.sweep()
    #expect(try stand.pictureFiles.list() == [kept])
  }

  /// The account has another one already: that its former one could not be removed now is for the next sweep.
  @Test func aFolderThatFailsLosesNothing() throws {
    let ada = try change(try stand.account(), file(1))
    stand.pictureFiles.fail(with: .unavailable("disk"))
    #expect(throws: AuthError.unavailable("disk")) { try change(ada, file(2)) }
    #expect(try stand.storage.accounts.find(ada.id)?.picture == ada.picture)
    #expect(try stand.pictures.remove(of: ada.id, by: initiator).picture == nil)
    #expect(stand.log.contains("a picture could not be removed"))
    stand.pictureFiles.fail(with: nil)
    try stand.pictures.sweep()
    #expect(try stand.pictureFiles.list() == [])
  }

  @Test(
    arguments: [
      ("image/png", nil), ("IMAGE/PNG", nil), ("", nil), ("application/octet-stream", nil),
      // Browsers go by the name's ending, and pictures are often called otherwise.
      ("image/jpeg", nil), ("image/jpg", nil), ("image/svg+xml", .otherKind), ("text/html", .otherKind),
      ("image/tiff", .otherKind), ("image/png\u{301}", .otherKind),
    ] as [(String, PictureFailure?)])
  func aFileIsWhatItsBytesAreUnlessItSaysThatItIsNoPicture(_ type: String, failure: PictureFailure?) throws {
    let ada = try stand.account()
    if let failure {
      #expect(throws: failure) { try change(ada, file(), mediaType: type) }
    } else {
      #expect(try change(ada, file(), mediaType: type).picture != nil)
    }
  }

  @Test func tooSmallTooLargeTooManyPixelsAndNoPictureAreTold() throws {
    let ada = try stand.account()
    let cases: [([UInt8], PictureFailure?)] = [
      (file(count: 100), .tooSmall), (file(count: 101), nil), (file(count: Pictures.largestFile), nil),
      (file(count: Pictures.largestFile + 1), .tooLarge), (file(width: 200_000), nil),
      (file(width: 200_001), .tooManyPixels), (file(width: 0x7FFF_FFFF), .tooManyPixels),
      ([UInt8](repeating: 0x3C, count: 500), .otherKind), (file(0xFF), .unreadable),
    ]
    for (file, failure) in cases {
      if let failure {
        #expect(throws: failure) { try change(ada, file) }
      } else {
        _ = try change(ada, file)
      }
    }
  }

  @Test func namesAreReadStrictly() {
    let name = PictureName(digest: Array(0..<32))
    #expect(name.text == "000102030405060708090a0b0c0d0e0f")
    for size in PictureName.Size.allCases {
      let parsed = PictureName.parse(file: name.file(size).utf8)
      #expect(parsed?.name == name && parsed?.size == size)
    }
    let text = name.text
    for file in [
      "", text, text + "-512", text + "-512.webp/", text + "-512.webp\0", text + "-256.webp", text + "-512.WEBP",
      "../" + text + "-512.webp", text.dropLast() + "/-512.webp", text.dropLast() + "F-512.webp",
      text.dropLast() + "é-512.webp", ".new-" + text + "-512.webp", text + "-512.webp" + text,
    ] {
      #expect(PictureName.parse(file: file.utf8) == nil, "\(file)")
    }
  }
}
