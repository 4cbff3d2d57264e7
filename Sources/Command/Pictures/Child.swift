import CLinux
import Glibc

/// A process that reads what it is given, writes, and ends. It gets nothing else of this one: no environment, no open
/// file, no blocked signal.
struct Child {
  enum End: Equatable, CustomStringConvertible {
    case status(Int32)
    case signal(Int32)

    var description: String {
      switch self {
      case .status(let status): "status \(status)"
      case .signal(let signal): "signal \(signal)"
      }
    }
  }

  private let process: pid_t
  private let pipe: Int32

  /// Starts it; never by fork, which leaves the locks of other threads locked in the child.
  init(_ program: String, _ arguments: [String], input: [UInt8]) throws(SystemFailure) {
    // A file in memory, so that nobody waits for the other to read.
    let file = try retrying("memfd_create") { postern_memory_file("input") }
    defer { close(file) }
    try writeAll(file, input, "input")
    lseek(file, 0, SEEK_SET)
    var ends: [Int32] = [-1, -1]
    _ = try retrying("pipe2") { postern_pipe(&ends) }
    defer { close(ends[1]) }
    do throws(SystemFailure) {
      process = try Child.spawn(program, arguments, input: file, output: ends[1])
    } catch {
      close(ends[0])
      throw error
    }
    pipe = ends[0]
  }

  private static func spawn(
    _ program: String, _ arguments: [String], input: Int32, output: Int32
  ) throws(SystemFailure) -> pid_t {
    var words = (["postern"] + arguments).map { strdup($0) } + [nil]
    defer { words.forEach { free($0) } }
    return try retrying("posix_spawn", program) { postern_spawn(program, &words, input, output) }
  }

  /// All that it writes before it closes its output; `nil` where that is more than `most` bytes, or `left` is over.
  func output(atMost most: Int, left: () -> Duration) -> [UInt8]? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let milliseconds = Int32(clamping: Int(left() / .milliseconds(1)))
      guard milliseconds > 0 else { return nil }
      var waiting = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
      let ready = poll(&waiting, 1, milliseconds)
      if ready < 0, errno == EINTR { continue }
      guard ready > 0 else { return nil }
      let count = read(pipe, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      if count == 0 { return bytes }
      guard count > 0, bytes.count + count <= most else { return nil }
      bytes.append(contentsOf: buffer[..<count])
    }
  }

  /// Waits for its end, or brings it about.
  func end(isKilled: Bool) -> End {
    close(pipe)
    // It has not been waited for, so its number is nobody else's.
    if isKilled { kill(process, SIGKILL) }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 {
      if errno != EINTR { return .status(-1) }
    }
    return status & 0x7F == 0 ? .status(status >> 8 & 0xFF) : .signal(status & 0x7F)
  }
}
