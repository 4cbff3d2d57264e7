import HTTP

/// Makes a request of the records that one connection sends: checked by `Framing`, decoded by libfcgi, within the
/// limits. Between requests it holds no memory but itself.
struct Intake {
  /// What it needs of its reactor.
  struct Means {
    let limits: ServerLimits
    let application: any Application
    let codec: Codec
    var buffers = BufferPool()
    /// Bytes of bodies in memory, of all requests that are arriving.
    var bodiesInMemory = 0
  }

  enum Arrival {
    /// A record has been dealt with; there may be more.
    case progress
    /// The next record will take this many bytes.
    case incomplete(Int)
    case reply(Reply)
    /// A request is complete: see `block`, `parameters`, `body` and `refusal`; `finish` when it has been answered.
    case request
    case aborted
    case waiting
    case malformed(Malformation)
  }

  private(set) var framing = Framing()
  /// The request's parameters, sealed once it is complete, for libfcgi.
  private(set) var block: ParameterBlock?
  /// The request's parameters, where its body made them necessary earlier.
  private(set) var parameters: Parameters?
  private(set) var refusal: Refusal?
  private var spool: BodySpool?
  private var bodyLimit = 0
  private var drained = 0
  /// What `parameters` will be as NAME=VALUE: anything less, and a NUL has cut one short.
  private(set) var expectedLength = 0

  /// Deals with the record at the start of `bytes`; adds to `consumed` what can go.
  mutating func take(_ bytes: UnsafeBufferPointer<UInt8>, consumed: inout Int, _ means: inout Means) -> Arrival {
    switch framing.next(bytes, consumed: &consumed) {
    case .incomplete(let total): return .incomplete(total)
    case .ignored: return drain(RecordHeader.size, means)
    case .reply(let reply): return .reply(reply)
    case .waiting: return .waiting
    case .malformed(let why): return .malformed(why)
    case .began:
      block = ParameterBlock(means.buffers.take())
      drained = 0
      return .progress
    case .parameters(let content): return take(parameters: content, means)
    case .parametersEnded: return endParameters(means)
    case .body(let record, let length): return take(body: record, length, &means)
    case .ended: return .request
    case .aborted:
      finish(&means)
      return .aborted
    }
  }

  /// The complete request's body.
  var body: Request.Body { spool?.finish() ?? .memory([]) }

  /// The request at hand will take longer: its buffer goes back to those who are quicker.
  mutating func park(_ means: inout Means) {
    guard let block, framing.phase == .parameters || framing.phase == .body, means.buffers.lent(block.buffer) else {
      return
    }
    self.block = ParameterBlock(parking: block)
    means.buffers.give(block.buffer)
  }

  /// The request has been handed over: what it took is let go, only its answer is missing.
  mutating func release(_ means: inout Means) {
    if let block = block.take() { means.buffers.give(block.buffer) }
    // Fields that most requests never touch stay untouched.
    if parameters != nil { parameters = nil }
    dropBody(&means)
    refusal = nil
  }

  /// The request has been answered, or given up; the next one may begin.
  mutating func finish(_ means: inout Means) {
    release(&means)
    framing.finish()
  }

  private mutating func take(parameters content: UnsafeBufferPointer<UInt8>, _ means: Means) -> Arrival {
    guard refusal == nil, let block else { return drain(content.count, means) }
    guard block.contentLength + content.count <= means.limits.parameterBytes else {
      refusal = .parametersTooLarge
      return drain(content.count, means)
    }
    block.append(content)
    return .progress
  }

  private mutating func endParameters(_ means: Means) -> Arrival {
    if refusal == nil, let block {
      var expected = 0
      guard Pairs.forEach(in: block.content, { expected += $0.count + 1 + $1.count }) else {
        return .malformed(.parameterLengths)
      }
      expectedLength = expected
      block.seal(id: framing.requestID)
    }
    guard framing.role == .authorizer else { return .progress }
    framing.endWithParameters()
    return .request
  }

  private mutating func take(
    body record: UnsafeBufferPointer<UInt8>, _ length: Int, _ means: inout Means
  ) -> Arrival {
    if refusal == nil, parameters == nil {
      if let problem = prepareBody(&means) { return .malformed(problem) }
    }
    guard refusal == nil, (spool?.count ?? 0) + length <= bodyLimit else {
      refusal = refusal ?? .bodyTooLarge
      dropBody(&means)
      return drain(length, means)
    }
    var filling = spool ?? BodySpool()
    dropBody(&means)
    let memoryLimit = min(means.limits.bodyInMemory, means.limits.bodiesInMemory - means.bodiesInMemory)
    let isRead = filling.append(length, memoryLimit: memoryLimit, folder: means.limits.bodyFolder) {
      means.codec.readBody(record, id: framing.requestID, into: $0)
    }
    means.bodiesInMemory += filling.inMemory
    spool = filling
    guard isRead else { return .malformed(.order(RecordType.standardInput)) }
    if spool?.failure != nil {
      refusal = .overloaded
      dropBody(&means)
    }
    return .progress
  }

  /// Decodes the parameters before the body, because they say how much of it may come.
  private mutating func prepareBody(_ means: inout Means) -> Malformation? {
    guard let block, means.codec.open(block.buffer.bytes) else { return .parameterLengths }
    defer { means.codec.abandon() }
    var decoded = Parameters()
    guard means.codec.readParameters(into: &decoded) == expectedLength else { return .parameterBytes }
    parameters = decoded
    self.block = nil
    means.buffers.give(block.buffer)
    bodyLimit = means.application.bodyLimit(for: decoded)
    return nil
  }

  private mutating func dropBody(_ means: inout Means) {
    guard let spool else { return }
    means.bodiesInMemory -= spool.inMemory
    self.spool = nil
  }

  /// Counts what is read only to be thrown away: an end must come.
  private mutating func drain(_ length: Int, _ means: Means) -> Arrival {
    drained += length
    return drained <= means.limits.drainedBytes ? .progress : .malformed(.endless)
  }
}
