import CLinux
import Glibc
import Synchronization

/// The descriptor that log lines go to. Whoever writes a line never waits for whoever reads them: a reactor that logs
/// must go on answering while the reader hangs, and a full disk must stop nobody.
///
/// What finds no room is kept, and a thread that lives as long as that hands it on. When that is full as well, lines
/// are missing until the reader has taken everything; the line behind them says how many. What is still kept when the
/// process ends is lost.
final class LogOutput: Sendable {
  /// Bytes that are kept.
  static let most = 1 << 20
  /// A write of so many never blocks where `poll` has said that there is room (pipe(7)).
  private static let portion = Int(PIPE_BUF)

  private struct State {
    /// Whole lines, but that a part of the first may have been written already.
    var kept: [UInt8] = []
    var hasThread = false
    /// Lines that were neither written nor kept, and that no line speaks of.
    var missing = 0
    /// As many as the notice in `kept` speaks of.
    var noticed = 0
    /// The last that was written is a part of a line.
    var isMidLine = false
  }

  private let descriptor: Int32
  /// The same for who must not wait; -1 where only the thread may write. A terminal says that there is room when it has
  /// room for a byte, and keeps whoever writes more: it is opened once more, so that such a write comes back instead.
  private let prompt: Int32
  private let notice: @Sendable (_ missing: Int) -> [UInt8]
  private let state = Mutex(State())

  /// - Parameter notice: the line that says how many are missing, with its end.
  init(_ descriptor: Int32, notice: @escaping @Sendable (_ missing: Int) -> [UInt8]) {
    self.descriptor = descriptor
    self.notice = notice
    prompt =
      isatty(descriptor) == 0
      ? descriptor : open("/proc/self/fd/\(descriptor)", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
  }

  deinit { if prompt >= 0, prompt != descriptor { close(prompt) } }

  /// Takes a line, with its end. Does not block but where the descriptor is a file on a disk that hangs.
  func write(_ line: [UInt8]) {
    state.withLock { state in
      guard state.missing == 0 || state.kept.isEmpty, state.kept.count + line.count <= LogOutput.most else {
        state.missing += 1
        return
      }
      if state.missing > 0 { keepNotice(&state) }
      state.kept += line
      if !state.hasThread {
        advance(&state)
        if !state.kept.isEmpty { state.hasThread = startThread() }
      }
    }
  }

  private func keepNotice(_ state: inout State) {
    if state.isMidLine { state.kept.append(UInt8(ascii: "\n")) }
    state.kept += notice(state.missing)
    (state.noticed, state.missing) = (state.missing, 0)
  }

  /// Writes what is kept, as far as there is room.
  private func advance(_ state: inout State) {
    while prompt >= 0, !state.kept.isEmpty, isReady(within: 0) {
      let count = state.kept.withUnsafeBytes {
        Glibc.write(prompt, $0.baseAddress!, min($0.count, LogOutput.portion))
      }
      if count < 0, errno == EAGAIN { return }
      account(for: count, errno, &state)
    }
  }

  /// Writes a portion to a terminal, however long that takes. Nobody waits meanwhile; lines that come are kept.
  private func writePatiently() {
    let portion = state.withLock { Array($0.kept.prefix(LogOutput.portion)) }
    let count = portion.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress!, $0.count) }
    let code = errno
    state.withLock { account(for: count, code, &$0) }
  }

  /// Takes away what a write has taken: so many bytes, or none for the reason that errno gives.
  private func account(for count: Int, _ code: Int32, _ state: inout State) {
    guard count > 0 else {
      if count == 0 || code != EINTR { giveUp(&state) }
      return
    }
    state.noticed = 0
    state.isMidLine = state.kept[count - 1] != UInt8(ascii: "\n")
    state.kept.removeFirst(count)
    guard state.kept.isEmpty else { return }
    state.kept = []
    if state.missing > 0 { keepNotice(&state) }
  }

  /// A descriptor that takes nothing, such as a file on a full disk: the next line tries again.
  private func giveUp(_ state: inout State) {
    let lines = state.kept.count(where: { $0 == UInt8(ascii: "\n") })
    // The notice is the first line of those that are kept, if there is one.
    state.missing += lines + (state.noticed > 0 ? state.noticed - 1 : 0)
    (state.kept, state.noticed) = ([], 0)
  }

  private func isReady(within milliseconds: Int32) -> Bool {
    var watched = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return poll(&watched, 1, milliseconds) > 0
  }

  private func startThread() -> Bool {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    // It must not be the one that a signal comes to.
    var (every, before) = (sigset_t(), sigset_t())
    sigfillset(&every)
    pthread_sigmask(SIG_SETMASK, &every, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    var thread = pthread_t()
    let output = Unmanaged.passRetained(self)
    let code = pthread_create(
      &thread, &attributes,
      { output in
        Unmanaged<LogOutput>.fromOpaque(output!).takeRetainedValue().run()
        return nil
      }, output.toOpaque())
    if code != 0 { output.release() }
    return code == 0
  }

  private func run() {
    postern_name_thread("log")
    var hasMore = true
    while hasMore {
      _ = isReady(within: -1)
      if prompt != descriptor { writePatiently() }
      hasMore = state.withLock { state in
        advance(&state)
        state.hasThread = !state.kept.isEmpty
        return state.hasThread
      }
    }
  }
}
