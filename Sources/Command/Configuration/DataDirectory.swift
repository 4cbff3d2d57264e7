import Glibc

/// Makes the directory, for its owner alone, with those above it; or checks that the one that is there can be trusted
/// with accounts and keys. Throws a failure.
func prepareDataDirectory(_ path: String) throws(Failure) {
  var parent = ""
  let parts = path.split(separator: "/")
  for (index, part) in parts.enumerated() {
    parent += "/" + part
    let isLast = index == parts.count - 1
    if mkdir(parent, isLast ? 0o700 : 0o755) != 0, errno != EEXIST {
      // A directory above may be there and not ours to make, on a read-only file system for instance.
      let failure = SystemFailure("mkdir", parent)
      if access(parent, F_OK) != 0 { throw Failure.settings("the data directory cannot be made: \(failure)") }
    }
  }
  var status = stat()
  guard stat(path, &status) == 0 else { throw Failure.settings("\(SystemFailure("stat", path))") }
  guard status.st_mode & S_IFMT == S_IFDIR else { throw Failure.settings("\(printable(path)) is no directory") }
  let user = geteuid()
  guard user == 0 || status.st_uid == user else {
    throw Failure.settings(
      "the data directory \(printable(path)) belongs to another user: run as its owner, or chown it")
  }
  guard status.st_mode & 0o022 == 0 else {
    throw Failure.settings("others can write to the data directory \(printable(path)): chmod go-w")
  }
}

/// Where root works on a directory of another user's: gives up being root and becomes that user. Throws a failure.
func becomeOwner(of path: String) throws(Failure) {
  var status = stat()
  guard stat(path, &status) == 0 else { throw Failure.settings("\(SystemFailure("stat", path))") }
  if geteuid() != 0 || status.st_uid == 0 { return }
  // The groups first: without root's rights they cannot be given up any more.
  guard setgroups(0, nil) == 0, setgid(status.st_gid) == 0, setuid(status.st_uid) == 0 else {
    throw Failure.settings("\(SystemFailure("setuid", path))")
  }
}

/// Makes the directory of the standard socket, which web servers of other users must be able to enter; leaves every
/// other alone. Throws a failure.
func prepareSocketDirectory(for listeners: [String]) throws(Failure) {
  let directory = "/run/postern"
  guard listeners.contains("unix:\(directory)/postern.sock"), access(directory, F_OK) != 0 else { return }
  guard mkdir(directory, 0o755) == 0 || errno == EEXIST, chmod(directory, 0o755) == 0 else {
    throw Failure.settings("\(SystemFailure("mkdir", directory))")
  }
}
