import Glibc
import Postern

/// Pictures as files in a folder. Whoever knows a file's name may read it, as at its address; nobody can list them. So
/// a web server of another user can send them itself, if it may enter the folders above.
struct PictureFolder: PictureFiles {
  let path: String
  let openFolder: String?

  /// Makes the folder, if it is not there, and its lock. Throws a failure.
  init(_ path: String) throws(Failure) {
    self.path = path
    if mkdir(path, 0o711) != 0, errno != EEXIST { throw Failure.settings("\(SystemFailure("mkdir", path))") }
    var status = stat()
    guard stat(path, &status) == 0 else { throw Failure.settings("\(SystemFailure("stat", path))") }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw Failure.settings("\(printable(path)) is no directory") }
    guard status.st_mode & 0o022 == 0 || status.st_mode & S_ISVTX != 0 else {
      throw Failure.settings("others can write to the folder of pictures \(printable(path)): chmod go-w")
    }
    // What somebody else has made, with other rights, is left as it is.
    if status.st_uid == geteuid(), status.st_mode & 0o7777 == 0o700 { chmod(path, 0o711) }
    guard access(path, W_OK | X_OK) == 0 else { throw Failure.settings("\(SystemFailure("access", path))") }
    openFolder = PictureFolder.isOpenToAll(path) ? path : nil
  }

  /// Whether a web server that runs as whoever it likes gets at the files: the folder and all above it can be entered
  /// by everybody.
  private static func isOpenToAll(_ path: String) -> Bool {
    var folder = path
    while !folder.isEmpty {
      var status = stat()
      guard stat(folder, &status) == 0, status.st_mode & S_IXOTH != 0 else { return false }
      guard let slash = folder.lastIndex(of: "/") else { return true }
      folder = String(folder[..<slash])
    }
    return true
  }

  func exclusively<Result>(_ work: () throws(StoreError) -> Result) throws(StoreError) -> Result {
    let lock = try opened(".lock", O_RDWR | O_CREAT)
    // Closing it opens the lock.
    defer { close(lock) }
    _ = try asStored { () throws(SystemFailure) in try retrying("flock", path) { flock(lock, LOCK_EX) } }
    return try work()
  }

  func save(_ name: PictureName, _ contents: [PictureName.Size: [UInt8]]) throws(StoreError) {
    for (size, bytes) in contents where access(path(of: name, size), F_OK) != 0 {
      let unfinished = ".new-" + name.file(size)
      let file = try opened(unfinished, O_WRONLY | O_CREAT | O_TRUNC)
      defer { close(file) }
      try asStored { () throws(SystemFailure) in
        try writeAll(file, bytes, unfinished)
        _ = try retrying("fchmod", unfinished) { fchmod(file, 0o644) }
        _ = try retrying("fsync", unfinished) { fsync(file) }
        _ = try retrying("rename", unfinished) { rename(path + "/" + unfinished, path(of: name, size)) }
      }
    }
    let folder = try opened(".", O_RDONLY | O_DIRECTORY)
    defer { close(folder) }
    _ = try asStored { () throws(SystemFailure) in try retrying("fsync", path) { fsync(folder) } }
  }

  func read(_ name: PictureName, _ size: PictureName.Size) throws(StoreError) -> [UInt8]? {
    let file = open(path(of: name, size), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    if file < 0, errno == ENOENT { return nil }
    guard file >= 0 else { throw .unavailable("\(SystemFailure("open", path(of: name, size)))") }
    defer { close(file) }
    return try asStored { () throws(SystemFailure) in try readAll(file, name.text, limit: 4 << 20) }
  }

  func remove(_ name: PictureName) throws(StoreError) {
    for size in PictureName.Size.allCases {
      guard unlink(path(of: name, size)) == 0 || errno == ENOENT else {
        throw .unavailable("\(SystemFailure("unlink", path(of: name, size)))")
      }
    }
  }

  func list() throws(StoreError) -> [PictureName] {
    Array(Set(try files().compactMap { PictureName.parse(file: $0.utf8)?.name }))
  }

  func removeUnfinished() throws(StoreError) {
    for file in try files() where file.hasPrefix(".new-") { unlink(path + "/" + file) }
  }

  /// The names of all files.
  private func files() throws(StoreError) -> [String] {
    guard let folder = opendir(path) else { throw .unavailable("\(SystemFailure("opendir", path))") }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      names.append(name)
    }
    return names
  }

  private func path(of name: PictureName, _ size: PictureName.Size) -> String { path + "/" + name.file(size) }

  private func opened(_ name: String, _ flags: Int32) throws(StoreError) -> Int32 {
    try asStored { () throws(SystemFailure) in
      try retrying("open", path + "/" + name) { open(path + "/" + name, flags | O_CLOEXEC | O_NOFOLLOW, 0o600) }
    }
  }

  private func asStored<Result>(_ work: () throws(SystemFailure) -> Result) throws(StoreError) -> Result {
    do { return try work() } catch { throw .unavailable("\(error)") }
  }
}
