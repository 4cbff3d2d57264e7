import FastCGI
import Glibc
import Postern

extension ServerConfiguration {
  /// The server that the settings ask for.
  init(_ settings: Settings) {
    self.init(addresses: settings.listen.compactMap { ListeningAddress($0) })
    socketMode = settings.socketMode
    socketGroup = settings.socketGroup
    allowedPeers = settings.allowedPeers.compactMap { PeerAddress($0) }
    reactors = settings.reactors
    reading = LaneConfiguration(threads: readingThreads, queueLength: settings.queueLength)
    // They wait for the disk, and those that wait together share one flush; what they compute yields to `verify`.
    storage = LaneConfiguration(
      threads: settings.workers > 0 ? settings.workers : max(16, processorCount * 2), queueLength: settings.queueLength,
      niceness: 5)
    // Hashing yields to everything else: a storm of logins must not be felt by whoever only asks who is there. There
    // are more threads than hash at once, so that the processors hash on while a session is written to the disk.
    let hashers = settings.hashers > 0 ? settings.hashers : processorCount
    hashing = LaneConfiguration(threads: hashers * 2 + 2, queueLength: settings.queueLength, niceness: 10)
    // Each has a process that decodes, of half a gigabyte at worst. Few wait: what they bring is in memory, or on disk.
    pictures = LaneConfiguration(threads: processorCount > 2 ? 2 : 1, queueLength: 32, niceness: 10)
    limits.bodyFolder = settings.dataDirectory.isEmpty ? "/tmp" : settings.dataDirectory
  }
}

/// Requests that read from the database at once, each with a connection of its own to it.
let readingThreads = max(4, processorCount)

/// Processors that this machine has in use.
let processorCount = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))

extension ServerEvent {
  var level: LogLevel {
    switch self {
    case .listening, .fewDescriptors: .notice
    case .malformed, .stalled, .suppressed, .streamLags, .peerRefused: .info
    case .acceptFailed, .connectionsFull, .socketRestored, .overloaded, .answerTooLarge, .abandoned, .workerLeftBehind:
      .warning
    case .socketLost: .error
    }
  }
}
