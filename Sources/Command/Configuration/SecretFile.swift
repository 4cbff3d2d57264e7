import Glibc
import Postern

/// A secret that nobody set: made once and kept in the data directory, in hexadecimal digits.
struct SecretFile {
  let name: String

  static let secretKey = SecretFile(name: "secret_key")
  static let jwtSecretKey = SecretFile(name: "jwt_secret_key")

  private init(name: String) { self.name = name }

  /// The file for a setting that is made when it is missing.
  init?(forKey key: String) {
    switch key {
    case "SECRET_KEY": self = .secretKey
    case "JWT_SECRET_KEY": self = .jwtSecretKey
    default: return nil
    }
  }

  func path(in directory: String) -> String { "\(directory)/\(name)" }

  /// The secret that is kept there; `nil` when there is none yet. Throws a failure when others could know it, or the
  /// file holds none.
  func read(in directory: String) throws(Failure) -> [UInt8]? {
    let path = path(in: directory)
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    if descriptor < 0 {
      if errno == ENOENT { return nil }
      throw Failure.settings("\(SystemFailure("open", path))")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Failure.settings("\(SystemFailure("stat", path))") }
    guard status.st_mode & 0o077 == 0 else {
      throw Failure.settings("\(printable(path)) can be read by others: chmod 600, or better remove it to get another")
    }
    let content: [UInt8]
    do throws(SystemFailure) { content = try readAll(descriptor, path, limit: 4_096) } catch {
      throw Failure.settings("\(error)")
    }
    let secret = Array(content.reversed().drop { $0 == 0x0A || $0 == 0x0D }.reversed())
    guard secret.count >= 32 else {
      throw Failure.settings("\(printable(path)) holds no secret: remove it to get another")
    }
    return secret
  }

  /// Makes the secret from 32 random bytes unless it is there, and reads it. Of any number of processes that do so at
  /// once, all end with the same one: the file gets its name when it is complete and on the disk, and only if nobody
  /// else's has. The directory must exist.
  func readOrMake(in directory: String, _ random: some RandomSource) throws(Failure) -> [UInt8] {
    if let secret = try read(in: directory) { return secret }
    do throws(SystemFailure) { try make(in: directory, random) } catch { throw Failure.settings("\(error)") }
    guard let secret = try read(in: directory) else {
      throw Failure.settings("\(printable(path(in: directory))) vanished after it was made")
    }
    return secret
  }

  private func make(in directory: String, _ random: some RandomSource) throws(SystemFailure) {
    let draft = "\(directory)/.\(name).\(hexadecimal(random.bytes(8)))"
    defer { unlink(draft) }
    try write(hexadecimal(random.bytes(32)) + "\n", to: draft)
    let path = path(in: directory)
    if link(draft, path) != 0, errno != EEXIST { throw SystemFailure("link", path) }
    try flushDirectory(directory)
  }

  private func write(_ text: String, to draft: String) throws(SystemFailure) {
    let descriptor = try retrying("open", draft) {
      open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    }
    defer { close(descriptor) }
    try writeAll(descriptor, text.utf8, draft)
    _ = try retrying("fsync", draft) { fsync(descriptor) }
  }
}

/// Makes what was written into the directory's list of names survive a loss of power.
private func flushDirectory(_ directory: String) throws(SystemFailure) {
  let descriptor = try retrying("open", directory) { open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
  defer { close(descriptor) }
  _ = try retrying("fsync", directory) { fsync(descriptor) }
}

func hexadecimal(_ bytes: [UInt8]) -> String {
  let digits = Array("0123456789abcdef".utf8)
  return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
