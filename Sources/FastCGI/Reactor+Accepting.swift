import CLinux
import Glibc
import HTTP

extension Reactor {
  /// How long nothing is accepted after descriptors have run out, unless a connection closes before.
  private static let acceptPause: Nanoseconds = 500_000_000
  /// Connections accepted at once before those that are open get their turn.
  private static let acceptBatch = 32

  /// Every reactor waits on every listening socket; the kernel wakes one of them (EPOLLEXCLUSIVE).
  func listen() throws(ServerError) {
    acceptsAgain = nil
    for (position, listener) in surroundings.listeners.enumerated() {
      let mark = Reactor.listenerMark + UInt64(position)
      let events = EPOLLIN.rawValue | EPOLLEXCLUSIVE.rawValue
      guard control(EPOLL_CTL_ADD, listener.socket.number, events, mark) || errno == EEXIST else {
        throw .system("epoll_ctl for \(listener.name)", errno)
      }
    }
  }

  func stopListening() {
    for listener in surroundings.listeners { control(EPOLL_CTL_DEL, listener.socket.number, 0, 0) }
  }

  /// Leaves what wants to connect to the backlog: a socket that stays ready would make the reactor spin.
  private func pauseAccepting() {
    guard acceptsAgain == nil else { return }
    stopListening()
    acceptsAgain = now + Reactor.acceptPause
  }

  func resumeAccepting() {
    if acceptsAgain != nil { listenAgain() }
  }

  /// Waits on every listening socket again; later, where the kernel has no room for it now.
  func listenAgain() {
    guard end == nil else { return }
    do { try listen() } catch { acceptsAgain = now + Reactor.acceptPause }
  }

  /// Accepts what waits. False when nothing waits any more.
  @discardableResult
  func accept(_ listener: Listener) -> Bool {
    for _ in 0..<Reactor.acceptBatch {
      if surroundings.load.total >= limits.connections {
        surroundings.log.record(.connectionsFull(limits.connections), now: now)
        pauseAccepting()
        return false
      }
      let descriptor = postern_accept(listener.socket.number)
      guard descriptor >= 0 else {
        switch errno {
        case EINTR, ECONNABORTED: continue
        case EAGAIN: return false
        default:
          surroundings.log.record(.acceptFailed(errno), now: now)
          pauseAccepting()
          return false
        }
      }
      guard isAllowed(descriptor, listener) else {
        Glibc.close(descriptor)
        continue
      }
      if listener.isTCP {
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
      }
      let chosen = surroundings.load.place(acceptedBy: index, stays: end != nil)
      if chosen == index { adopt(descriptor) } else { surroundings.mailboxes[chosen].post(.adopt(descriptor)) }
    }
    return true
  }

  private func isAllowed(_ descriptor: Int32, _ listener: Listener) -> Bool {
    guard listener.isRestricted else { return true }
    guard let peer = PeerAddress.of(descriptor, getpeername) else { return false }
    if surroundings.configuration.allowedPeers.contains(peer.address) { return true }
    surroundings.log.record(.peerRefused(peer.address), now: now)
    return false
  }

  /// Serves a connection that has been counted as this reactor's.
  func adopt(_ descriptor: Int32) {
    let connection = connections.insert(descriptor: descriptor)
    connection.progress = now
    let mark = UInt64(connection.ticket.generation) << 32 | UInt64(connection.ticket.slot)
    guard control(EPOLL_CTL_ADD, descriptor, connection.interest, mark) else { return close(connection) }
    // Whoever connects has something to ask, which is mostly here by now.
    settle(connection)
  }

  /// Nothing new is accepted; what has come is answered by that time.
  func stop(by end: Nanoseconds) {
    guard self.end == nil else { return }
    self.end = end
    // Who has connected before the stop has been promised an answer by the kernel.
    for listener in surroundings.listeners { while acceptsAgain == nil, accept(listener) {} }
    if acceptsAgain == nil { stopListening() }
    acceptsAgain = nil
    for connection in connections.all {
      if case .streaming = connection.activity { endStream(connection) }
      connection.socketHasMore = true
      settle(connection)
    }
  }

  /// Closes a connection and lets everything go that waited for it.
  func close(_ connection: Connection) {
    guard connection.isOpen else { return }
    connection.isOpen = false
    connection.peer?.leave()
    if case .streaming(let stream) = connection.activity { stream.close() }
    connection.activity = .receiving
    connection.intake.finish(&means)
    for buffer in [connection.input, connection.output].compactMap(\.self) { means.buffers.give(buffer) }
    (connection.input, connection.output) = (nil, nil)
    connections.remove(connection)
    surroundings.load.leave(index)
    // It leaves epoll with its last descriptor.
    Glibc.close(connection.descriptor)
    resumeAccepting()
  }
}
