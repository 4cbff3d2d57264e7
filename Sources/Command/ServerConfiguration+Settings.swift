import FastCGI
import Glibc
import Postern

extension ServerConfiguration {
  /// The server that the settings ask for.
  init(_ settings: Settings) {
    self.init(addresses: settings.listen.compactMap { ListeningAddress($0) })
    let cores = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    socketMode = settings.socketMode
    socketGroup = settings.socketGroup
    allowedPeers = settings.allowedPeers.compactMap { PeerAddress($0) }
    reactors = settings.reactors
    storage = LaneConfiguration(
      threads: settings.workers > 0 ? settings.workers : max(4, cores * 2), queueLength: settings.queueLength)
    // Hashing yields to everything else: a storm of logins must not be felt by whoever only asks who is there.
    hashing = LaneConfiguration(
      threads: settings.hashers > 0 ? settings.hashers : cores, queueLength: settings.queueLength, niceness: 10)
    limits.bodyFolder = settings.dataDirectory.isEmpty ? "/tmp" : settings.dataDirectory
  }
}

extension ServerEvent {
  var level: LogLevel {
    switch self {
    case .listening: .notice
    case .malformed, .stalled, .suppressed, .streamLags, .peerRefused: .info
    case .acceptFailed, .connectionsFull, .overloaded, .answerTooLarge, .abandoned, .workerLeftBehind: .warning
    case .reactorFailed: .error
    }
  }
}
