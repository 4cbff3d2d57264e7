import Cryptography
import Glibc
import Postern
import Synchronization
import Testing

@testable import Command

@Suite struct SecretFileTests {
  @Test func secretIsMadeOnceAndKept() throws {
    let directory = try TemporaryDirectory()
    let made = try SecretFile.secretKey.readOrMake(in: directory.path, SystemRandom())
    #expect(made.count == 64)
    #expect(Configuration.weakness(of: made) == nil)
    #expect(try SecretFile.secretKey.readOrMake(in: directory.path, SystemRandom()) == made)
    #expect(try SecretFile.secretKey.read(in: directory.path) == made)
    #expect(try SecretFile.jwtSecretKey.read(in: directory.path) == nil)
  }

  @Test func fileIsItsOwnersAloneAndNothingElseIsLeft() throws {
    let directory = try TemporaryDirectory()
    _ = try SecretFile.jwtSecretKey.readOrMake(in: directory.path, SystemRandom())
    var status = stat()
    #expect(stat("\(directory.path)/jwt_secret_key", &status) == 0)
    #expect(status.st_mode == S_IFREG | 0o600)
    #expect(status.st_nlink == 1)
    #expect(directory.names() == ["jwt_secret_key"])
  }

  @Test func threadsThatRaceEndWithTheSameSecret() throws {
    for _ in 0..<20 {
      let directory = try TemporaryDirectory()
      let race = Race(directory.path)
      var threads = [pthread_t](repeating: 0, count: 8)
      for index in threads.indices {
        let context = Unmanaged.passRetained(race).toOpaque()
        pthread_create(
          &threads[index], nil,
          { context in
            Unmanaged<Race>.fromOpaque(context!).takeRetainedValue().run()
            return nil
          }, context)
      }
      for thread in threads { pthread_join(thread, nil) }
      #expect(race.secrets.withLock { $0.count } == 8)
      #expect(Set(race.secrets.withLock { $0 }).count == 1)
      #expect(directory.names() == ["secret_key"])
    }
  }

  @Test(arguments: [0o640, 0o604, 0o660] as [mode_t])
  func secretThatOthersCanReadIsRefused(mode: mode_t) throws {
    let directory = try TemporaryDirectory()
    try directory.write("secret_key", String(repeating: "0123456789abcdef", count: 4), mode: mode)
    let error = #expect(throws: Failure.self) { try SecretFile.secretKey.read(in: directory.path) }
    #expect(error?.sentences.first?.contains("chmod 600") == true)
  }

  @Test(arguments: ["", "\n", "short\n"])
  func fileWithoutASecretIsRefusedAndNotReplaced(text: String) throws {
    let directory = try TemporaryDirectory()
    try directory.write("secret_key", text)
    #expect(throws: Failure.self) { try SecretFile.secretKey.readOrMake(in: directory.path, SystemRandom()) }
    #expect(try directory.read("secret_key") == text)
  }

  @Test func linkInThePlaceOfTheFileIsNotFollowed() throws {
    let directory = try TemporaryDirectory()
    try directory.write("elsewhere", String(repeating: "0123456789abcdef", count: 4))
    symlink("\(directory.path)/elsewhere", "\(directory.path)/secret_key")
    #expect(throws: Failure.self) { try SecretFile.secretKey.readOrMake(in: directory.path, SystemRandom()) }
  }

  @Test func dataDirectoryIsMadeForItsOwnerAlone() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/a/b"
    try prepareDataDirectory(path)
    try prepareDataDirectory(path)
    var status = stat()
    #expect(stat(path, &status) == 0)
    #expect(status.st_mode == S_IFDIR | 0o700)
  }

  @Test func dataDirectoryThatOthersCanWriteIsRefused() throws {
    let directory = try TemporaryDirectory()
    chmod(directory.path, 0o770)
    #expect(throws: Failure.self) { try prepareDataDirectory(directory.path) }
    try directory.write("file", "")
    #expect(throws: Failure.self) { try prepareDataDirectory(directory.path + "/file") }
  }
}

private final class Race: Sendable {
  let secrets = Mutex<[[UInt8]]>([])
  private let directory: String

  init(_ directory: String) { self.directory = directory }

  func run() {
    guard let secret = try? SecretFile.secretKey.readOrMake(in: directory, SystemRandom()) else { return }
    secrets.withLock { $0.append(secret) }
  }
}
