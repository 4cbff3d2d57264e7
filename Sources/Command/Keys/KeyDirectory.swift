import Cryptography
import Glibc
import Postern

/// `keys/` in the data directory, mode 0700: a file for each key, mode 0600. It comes into being with the first one.
struct KeyDirectory: Sendable {
  let path: String

  init(of dataDirectory: String) { path = dataDirectory + "/keys" }

  /// The names in it, sorted; those of drafts are left out. Empty where there is no such directory.
  func names() throws(Failure) -> [String] { try everyName().filter { !$0.hasPrefix(".") } }

  private func everyName() throws(Failure) -> [String] {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if descriptor < 0 {
      if errno == ENOENT { return [] }
      throw Failure.settings("\(SystemFailure("open", path))")
    }
    guard let stream = fdopendir(descriptor) else {
      close(descriptor)
      throw Failure.settings("\(SystemFailure("fdopendir", path))")
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
        name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      names.append(name)
    }
    return names.sorted()
  }

  /// The files in it, the oldest first. Throws a failure when something else is in it: a key under a name that is not
  /// understood would be missed without a word.
  func files() throws(Failure) -> [KeyFile] {
    var files: [KeyFile] = []
    for name in try names() {
      guard let file = KeyFile(name) else {
        throw Failure.settings("\(printable("\(path)/\(name)")) is no key of Postern's: move it elsewhere")
      }
      files.append(file)
    }
    return files.sorted()
  }

  /// Throws a failure when others could have read it, or it holds another key than its name says.
  func pair(_ file: KeyFile) throws(Failure) -> PrivateKey {
    let text = String(decoding: try content(of: file), as: UTF8.self)
    let key: PrivateKey
    do throws(KeyProblem) { key = try PrivateKey(pem: text) } catch {
      throw Failure.settings("\(printable(path(of: file))) \(error.sentence)")
    }
    guard key.publicKey.id == file.id, key.algorithm == file.algorithm else {
      throw Failure.settings("\(printable(path(of: file))) holds another key than its name says")
    }
    return key
  }

  /// The bytes of the text are the key, as with JWT_SECRET_KEY. Throws a failure when others could have read it, or it
  /// holds none.
  func secret(_ file: KeyFile) throws(Failure) -> [UInt8] {
    let content = try content(of: file)
    guard let secret = SecretFile.secret(in: content) else {
      throw Failure.settings("\(printable(path(of: file))) holds no secret")
    }
    return secret
  }

  private func content(of file: KeyFile) throws(Failure) -> [UInt8] {
    let content = try PrivateFile.read(path(of: file), otherwise: "chmod 600, and better rotate the key")
    guard let content else { throw Failure.settings("\(printable(path(of: file))) is gone") }
    return content
  }

  private func path(of file: KeyFile) -> String { "\(path)/\(file.name)" }

  /// The directory must have been prepared.
  func make(_ file: KeyFile, _ text: String, _ random: some RandomSource) throws(Failure) {
    do throws(SystemFailure) { try PrivateFile.make(file.name, in: path, text.utf8, random) } catch {
      throw Failure.settings("\(error)")
    }
  }

  func remove(_ file: KeyFile) throws(Failure) { try PrivateFile.remove(file.name, in: path) }

  /// Makes the directory where it is missing, and lets nobody else look and make meanwhile, in this process or another.
  /// What waits here waits for a few writes at most.
  func locked<Result>(_ work: () throws(Failure) -> Result) throws(Failure) -> Result {
    if mkdir(path, 0o700) != 0, errno != EEXIST { throw Failure.settings("\(SystemFailure("mkdir", path))") }
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw Failure.settings("\(SystemFailure("open", path))") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Failure.settings("\(SystemFailure("stat", path))") }
    guard status.st_mode & 0o077 == 0 else {
      throw Failure.settings("others can look into \(printable(path)): chmod 700")
    }
    do throws(SystemFailure) { _ = try retrying("flock", path) { flock(descriptor, LOCK_EX) } } catch {
      throw Failure.settings("\(error)")
    }
    try removeDrafts()
    return try work()
  }

  /// What was killed while it made a key has left its draft, with the key in it, and would leave it for ever. While the
  /// directory is locked there is no other.
  private func removeDrafts() throws(Failure) {
    for name in try everyName() where name.hasPrefix(".") && name != "." && name != ".." {
      guard let end = name.lastIndex(of: "."), KeyFile(String(name[..<end].dropFirst())) != nil else { continue }
      guard unlink("\(path)/\(name)") == 0 || errno == ENOENT else {
        throw Failure.settings("\(SystemFailure("unlink", "\(path)/\(name)"))")
      }
    }
  }
}
