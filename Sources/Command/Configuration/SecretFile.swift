import Cryptography
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
    let content = try PrivateFile.read(path, otherwise: "chmod 600, or better remove it to get another")
    guard let content else { return nil }
    guard let secret = SecretFile.secret(in: content) else {
      throw Failure.settings("\(printable(path)) holds no secret: remove it to get another")
    }
    return secret
  }

  /// Makes the secret from 32 random bytes unless it is there, and reads it. Of any number of processes that do so at
  /// once, all end with the same one: the file gets its name when it is complete and on the disk, and only if nobody
  /// else's has. The directory must exist.
  func readOrMake(in directory: String, _ random: some RandomSource) throws(Failure) -> [UInt8] {
    if let secret = try read(in: directory) { return secret }
    do throws(SystemFailure) {
      try PrivateFile.make(name, in: directory, (Hexadecimal.encode(random.bytes(32)) + "\n").utf8, random)
    } catch { throw Failure.settings("\(error)") }
    guard let secret = try read(in: directory) else {
      throw Failure.settings("\(printable(path(in: directory))) vanished after it was made")
    }
    return secret
  }

  /// The bytes of a file's text, without the line ends behind it, are the secret; `nil` where they are fewer than 32.
  static func secret(in content: [UInt8]) -> [UInt8]? {
    let secret = Array(content.reversed().drop { $0 == 0x0A || $0 == 0x0D }.reversed())
    return secret.count >= 32 ? secret : nil
  }
}
