import CLinux
import Glibc
import HTTP

extension Reactor {
  /// Sends an answer, or keeps it until its time has come.
  func answer(_ connection: Connection, _ response: Response) {
    if let notBefore = response.notBefore, Nanoseconds(notBefore) > now {
      if codec.isOpen { codec.abandon() }
      connection.activity = .holding(response)
    } else {
      encode(connection, response)
    }
  }

  func encode(_ connection: Connection, _ response: Response) {
    if !codec.isOpen { codec.open(id: connection.intake.framing.requestID) }
    codec.writeHead(response)
    switch response.body {
    case .bytes(let bytes):
      codec.writeBody(bytes)
      if let records = codec.close() {
        send(connection, records)
        if records.count > 1 << 18 { codec.trim() }
      } else {
        refuseTooLarge(connection, bytes.count)
      }
      finish(connection)
    case .stream(let stream):
      guard let records = codec.suspend() else {
        refuseTooLarge(connection, response.fields.lines.count)
        stream.close()
        return finish(connection)
      }
      send(connection, records)
      guard connection.isOpen else { return stream.close() }
      connection.activity = .streaming(stream)
      let (mailbox, ticket) = (mailbox, connection.ticket)
      stream.attach { mailbox.post(.stream(ticket)) }
    }
  }

  private func refuseTooLarge(_ connection: Connection, _ count: Int) {
    surroundings.log.record(.answerTooLarge(count), now: now)
    codec.trim()
    codec.open(id: connection.intake.framing.requestID)
    codec.writeHead(Response(status: 500))
    if let records = codec.close() { send(connection, records) }
  }

  /// Sends what a stream has, unless the peer has not taken what came before: then it waits in the stream, which
  /// bounds it.
  func advanceStream(_ connection: Connection) {
    guard case .streaming(let stream) = connection.activity, connection.output == nil else { return }
    let (bytes, isLast, isClosed) = stream.take()
    if isClosed {
      surroundings.log.record(.streamLags, now: now)
      return close(connection)
    }
    if isLast { return endStream(connection, with: bytes) }
    guard !bytes.isEmpty else { return }
    codec.open(id: connection.intake.framing.requestID)
    codec.writeBody(bytes)
    guard let records = codec.suspend() else { return close(connection) }
    send(connection, records)
  }

  /// Ends a stream in good order.
  func endStream(_ connection: Connection, with bytes: [UInt8]? = nil) {
    guard case .streaming(let stream) = connection.activity else { return }
    let rest = bytes ?? stream.take().bytes
    stream.close()
    codec.open(id: connection.intake.framing.requestID)
    codec.writeBody(rest)
    guard let records = codec.close() else { return close(connection) }
    send(connection, records)
    finish(connection)
  }

  /// The current request has been answered or given up: the next one may come, where the connection is kept.
  func finish(_ connection: Connection) {
    guard connection.isOpen else { return }
    connection.intake.finish(&means)
    connection.activity = .receiving
    if connection.peer != nil { connection.peer = nil }
    // What waits behind it comes in now.
    connection.arrival = now
    if case .waiting = connection.inputState { connection.inputState = .unread }
    if !connection.intake.framing.keepsConnection { connection.closesWhenSent = true }
  }

  /// Writes records as far as the socket takes them; the rest waits in `output`.
  func send(_ connection: Connection, _ records: UnsafeBufferPointer<UInt8>) {
    guard connection.isOpen else { return }
    var sent = 0
    if connection.output == nil {
      sent = Glibc.send(connection.descriptor, records.baseAddress, records.count, Int32(MSG_NOSIGNAL))
      if sent == records.count { return }
      if sent < 0 {
        guard errno == EAGAIN || errno == EINTR else { return close(connection) }
        sent = 0
      }
      connection.progress = now
    }
    append(connection, UnsafeBufferPointer(rebasing: records[sent...]))
  }

  func append(_ connection: Connection, _ reply: Reply) {
    reply.bytes(mostConnections: limits.connections).withUnsafeBufferPointer { append(connection, $0) }
  }

  private func append(_ connection: Connection, _ bytes: UnsafeBufferPointer<UInt8>) {
    let output = connection.output ?? means.buffers.take()
    output.append(bytes)
    connection.output = output
  }

  /// Writes what waits, as far as the socket takes it.
  func flush(_ connection: Connection) {
    guard let output = connection.output else { return }
    let sent = Glibc.send(connection.descriptor, output.start, output.count, Int32(MSG_NOSIGNAL))
    guard sent >= 0 else {
      if errno != EAGAIN && errno != EINTR { close(connection) }
      return
    }
    connection.progress = now
    output.removeFirst(sent)
    guard output.count == 0 else { return }
    connection.output = nil
    means.buffers.give(output)
    advanceStream(connection)
  }
}
