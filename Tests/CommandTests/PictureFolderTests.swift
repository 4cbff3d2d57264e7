import Glibc
import Postern
import PosternTesting
import Synchronization
import Testing

@testable import Command

@Suite struct PictureFolderTests {
  private let directory: TemporaryDirectory
  private let folder: PictureFolder
  private let name = PictureName(digest: Array(0..<32))

  init() throws {
    directory = try TemporaryDirectory()
    folder = try PictureFolder(directory.path + "/pictures")
  }

  private func mode(_ path: String) -> mode_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
  }

  @Test func filesAreKeptListedReadAndRemoved() throws {
    try folder.save(name, [.large: [1, 2, 3], .small: [4]])
    #expect(try folder.read(name, .large) == [1, 2, 3])
    #expect(try folder.read(name, .small) == [4])
    #expect(try folder.list() == [name])
    // One that is there stays: a web server may be sending it.
    try folder.save(name, [.large: [9], .small: [9]])
    #expect(try folder.read(name, .large) == [1, 2, 3])
    try folder.remove(name)
    try folder.remove(name)
    #expect(try folder.read(name, .large) == nil)
    #expect(try folder.list() == [])
  }

  /// Whatever the mask of the process is: `serve` makes files for its owner alone.
  @Test func whoeverKnowsAFileMayReadItAndNobodyListsThem() throws {
    try folder.save(name, [.large: [1], .small: [2]])
    for size in PictureName.Size.allCases { #expect(mode("\(folder.path)/\(name.file(size))") == 0o644) }
    chmod(folder.path, 0o700)
    chmod(directory.path, 0o711)
    let opened = try PictureFolder(folder.path)
    #expect(mode(folder.path) == 0o711)
    #expect(opened.openFolder == folder.path)
    // Within what is for its owner alone, it is no use to others.
    chmod(directory.path, 0o700)
    #expect(try PictureFolder(folder.path).openFolder == nil)
    // What its owner has decided otherwise stays so.
    chmod(folder.path, 0o750)
    #expect(try PictureFolder(folder.path).openFolder == nil)
    #expect(mode(folder.path) == 0o750)
  }

  @Test func whatCannotBeAFolderOfPicturesSaysSo() throws {
    #expect(throws: Failure.self) { try PictureFolder(directory.write("file", "")) }
    #expect(throws: Failure.self) { try PictureFolder(directory.path + "/a/b") }
    chmod(folder.path, 0o777)
    #expect(throws: Failure.self) { try PictureFolder(folder.path) }
  }

  @Test func whatACrashHasLeftIsRemovedAndNothingElse() throws {
    for file in [".new-" + name.file(.large), name.file(.small), "README"] {
      try directory.write("pictures/" + file, "")
    }
    try folder.removeUnfinished()
    #expect(access(folder.path + "/.new-" + name.file(.large), F_OK) != 0)
    #expect(access(folder.path + "/README", F_OK) == 0)
    #expect(try folder.list() == [name])
  }

  /// Also in another process, as another opening of the lock stands for here.
  @Test func oneIsInThereAtATime() throws {
    let other = try PictureFolder(folder.path)
    let inside = Atomic<Int>(0)
    let most = Atomic<Int>(0)
    let turns = concurrently(8) { number in
      (0..<20).filter { _ in
        let isIn: Void? = try? (number % 2 == 0 ? folder : other).exclusively { () throws(StoreError) in
          let now = inside.add(1, ordering: .sequentiallyConsistent).newValue
          _ = most.max(now, ordering: .sequentiallyConsistent)
          sched_yield()
          inside.subtract(1, ordering: .sequentiallyConsistent)
        }
        return isIn != nil
      }.count
    }
    #expect(turns == Array(repeating: 20, count: 8))
    #expect(most.load(ordering: .sequentiallyConsistent) == 1)
  }

  @Test func aFolderThatIsGoneIsNoTrap() throws {
    rename(folder.path, directory.path + "/elsewhere")
    #expect(throws: StoreError.self) { try folder.save(name, [.large: [1]]) }
    #expect(throws: StoreError.self) { try folder.list() }
    #expect(throws: StoreError.self) { try folder.exclusively {} }
    #expect(try folder.read(name, .large) == nil)
  }
}
