import CFastCGI
import Glibc
import HTTP

/// libfcgi, which decodes parameters and bodies and encodes answers, over memory: it never sees a socket, nor a record
/// that `Framing` has not checked. One per reactor, used on its thread only, and for one request at a time, because
/// libfcgi's input and output belong to the thread.
final class Codec {
  private let request: UnsafeMutablePointer<FCGX_Request>
  private let answerLimit: Int
  private(set) var isOpen = false

  /// libfcgi installs handlers for SIGPIPE, SIGUSR1 and SIGTERM when it is initialised; the ones before are put back,
  /// so that whoever owns the signals of this process keeps them.
  private static let isInitialised: Bool = {
    let signals = [SIGPIPE, SIGUSR1, SIGTERM]
    let before = signals.map { signal in
      var action = sigaction()
      sigaction(signal, nil, &action)
      return action
    }
    let result = FCGX_Init()
    for (signal, action) in zip(signals, before) {
      var action = action
      sigaction(signal, &action, nil)
    }
    return result == 0 && postern_fastcgi_is_in_place()
  }()

  /// - Parameter answerLimit: bytes that one encoded answer may have, records and all.
  init(answerLimit: Int) {
    precondition(Codec.isInitialised, "libfcgi cannot be initialised, or is not over memory")
    self.answerLimit = answerLimit
    request = .allocate(capacity: 1)
    FCGX_InitRequest(request, -1, 0)
  }

  deinit {
    FCGX_Free(request, 0)
    request.deallocate()
    postern_fastcgi_trim(0)
  }

  /// Hands libfcgi a whole request: FCGI_BEGIN_REQUEST with FCGI_KEEP_CONN and a known role, parameters, both streams
  /// ended. The bytes must stay until `close`. False when libfcgi does not take it; then nothing is open.
  func open(_ records: UnsafeBufferPointer<UInt8>) -> Bool {
    precondition(!isOpen)
    postern_fastcgi_feed(records.baseAddress, records.count)
    postern_fastcgi_reset(answerLimit)
    // Not negative: a connection is there. Kept: libfcgi neither closes it nor looks for another.
    request.pointee.ipcFd = 0
    request.pointee.keepConnection = 1
    request.pointee.requestId = 0
    isOpen = FCGX_Accept_r(request) == 0
    return isOpen
  }

  /// Opens an empty request of that id: the frame for an answer that was made later.
  /// - Parameter hasBody: leaves the body without its end, so that records of it can follow.
  func open(id: UInt16, hasBody: Bool = false) {
    let isTaken = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: ParameterBlock.emptyLength) { bytes in
      ParameterBlock.writeEmpty(id: id, at: bytes.baseAddress!)
      return open(UnsafeBufferPointer(rebasing: bytes[..<(bytes.count - (hasBody ? RecordHeader.size : 0))]))
    }
    precondition(isTaken, "libfcgi refuses an empty request")
  }

  /// Appends the parameters of the open request.
  /// - Returns: their length in libfcgi's form `NAME=VALUE`, which is shorter than it was where a NUL ended one.
  func readParameters(into parameters: inout Parameters) -> Int {
    // The first entry is FCGI_ROLE, libfcgi's own.
    parameters.append(environment: request.pointee.envp! + 1)
  }

  /// Decodes one whole FCGI_STDIN record of that request.
  func readBody(_ record: UnsafeBufferPointer<UInt8>, id: UInt16, into content: UnsafeMutableBufferPointer<UInt8>)
    -> Bool
  {
    open(id: id, hasBody: true)
    defer { abandon() }
    postern_fastcgi_feed(record.baseAddress, record.count)
    return content.withMemoryRebound(to: CChar.self) {
      FCGX_GetStr($0.baseAddress, Int32($0.count), request.pointee.in) == Int32($0.count)
    }
  }

  /// Writes status and fields.
  func writeHead(_ response: Response) {
    if let line = StatusLine.known(response.status) {
      put(UnsafeBufferPointer(start: line.utf8Start, count: line.utf8CodeUnitCount))
    } else {
      writeBody(Array("Status: \(response.status)\r\n".utf8))
    }
    response.fields.lines.withUnsafeBufferPointer { put($0) }
    put(UnsafeBufferPointer(start: ("\r\n" as StaticString).utf8Start, count: 2))
  }

  func writeBody(_ bytes: [UInt8]) { bytes.withUnsafeBufferPointer { put($0) } }

  /// Ends the answer. The records are good until the codec is used again; `nil` when they are more than may be.
  func close() -> UnsafeBufferPointer<UInt8>? {
    precondition(isOpen)
    isOpen = false
    let isWhole = FCGX_FClose(request.pointee.err) == 0 && FCGX_FClose(request.pointee.out) == 0
    FCGX_Free(request, 0)
    return isWhole ? written : nil
  }

  /// What is written so far, as records of a stream that goes on; ends the use of libfcgi, not the answer.
  func suspend() -> UnsafeBufferPointer<UInt8>? {
    precondition(isOpen)
    isOpen = false
    let isWhole = FCGX_FFlush(request.pointee.out) == 0
    let records = written
    FCGX_Free(request, 0)
    return isWhole ? records : nil
  }

  /// Forgets the open request; nothing is answered.
  func abandon() {
    precondition(isOpen)
    isOpen = false
    FCGX_Free(request, 0)
  }

  /// Gives back memory that an unusually large answer took.
  func trim() { postern_fastcgi_trim(1 << 18) }

  private var written: UnsafeBufferPointer<UInt8> {
    var count = 0
    let bytes = postern_fastcgi_written(&count)
    return UnsafeBufferPointer(start: bytes, count: count)
  }

  @inline(__always)
  private func put(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
    UnsafeRawPointer(start).withMemoryRebound(to: CChar.self, capacity: bytes.count) {
      _ = FCGX_PutStr($0, Int32(clamping: bytes.count), request.pointee.out)
    }
  }
}
