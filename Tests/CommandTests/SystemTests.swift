import CLinux
import Glibc
import Postern
import Testing

@testable import Command

@Suite struct SystemTests {
  @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
  func signalArrivesAsAValue(signal: Int32) throws {
    var before = sigset_t()
    pthread_sigmask(SIG_SETMASK, nil, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    let signals = try Signals()
    // To this thread, so that none of the others can be ended by it.
    pthread_kill(pthread_self(), signal)
    #expect(try signals.wait() == signal)
  }

  @Test func clocksAgreeWithTheSystem() {
    let clock = SystemClock()
    let before = Int64(time(nil))
    let now = clock.now()
    #expect((before...Int64(time(nil))).contains(now.seconds))
    let first = clock.monotonic()
    #expect(clock.monotonic() >= first)
  }

  @Test func failureNamesTheCallAndTheReason() {
    let failure = #expect(throws: SystemFailure.self) {
      try retrying("open", "/nonexistent/\n") { open("/nonexistent/", 0) }
    }
    #expect(failure?.description == "open /nonexistent/\\n: No such file or directory")
  }

  @Test func exactlyTheLimitIsRead() throws {
    let directory = try TemporaryDirectory()
    let descriptor = open(try directory.write("file", "12345"), O_RDONLY)
    defer { close(descriptor) }
    #expect(try readAll(descriptor, "file", limit: 5).count == 5)
    lseek(descriptor, 0, SEEK_SET)
    #expect(throws: SystemFailure("read", "file", code: EFBIG)) { try readAll(descriptor, "file", limit: 4) }
  }

  /// Other tests run meanwhile, and what they use comes back at once.
  @Test func codeThatIsLetGoOfComesBackWhenItIsUsed() throws {
    let before = try residentPagesOfFiles()
    postern_release_code()
    #expect(try residentPagesOfFiles() < before)
    #expect(String(repeating: "ab", count: 3).split(separator: "b").count == 3)
  }

  private func residentPagesOfFiles() throws -> Int {
    let descriptor = open("/proc/self/statm", O_RDONLY)
    defer { close(descriptor) }
    let text = String(decoding: try readAll(descriptor, "/proc/self/statm", limit: 4096), as: UTF8.self)
    return try #require(Int(text.split(separator: " ")[2]))
  }
}
