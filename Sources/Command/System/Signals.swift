import CLinux
import Glibc

/// SIGTERM, SIGINT and SIGHUP as values that one thread waits for, instead of handlers that interrupt any.
///
/// To be made before the first thread, since every thread inherits the mask of the one that starts it; and before
/// libfcgi, whose own handlers then never run. SIGPIPE and SIGXFSZ are ignored from then on: a peer that has gone, and
/// a file that has reached the limit of sizes (`ulimit -f`), are errors of the write that notices. What is started with
/// `posix_spawn` has to be given an empty mask.
struct Signals: ~Copyable {
  private let descriptor: Int32

  init() throws(SystemFailure) {
    var mask = sigset_t()
    sigemptyset(&mask)
    for signal in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&mask, signal) }
    let code = pthread_sigmask(SIG_BLOCK, &mask, nil)
    if code != 0 { throw SystemFailure("pthread_sigmask", code: code) }
    for ignored in [SIGPIPE, SIGXFSZ] { signal(ignored, SIG_IGN) }
    descriptor = try retrying("signalfd") { signalfd(-1, &mask, Int32(SFD_CLOEXEC)) }
  }

  deinit { close(descriptor) }

  /// Blocks until one of them comes, and says which.
  func wait() throws(SystemFailure) -> Int32 {
    var information = signalfd_siginfo()
    let size = MemoryLayout<signalfd_siginfo>.size
    let count = try retrying("read", "signalfd") { read(descriptor, &information, size) }
    if count != size { throw SystemFailure("read", "signalfd", code: EIO) }
    return Int32(bitPattern: information.ssi_signo)
  }
}
