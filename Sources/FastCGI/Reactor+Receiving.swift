import CLinux
import Glibc
import HTTP

extension Reactor {
  /// Bytes of answers that may wait for a peer before its next requests have to wait, too.
  private static let outputBound = 1 << 16
  /// Room behind the rest of a record for more, so that a large body takes few calls.
  private static let inputRoom = 1 << 15
  /// Up to so many bytes at the start of a record are copied whenever more come.
  private static let inputCopied = 1 << 14

  func handle(_ connection: Connection, _ events: UInt32) {
    // Both directions are closed, or the connection is broken: whatever it sent, nobody waits for an answer. A peer
    // that has only shut its own side down still reads.
    if events & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 { return close(connection) }
    if events & EPOLLRDHUP.rawValue != 0 { connection.peerHasShut = true }
    if events & EPOLLIN.rawValue != 0 {
      connection.socketHasMore = true
      if connection.output == nil, mayRead(connection) { receive(connection) }
    }
    settle(connection)
  }

  func mayRead(_ connection: Connection) -> Bool {
    if case .waiting = connection.inputState { return false }
    return !connection.inputHasEnded
  }

  /// Reads once, and makes of it what can be made.
  func receive(_ connection: Connection) {
    if case .lingering = connection.activity {
      _ = read(connection, inbox.baseAddress!, inbox.count)
      return
    }
    if let input = connection.input, input.count > Reactor.inputCopied {
      input.reserve(max(connection.recordLength - input.count, Reactor.inputRoom))
      let count = read(connection, input.start + input.count, input.capacity - input.count)
      guard count > 0 else { return }
      input.extend(by: count)
      connection.inputState = .unread
      process(connection, input)
    } else {
      receiveIntoInbox(connection)
    }
    if connection.isOpen, connection.intake.block != nil { connection.intake.park(&means) }
  }

  /// Reads behind what little is here already. What stays is kept in as much memory as it takes: ten thousand peers
  /// that have sent half a header each do not fill the machine.
  private func receiveIntoInbox(_ connection: Connection) {
    let start = inbox.baseAddress!
    let held = connection.input?.count ?? 0
    if let input = connection.input { memcpy(start, input.start, held) }
    let count = read(connection, start + held, inbox.count - held)
    guard count > 0 else { return }
    if held > 0 { connection.input = nil }
    connection.inputState = .unread
    let bytes = UnsafeBufferPointer(start: start, count: held + count)
    let used = process(connection, bytes)
    guard connection.isOpen, used < bytes.count else { return }
    connection.input = Buffer(copying: UnsafeBufferPointer(rebasing: bytes[used...]))
  }

  /// One call for at most `room` bytes. Epoll tells of bytes only once, when they come: whether there are more is kept
  /// in `socketHasMore`. Less than was asked for is all there is, unless the end of the connection is behind it.
  /// - Returns: how many came; 0 when none did, or the connection has been closed.
  private func read(_ connection: Connection, _ bytes: UnsafeMutablePointer<UInt8>, _ room: Int) -> Int {
    var count: Int
    repeat { count = recv(connection.descriptor, bytes, room, 0) } while count < 0 && errno == EINTR
    if count < room, !connection.peerHasShut || count <= 0 { connection.socketHasMore = false }
    if count > 0 {
      connection.progress = now
      if connection.intake.framing.phase == .idle, connection.input == nil { connection.arrival = now }
      return count
    }
    if count == 0 {
      connection.inputHasEnded = true
    } else if errno != EAGAIN {
      close(connection)
    }
    return 0
  }

  /// Goes on with bytes that had to wait. False when there are none, or they have to wait on.
  func proceed(_ connection: Connection) -> Bool {
    guard case .unread = connection.inputState, let input = connection.input else { return false }
    process(connection, input)
    return true
  }

  private func process(_ connection: Connection, _ input: Buffer) {
    let used = process(connection, input.bytes)
    guard connection.isOpen else { return }
    input.removeFirst(used)
    guard input.count == 0 else { return }
    connection.input = nil
    means.buffers.give(input)
  }

  /// Deals with whole records, one after the other, as far as the connection can take more.
  /// - Returns: how many bytes are used up.
  private func process(_ connection: Connection, _ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    var used = 0
    while used < bytes.count {
      if let output = connection.output, output.count > Reactor.outputBound { return used }
      let rest = UnsafeBufferPointer(rebasing: bytes[used...])
      switch connection.intake.take(rest, consumed: &used, &means) {
      case .progress: break
      case .incomplete(let length):
        connection.recordLength = length
        connection.inputState = .partial
        return used
      case .waiting:
        connection.inputState = .waiting
        return used
      case .reply(let reply):
        append(connection, reply)
        if case .endRequest(_, .unknownRole) = reply { finish(connection) }
      case .request: serve(connection)
      case .aborted:
        abort(connection)
      case .malformed(let why):
        surroundings.log.record(.malformed(why), now: now)
        close(connection)
      }
      guard connection.isOpen else { return used }
    }
    return used
  }

  private func abort(_ connection: Connection) {
    if case .streaming(let stream) = connection.activity { stream.close() }
    append(connection, .endRequest(connection.intake.framing.requestID, .requestComplete))
    connection.peer?.leave()
    // A worker's answer finds this request gone.
    connection.ticket.request &+= 1
    finish(connection)
  }

  /// Hands a complete request over.
  private func serve(_ connection: Connection) {
    connection.ticket.request &+= 1
    if let refusal = connection.intake.refusal {
      let known = connection.intake.parameters ?? Parameters()
      connection.intake.release(&means)
      if refusal == .overloaded { surroundings.log.record(.overloaded, now: now) }
      return answer(connection, application.refuse(refusal, known))
    }
    guard let request = makeRequest(connection) else { return }
    connection.intake.release(&means)
    switch application.begin(request) {
    case .answer(let response):
      if case .stream = response.body {
        connection.peer = request.peer
        sparePeer = Request.Peer()
      }
      answer(connection, response)
    case .work(let lane):
      if codec.isOpen { codec.abandon() }
      // Both go with the request; the next one gets its own.
      connection.peer = request.peer
      (parameters, sparePeer) = (Parameters(), Request.Peer())
      connection.activity = .working
      let job = WorkerPool.Job(request: request, ticket: connection.ticket, mailbox: mailbox)
      if !surroundings.pool(lane).submit(job, now: now) {
        surroundings.log.record(.overloaded, now: now)
        answer(connection, application.refuse(.overloaded, request.parameters))
      }
    }
  }

  /// The request that has come; `nil`, and the connection is closed, when libfcgi or a NUL says otherwise. libfcgi
  /// stays open for the answer where it has decoded the parameters only now.
  private func makeRequest(_ connection: Connection) -> Request? {
    if !isKnownUniquelyReferenced(&sparePeer) { sparePeer = Request.Peer() }
    if let decoded = connection.intake.parameters {
      return Request(
        role: connection.intake.framing.role, parameters: decoded, body: connection.intake.body,
        arrival: .nanoseconds(connection.arrival), deadline: .nanoseconds(connection.arrival + request), peer: sparePeer
      )
    }
    guard let block = connection.intake.block, codec.open(block.buffer.bytes) else {
      reject(connection, .parameterLengths)
      return nil
    }
    parameters.removeAll()
    guard codec.readParameters(into: &parameters) == connection.intake.expectedLength else {
      codec.abandon()
      reject(connection, .parameterBytes)
      return nil
    }
    return Request(
      role: connection.intake.framing.role, parameters: parameters, arrival: .nanoseconds(connection.arrival),
      deadline: .nanoseconds(connection.arrival + request), peer: sparePeer)
  }

  private func reject(_ connection: Connection, _ why: Malformation) {
    surroundings.log.record(.malformed(why), now: now)
    close(connection)
  }
}
