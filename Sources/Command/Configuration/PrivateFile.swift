import Cryptography
import Glibc
import Postern

/// Files that hold keys: for their owner alone, and whole or not there at all.
enum PrivateFile {
  /// The content of a file that nobody else can read; `nil` when there is none. A link is not followed. Throws a
  /// failure, which says what to do (`otherwise`) where others could have read it.
  static func read(_ path: String, otherwise advice: String) throws(Failure) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    if descriptor < 0 {
      if errno == ENOENT { return nil }
      throw Failure.settings("\(SystemFailure("open", path))")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Failure.settings("\(SystemFailure("stat", path))") }
    guard status.st_mode & 0o077 == 0 else {
      throw Failure.settings("\(printable(path)) can be read by others: \(advice)")
    }
    do throws(SystemFailure) { return try readAll(descriptor, path, limit: 16_384) } catch {
      throw Failure.settings("\(error)")
    }
  }

  /// Makes a file, unless there is one of that name: it gets its name when it is complete and on the disk.
  static func make(
    _ name: String, in directory: String, _ content: some Sequence<UInt8>, _ random: some RandomSource
  ) throws(SystemFailure) {
    let draft = "\(directory)/.\(name).\(Hexadecimal.encode(random.bytes(8)))"
    defer { unlink(draft) }
    try write(content, to: draft)
    let path = "\(directory)/\(name)"
    if link(draft, path) != 0, errno != EEXIST { throw SystemFailure("link", path) }
    try flushDirectory(directory)
  }

  /// Removes a file where it is there. Throws a failure.
  static func remove(_ name: String, in directory: String) throws(Failure) {
    do throws(SystemFailure) {
      let path = "\(directory)/\(name)"
      if unlink(path) != 0, errno != ENOENT { throw SystemFailure("unlink", path) }
      try flushDirectory(directory)
    } catch { throw Failure.settings("\(error)") }
  }

  private static func write(_ content: some Sequence<UInt8>, to draft: String) throws(SystemFailure) {
    let descriptor = try retrying("open", draft) {
      open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    }
    defer { close(descriptor) }
    try writeAll(descriptor, content, draft)
    _ = try retrying("fsync", draft) { fsync(descriptor) }
  }
}

/// Makes what was changed in the directory's list of names survive a loss of power.
private func flushDirectory(_ directory: String) throws(SystemFailure) {
  let descriptor = try retrying("open", directory) { open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
  defer { close(descriptor) }
  _ = try retrying("fsync", directory) { fsync(descriptor) }
}
