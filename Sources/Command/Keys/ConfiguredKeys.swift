import Cryptography
import Glibc
import Postern

/// The keys that the configuration sets: `JWT_PRIVATE_KEY` and `JWT_PUBLIC_KEY`.
enum ConfiguredKeys {
  /// Throws a failure that names the setting.
  static func privateKey(_ settings: Settings) throws(Failure) -> PrivateKey? {
    guard let setting = settings.privateKey else { return nil }
    let text = try text(of: setting, "JWT_PRIVATE_KEY", isSecret: true)
    do throws(KeyProblem) { return try PrivateKey(pem: text) } catch {
      throw Failure.settings("JWT_PRIVATE_KEY \(error.sentence); taken is a private key in PEM, or the path of a file")
    }
  }

  /// Throws a failure that names the setting.
  static func publicKeys(_ settings: Settings) throws(Failure) -> [PublicKey] {
    guard let setting = settings.publicKeys else { return [] }
    let text = try text(of: setting, "JWT_PUBLIC_KEY", isSecret: false)
    do throws(KeyProblem) { return try PublicKey.all(pem: text) } catch {
      throw Failure.settings("JWT_PUBLIC_KEY \(error.sentence); taken are public keys in PEM, or the path of a file")
    }
  }

  /// A file's content, where the setting is its path. In an environment variable a line end is often written `\n`.
  private static func text(of setting: String, _ key: String, isSecret: Bool) throws(Failure) -> String {
    guard setting.hasPrefix("/") else {
      return setting.contains("\n") ? setting : setting.replacing("\\n", with: "\n")
    }
    let descriptor = open(setting, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Failure.settings("\(key): \(SystemFailure("open", setting))") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Failure.settings("\(key): \(SystemFailure("stat", setting))") }
    // The group may be the service's own.
    if isSecret, status.st_mode & 0o007 != 0 {
      throw Failure.settings("\(key): everybody can read \(printable(setting)): chmod o=")
    }
    do throws(SystemFailure) {
      return String(decoding: try readAll(descriptor, setting, limit: 65_536), as: UTF8.self)
    } catch { throw Failure.settings("\(key): \(error)") }
  }
}
