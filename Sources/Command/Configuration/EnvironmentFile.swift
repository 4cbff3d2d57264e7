import Glibc

/// The one `.env` file that settings are read from, besides the environment.
struct EnvironmentFile {
  let path: String
  let content: DotEnv
  /// What the file's owner should mend.
  var warnings: [String] = []

  /// `POSTERN_ENV_FILE`, which must exist and may be empty for none; else `.env` in the working directory; else the
  /// system's. `nil` when there is none. Throws a failure.
  ///
  /// A `.env` that happens to lie in the working directory is read only if nobody but its reader and root can have
  /// written it: an administrator may be standing in somebody else's directory.
  static func find(_ surroundings: Surroundings) throws(Failure) -> EnvironmentFile? {
    if let named = surroundings.environment["POSTERN_ENV_FILE"] {
      if named.isEmpty { return nil }
      guard let file = try read(named, trusting: nil) else {
        throw Failure.settings("POSTERN_ENV_FILE is “\(printable(named))”, and there is no such file")
      }
      return file
    }
    for path in [surroundings.workingDirectory + "/.env", surroundings.systemFile] {
      if let file = try read(path, trusting: surroundings.user) { return file }
    }
    return nil
  }

  /// The group may write where it is the reader's own, as on systems that give every user a group.
  private static func isTrusted(_ status: stat, by reader: uid_t) -> Bool {
    let isOwn = status.st_uid == 0 || status.st_uid == reader
    let isGroupOwn = status.st_mode & 0o020 == 0 || status.st_gid == getegid()
    return isOwn && isGroupOwn && status.st_mode & 0o002 == 0
  }

  private static func read(_ path: String, trusting reader: uid_t?) throws(Failure) -> EnvironmentFile? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw Failure.settings("\(SystemFailure("open", path))")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Failure.settings("\(SystemFailure("stat", path))") }
    if let reader, !isTrusted(status, by: reader) {
      throw Failure.settings(
        "\(printable(path)) could have been written by others: make it yours and chmod go-w, or name it in "
          + "POSTERN_ENV_FILE")
    }
    do throws(SystemFailure) {
      var file = EnvironmentFile(path: path, content: DotEnv(try readAll(descriptor, path, limit: 1 << 20)))
      let holdsSecret = file.content.entries.contains { Setting.named($0.key)?.isSecret == true }
      if holdsSecret, status.st_mode & 0o004 != 0 {
        file.warnings.append("\(printable(path)) holds a secret and everybody can read it: chmod o-r")
      }
      return file
    } catch { throw Failure.settings("\(error)") }
  }
}
