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
    return result == 0
  }()

  /// - Parameter answerLimit: bytes that one encoded answer may have, records and all.
  init(answerLimit: Int) {
    precondition(Codec.isInitialised, "FCGX_Init failed")
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
    var total = 0
    // The first entry is FCGI_ROLE, libfcgi's own.
    var entry = request.pointee.envp! + 1
    while let pair = entry.pointee {
      let length = strlen(pair)
      pair.withMemoryRebound(to: UInt8.self, capacity: length) {
        parameters.append(pair: UnsafeBufferPointer(start: $0, count: length))
      }
      total += length
      entry += 1
    }
    return total
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
    let status = StatusLine.bytes(response.status)
    put(UnsafeBufferPointer(start: status.utf8Start, count: status.utf8CodeUnitCount))
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

/// The line that tells the web server the status (RFC 3875, section 6.3.3).
enum StatusLine {
  static func bytes(_ status: Int) -> StaticString {
    switch status {
    case 200: "Status: 200 OK\r\n"
    case 201: "Status: 201 Created\r\n"
    case 202: "Status: 202 Accepted\r\n"
    case 204: "Status: 204 No Content\r\n"
    case 206: "Status: 206 Partial Content\r\n"
    case 301: "Status: 301 Moved Permanently\r\n"
    case 302: "Status: 302 Found\r\n"
    case 303: "Status: 303 See Other\r\n"
    case 304: "Status: 304 Not Modified\r\n"
    case 307: "Status: 307 Temporary Redirect\r\n"
    case 308: "Status: 308 Permanent Redirect\r\n"
    case 400: "Status: 400 Bad Request\r\n"
    case 401: "Status: 401 Unauthorized\r\n"
    case 403: "Status: 403 Forbidden\r\n"
    case 404: "Status: 404 Not Found\r\n"
    case 405: "Status: 405 Method Not Allowed\r\n"
    case 406: "Status: 406 Not Acceptable\r\n"
    case 409: "Status: 409 Conflict\r\n"
    case 410: "Status: 410 Gone\r\n"
    case 411: "Status: 411 Length Required\r\n"
    case 413: "Status: 413 Content Too Large\r\n"
    case 414: "Status: 414 URI Too Long\r\n"
    case 415: "Status: 415 Unsupported Media Type\r\n"
    case 422: "Status: 422 Unprocessable Content\r\n"
    case 429: "Status: 429 Too Many Requests\r\n"
    case 431: "Status: 431 Request Header Fields Too Large\r\n"
    case 501: "Status: 501 Not Implemented\r\n"
    case 502: "Status: 502 Bad Gateway\r\n"
    case 503: "Status: 503 Service Unavailable\r\n"
    case 504: "Status: 504 Gateway Timeout\r\n"
    default: "Status: 500 Internal Server Error\r\n"
    }
  }
}
