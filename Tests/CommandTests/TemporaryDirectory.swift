import Glibc

@testable import Command

/// A directory that is gone after the test.
final class TemporaryDirectory: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/postern-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SystemFailure("mkdtemp") }
    path = String(decoding: template.dropLast().map(UInt8.init), as: UTF8.self)
  }

  deinit {
    removeTree(path)
  }

  /// Writes a file with exactly these permissions, and says where it is.
  @discardableResult
  func write(_ name: String, _ text: String, mode: mode_t = 0o600) throws -> String {
    let path = "\(path)/\(name)"
    let descriptor = try retrying("open", path) { open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600) }
    defer { close(descriptor) }
    try writeAll(descriptor, text.utf8, path)
    fchmod(descriptor, mode)
    return path
  }

  func read(_ name: String) throws -> String { try contents(of: "\(path)/\(name)") }

  /// The names in it, or in a directory in it, sorted.
  func names(in name: String? = nil) -> [String] { entries(of: name.map { "\(path)/\($0)" } ?? path).sorted() }
}

private func removeTree(_ path: String) {
  for name in entries(of: path) { removeTree("\(path)/\(name)") }
  remove(path)
}

/// None for what is no directory, a link to one included.
private func entries(of path: String) -> [String] {
  let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
  guard descriptor >= 0, let stream = fdopendir(descriptor) else { return [] }
  defer { closedir(stream) }
  var names: [String] = []
  while let entry = readdir(stream) {
    let name = withUnsafePointer(to: entry.pointee.d_name) { tuple in
      tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if name != ".", name != ".." { names.append(name) }
  }
  return names
}

/// A whole file as text.
func contents(of path: String) throws -> String {
  let descriptor = try retrying("open", path) { open(path, O_RDONLY | O_CLOEXEC) }
  defer { close(descriptor) }
  return String(decoding: try readAll(descriptor, path, limit: 1 << 20), as: UTF8.self)
}
