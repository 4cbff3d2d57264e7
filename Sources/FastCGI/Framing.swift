import HTTP

/// Checks what a web server sends, record by record (FastCGI specification 1.0, sections 3 to 5), before anything else
/// looks at it. It keeps no bytes and does no I/O.
///
/// One request at a time: a second one that begins before the first has come to its end is told
/// FCGI_CANT_MPX_CONN; one that begins after it waits its turn.
struct Framing {
  enum Phase: Equatable {
    /// Between requests.
    case idle
    case parameters
    case body
    /// A request is complete and not yet answered.
    case complete
  }

  enum Step {
    /// The record is not whole yet; it will take this many bytes.
    case incomplete(Int)
    /// A record that concerns nobody has been passed over.
    case ignored
    case began
    case parameters(UnsafeBufferPointer<UInt8>)
    case parametersEnded
    /// A whole FCGI_STDIN record, and the length of its content.
    case body(record: UnsafeBufferPointer<UInt8>, Int)
    case ended
    /// The web server has given the current request up.
    case aborted
    /// To be sent at once.
    case reply(Reply)
    /// The next request begins; it has to wait for the answer to the current one.
    case waiting
    case malformed(Malformation)
  }

  private(set) var phase = Phase.idle
  private(set) var requestID: UInt16 = 0
  private(set) var role = Request.Role.responder
  /// FCGI_KEEP_CONN of the last request that began.
  private(set) var keepsConnection = true
  /// Whether the stream of a request that got no ear is still on its way; a close would reset the connection under it.
  private(set) var expectsMore = false

  /// The current request has been answered, or given up.
  mutating func finish() { phase = .idle }

  /// Looks at the record at the start of `bytes` and adds its length to `consumed`, unless it is to stay: `incomplete`,
  /// `waiting` and `malformed`.
  mutating func next(_ bytes: UnsafeBufferPointer<UInt8>, consumed: inout Int) -> Step {
    guard bytes.count >= RecordHeader.size, let start = bytes.baseAddress else {
      return .incomplete(RecordHeader.size)
    }
    let header = RecordHeader(at: start)
    guard header.version == 1 else { return .malformed(.version(header.version)) }
    let content = UnsafeBufferPointer(
      start: start + RecordHeader.size, count: min(header.contentLength, bytes.count - RecordHeader.size))
    if let refused = refuseEarly(header) { return .malformed(refused) }
    guard bytes.count >= header.total else { return .incomplete(header.total) }
    if phase == .complete, header.type == RecordType.beginRequest { return .waiting }
    consumed += header.total
    switch header.type {
    case RecordType.beginRequest: return begin(header, content)
    case RecordType.parameters where isCurrent(header): return parameters(header, content)
    case RecordType.standardInput where isCurrent(header):
      return body(header, UnsafeBufferPointer(start: start, count: header.total))
    case RecordType.standardInput:
      if header.requestID == requestID, header.contentLength == 0 { expectsMore = false }
      return header.requestID == 0 ? .reply(.unknownType(header.type)) : .ignored
    case RecordType.abortRequest where header.requestID == requestID && phase != .idle: return abort()
    case RecordType.getValues: return values(content)
    case 0, 12...: return .reply(.unknownType(header.type))
    default: return header.requestID == 0 ? .reply(.unknownType(header.type)) : .ignored
    }
  }

  private func isCurrent(_ header: RecordHeader) -> Bool {
    header.requestID == requestID && (phase == .parameters || phase == .body)
  }

  /// What can never become right is refused as soon as its header is there.
  @inline(__always)
  private func refuseEarly(_ header: RecordHeader) -> Malformation? {
    switch header.type {
    case RecordType.beginRequest:
      if header.requestID == 0 || header.contentLength != 8 { return .beginRequest }
      if header.requestID == requestID, phase == .parameters || phase == .body { return .order(header.type) }
    case RecordType.parameters: if phase == .body, header.requestID == requestID { return .order(header.type) }
    case RecordType.standardInput: if phase == .parameters, header.requestID == requestID { return .order(header.type) }
    case RecordType.getValues: if header.requestID != 0 { return .management }
    case RecordType.endRequest, 6...8, 10, 11:
      // Only an application sends these; FCGI_DATA (8) belongs to a role that is refused.
      if header.requestID == requestID, phase != .idle, header.requestID != 0 { return .order(header.type) }
    default: break
    }
    return nil
  }

  private mutating func begin(_ header: RecordHeader, _ body: UnsafeBufferPointer<UInt8>) -> Step {
    guard phase == .idle else { return .reply(.endRequest(header.requestID, .cannotMultiplex)) }
    requestID = header.requestID
    keepsConnection = body[2] & 1 != 0
    expectsMore = true
    switch UInt16(body[0]) << 8 | UInt16(body[1]) {
    case 1: role = .responder
    case 2: role = .authorizer
    default: return .reply(.endRequest(requestID, .unknownRole))
    }
    phase = .parameters
    return .began
  }

  private mutating func parameters(_ header: RecordHeader, _ content: UnsafeBufferPointer<UInt8>) -> Step {
    guard content.isEmpty else { return .parameters(content) }
    phase = .body
    return .parametersEnded
  }

  private mutating func body(_ header: RecordHeader, _ record: UnsafeBufferPointer<UInt8>) -> Step {
    guard header.contentLength == 0 else { return .body(record: record, header.contentLength) }
    expectsMore = false
    phase = .complete
    return .ended
  }

  /// An authorizer's request has no body (section 6.3): it is complete with its parameters. lighttpd ends the empty
  /// body all the same, Apache does not.
  mutating func endWithParameters() { phase = .complete }

  private mutating func abort() -> Step {
    phase = .idle
    return .aborted
  }

  /// A variable counts once however often it is asked for; others are passed over (section 4.1).
  private func values(_ content: UnsafeBufferPointer<UInt8>) -> Step {
    var variables: Reply.Variables = []
    let isWhole = Pairs.forEach(in: content) { name, _ in
      let name = UnsafeBufferPointer(rebasing: content[name])
      if name.elementsEqual("FCGI_MAX_CONNS".utf8) { variables.insert(.mostConnections) }
      if name.elementsEqual("FCGI_MAX_REQS".utf8) { variables.insert(.mostRequests) }
      if name.elementsEqual("FCGI_MPXS_CONNS".utf8) { variables.insert(.multiplexes) }
    }
    return isWhole ? .reply(.values(variables)) : .malformed(.management)
  }
}

/// Why a connection is closed on the peer: after these bytes nobody could know where the next record begins, or what
/// the current request is.
package enum Malformation: Sendable, Equatable, CustomStringConvertible {
  case version(UInt8)
  /// An FCGI_BEGIN_REQUEST with request id 0, or of another length than 8.
  case beginRequest
  /// A record of this type has no place here.
  case order(UInt8)
  /// Names and values do not fill the stream of parameters exactly.
  case parameterLengths
  /// A parameter holds a NUL, which no CGI parameter can (RFC 3875, section 4.1: C strings).
  case parameterBytes
  /// FCGI_GET_VALUES with a request id, or with lengths that do not fill it.
  case management
  /// More than is drained of a body that is refused.
  case endless

  package var description: String {
    switch self {
    case .version(let version): "a record of FastCGI version \(version)"
    case .beginRequest: "a malformed FCGI_BEGIN_REQUEST"
    case .order(let type): "a record of type \(type) out of order"
    case .parameterLengths: "parameters whose lengths do not add up"
    case .parameterBytes: "a parameter with a NUL in it"
    case .management: "a malformed FCGI_GET_VALUES"
    case .endless: "a refused request that does not end"
    }
  }
}
