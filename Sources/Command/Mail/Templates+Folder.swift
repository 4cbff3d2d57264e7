import Glibc
import Mail
import Postern

extension Templates {
  /// The words of mails as the settings want them. Throws a failure that names everything that is wrong with the site's
  /// files. Of its folder, files that end with `.txt` or `.html` are read.
  init(_ settings: Settings) throws(Failure) {
    guard let folder = settings.mail.templates else {
      self.init()
      return
    }
    do {
      try self.init(replacing: readTemplates(folder))
    } catch let mistakes as TemplateMistakes {
      throw Failure(.configuration, mistakes.sentences.map { "POSTERN_MAIL_TEMPLATES: \(printable($0))" })
    } catch {
      throw Failure.settings("POSTERN_MAIL_TEMPLATES: \(error)")
    }
  }
}

private func readTemplates(_ folder: String) throws(SystemFailure) -> [String: [UInt8]] {
  guard let directory = opendir(folder) else { throw SystemFailure("opendir", folder) }
  defer { closedir(directory) }
  var files: [String: [UInt8]] = [:]
  while let entry = readdir(directory) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
      pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    guard name.hasSuffix(".txt") || name.hasSuffix(".html"), !name.hasPrefix(".") else { continue }
    let path = "\(folder)/\(name)"
    let descriptor = try retrying("open", path) { open(path, O_RDONLY | O_CLOEXEC) }
    defer { close(descriptor) }
    files[name] = try readAll(descriptor, path, limit: 262_144)
  }
  return files
}
