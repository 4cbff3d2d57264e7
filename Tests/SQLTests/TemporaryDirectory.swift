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

func readFile(_ path: String) -> [UInt8] {
  let descriptor = open(path, O_RDONLY)
  guard descriptor >= 0 else { return [] }
  defer { close(descriptor) }
  var status = stat()
  fstat(descriptor, &status)
  return Array(unsafeUninitializedCapacity: Int(status.st_size)) { buffer, count in
    count = max(0, read(descriptor, buffer.baseAddress, buffer.count))
  }
}

/// Puts the bytes in the place of what the file held.
func writeFile(_ path: String, _ bytes: [UInt8]) {
  let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  precondition(descriptor >= 0 && write(descriptor, bytes, bytes.count) == bytes.count)
  close(descriptor)
}
