package import HTTP

/// What a `Server` is made with.
package struct ServerConfiguration: Sendable {
  /// Where to listen. Sockets that were handed over go before these.
  package var addresses: [ListeningAddress]
  /// Takes the sockets that systemd (`LISTEN_FDS`, `LISTEN_PID`) or spawn-fcgi (descriptor 0) hands over.
  package var takesInheritedSockets = true
  /// Permissions of the files of unix sockets: who may connect may ask anything.
  package var socketMode: UInt32 = 0o660
  /// Group of these files, by name or number; `nil`: the process's own.
  package var socketGroup: String?
  /// Who may connect over TCP from beyond loopback, as addresses. A TCP socket that is not bound to loopback needs
  /// it, and then takes only these.
  package var allowedPeers: [PeerAddress] = []
  /// Threads that read, write and give quick answers; 0: one for two processors.
  package var reactors = 0
  package var reading = LaneConfiguration(threads: 4)
  package var storage = LaneConfiguration(threads: 4)
  package var hashing = LaneConfiguration(threads: 1, niceness: 10)
  package var pictures = LaneConfiguration(threads: 1, niceness: 10)
  package var limits = ServerLimits()

  package init(addresses: [ListeningAddress]) { self.addresses = addresses }

  package subscript(lane: Lane) -> LaneConfiguration {
    switch lane {
    case .reading: reading
    case .storage: storage
    case .hashing: hashing
    case .pictures: pictures
    }
  }
}

/// The threads of one lane and the requests that wait for them.
package struct LaneConfiguration: Sendable {
  package var threads: Int
  /// Requests that may wait for a thread; one more is refused.
  package var queueLength = 256
  /// When the oldest request has waited this long, the next one is refused.
  package var longestWait = Duration.seconds(5)
  /// Added to the threads' nice value (setpriority(2)), from 0 to 19.
  package var niceness: Int32 = 0

  package init(threads: Int, queueLength: Int = 256, longestWait: Duration = .seconds(5), niceness: Int32 = 0) {
    self.threads = threads
    self.queueLength = queueLength
    self.longestWait = longestWait
    self.niceness = niceness
  }
}

/// Bounds for what peers can make the server keep or wait for.
package struct ServerLimits: Sendable {
  /// Bytes of parameters of one request, as FastCGI encodes them; more is answered `parametersTooLarge`.
  package var parameterBytes = 65_536
  /// Bytes of a body that are kept in memory; a larger one goes to a file without a name in `bodyFolder`.
  package var bodyInMemory = 1 << 20
  package var bodyFolder = "/tmp"
  /// Bytes of bodies that one reactor keeps in memory while they arrive, all together; beyond, smaller ones go to
  /// files, too.
  package var bodiesInMemory = 64 << 20
  /// Bytes of a refused request that are read and thrown away so that its connection stays usable.
  package var drainedBytes = 64 << 20
  /// Bytes of an answer, with the headers of its records; a larger one becomes a bare 500.
  package var answerBytes = 32 << 20
  /// Connections open at once, over all reactors; more wait in the sockets' backlogs.
  package var connections = 20_000
  /// How long a peer that owes the rest of a request may be silent.
  package var stall = Duration.seconds(30)
  /// How long a request may take to arrive in all.
  package var arrival = Duration.seconds(300)
  /// How long a peer may go without taking any of an answer.
  package var write = Duration.seconds(30)
  /// How long a kept-alive connection may be idle; `nil`: until the web server closes it.
  package var idle: Duration?
  /// How long a request may be worked on: `Request.deadline`, and `Peer.leave` when it has passed.
  package var request = Duration.seconds(60)

  package init() {}
}
