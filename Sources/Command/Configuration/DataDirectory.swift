import Glibc

/// Makes the directory, for its owner alone, with those above it; or checks that the one that is there can be trusted
/// with accounts and keys. Throws a sentence.
func prepareDataDirectory(_ path: String) throws(Rejection) {
  var parent = ""
  let parts = path.split(separator: "/")
  for (index, part) in parts.enumerated() {
    parent += "/" + part
    let isLast = index == parts.count - 1
    if mkdir(parent, isLast ? 0o700 : 0o755) != 0, errno != EEXIST {
      // A directory above may be there and not ours to make, on a read-only file system for instance.
      let failure = SystemFailure("mkdir", parent)
      if access(parent, F_OK) != 0 { throw Rejection("the data directory cannot be made: \(failure)") }
    }
  }
  var status = stat()
  guard stat(path, &status) == 0 else { throw Rejection("\(SystemFailure("stat", path))") }
  guard status.st_mode & S_IFMT == S_IFDIR else { throw Rejection("\(printable(path)) is no directory") }
  let user = geteuid()
  guard user == 0 || status.st_uid == user else {
    throw Rejection("the data directory \(printable(path)) belongs to another user: run as its owner, or chown it")
  }
  guard status.st_mode & 0o022 == 0 else {
    throw Rejection("others can write to the data directory \(printable(path)): chmod go-w")
  }
}
