import Glibc

/// A directory of its own for a test; it goes, with all that is in it, with this object.
final class TemporaryDirectory: Sendable {
  let path: String

  init() {
    var template = Array("/tmp/postern-XXXXXX".utf8CString)
    path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)!) }
  }

  func file(_ name: String = "app.db") -> String { path + "/" + name }

  deinit {
    if let directory = opendir(path) {
      while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        unlink(file(name))
      }
      closedir(directory)
    }
    rmdir(path)
  }
}
