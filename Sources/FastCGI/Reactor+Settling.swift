import CLinux
import Glibc
import HTTP

extension Reactor {
  /// How long a peer may take to notice that its connection has ended.
  private static let linger: Nanoseconds = 2_000_000_000
  /// How often one connection is read before the others have their turn.
  private static let mostRounds = 8

  /// After anything has happened on a connection: writes and reads on as far as it goes, then says what it waits for.
  func settle(_ connection: Connection) {
    // The common case: the request has been answered, and nothing has changed.
    if connection.isOpen, connection.isIdle, !connection.closesWhenSent, !connection.socketHasMore,
      !connection.inputHasEnded, end == nil, connection.interest == Connection.reads
    {
      connection.deadline = idle.map { connection.progress + $0 } ?? .max
      if connection.deadline < connection.noted { note(connection) }
      return
    }
    var rounds = 0
    while connection.isOpen {
      if connection.output != nil {
        flush(connection)
        if connection.output != nil { break }
        continue
      }
      if connection.closesWhenSent, leave(connection) { break }
      if proceed(connection) { continue }
      guard connection.socketHasMore, mayRead(connection) else { break }
      rounds += 1
      guard rounds <= Reactor.mostRounds else { break }
      receive(connection)
    }
    guard connection.isOpen else { return }
    if connection.output == nil, connection.inputHasEnded || isOver(connection) {
      switch connection.activity {
      case .receiving, .lingering: return close(connection)
      case .working, .holding, .streaming: break
      }
    }
    // Asking again makes epoll tell again: for a peer that sends faster than its share.
    let wanted = Connection.reads | (connection.output != nil ? EPOLLOUT.rawValue : 0)
    if wanted != connection.interest || rounds > Reactor.mostRounds {
      connection.interest = wanted
      let mark = UInt64(connection.ticket.generation) << 32 | UInt64(connection.ticket.slot)
      control(EPOLL_CTL_MOD, connection.descriptor, wanted, mark)
    }
    setDeadline(connection)
  }

  /// Whether an idle connection has no future.
  private func isOver(_ connection: Connection) -> Bool { end != nil && connection.isIdle }

  /// Everything is said. Closes the connection and says so, or lets it linger where the peer is still sending.
  private func leave(_ connection: Connection) -> Bool {
    switch connection.activity {
    case .receiving: break
    case .lingering: return false
    // A peer that does not keep the connection has sent another request all the same: it gets its answer.
    case .working, .holding, .streaming: return false
    }
    guard connection.intake.framing.expectsMore, !connection.inputHasEnded else {
      close(connection)
      return true
    }
    shutdown(connection.descriptor, Int32(SHUT_WR))
    connection.activity = .lingering
    connection.arrival = now
    if let input = connection.input.take() { means.buffers.give(input) }
    return false
  }

  private func setDeadline(_ connection: Connection) {
    connection.deadline = deadline(of: connection)
    if connection.deadline < connection.noted { note(connection) }
  }

  private func note(_ connection: Connection) {
    // Connections that have gone leave their notes behind.
    if deadlines.count > 1024 + 4 * connections.count {
      deadlines = Deadlines()
      for other in connections.all where other.noted < .max {
        deadlines.insert(Deadlines.Entry(time: other.noted, ticket: other.ticket))
      }
    }
    connection.noted = connection.deadline
    deadlines.insert(Deadlines.Entry(time: connection.deadline, ticket: connection.ticket))
  }

  private func deadline(of connection: Connection) -> Nanoseconds {
    if connection.output != nil { return connection.progress + write }
    switch connection.activity {
    case .receiving:
      if connection.isIdle { return idle.map { connection.progress + $0 } ?? .max }
      return min(connection.progress + stall, connection.arrival + arrival)
    case .working: return connection.peer?.isGone == false ? connection.arrival + request : .max
    case .holding(let response): return response.notBefore.map { Nanoseconds($0) } ?? now
    case .streaming: return .max
    case .lingering: return connection.arrival + Reactor.linger
    }
  }

  /// Does what is due: deadlines of connections, and the end of a pause in accepting.
  func expire() {
    while let entry = deadlines.popDue(now) {
      let (slot, generation) = (entry.ticket.slot, entry.ticket.generation)
      guard let connection = connections.find(slot: slot, generation: generation), connection.noted == entry.time
      else { continue }
      connection.noted = .max
      if connection.deadline <= now { expire(connection) } else { setDeadline(connection) }
    }
    if let acceptsAgain, acceptsAgain <= now { resumeAccepting() }
  }

  private func expire(_ connection: Connection) {
    if connection.output != nil {
      surroundings.log.record(.stalled(reading: false), now: now)
      return close(connection)
    }
    switch connection.activity {
    case .receiving:
      if !connection.isIdle { surroundings.log.record(.stalled(reading: true), now: now) }
      close(connection)
    case .working:
      connection.peer?.leave()
      settle(connection)
    case .holding(let response):
      encode(connection, response)
      settle(connection)
    case .streaming: break
    case .lingering: close(connection)
    }
  }
}
