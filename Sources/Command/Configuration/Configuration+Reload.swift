import Postern

extension Setting.Topic {
  /// Whether settings of this kind are read at the start only: sockets, threads, the database and the log are made
  /// then.
  var isFixed: Bool { [.server, .storage, .log].contains(self) }
}

extension Configuration {
  /// Puts what runs back in the place of what only a start can change. Returns the keys whose change has to wait for
  /// one.
  mutating func keepFixed(of running: Settings) -> [String] {
    var waiting: [String] = []
    for setting in Setting.all where setting.topic.isFixed {
      // A secret that is not written was made at the first start, and is not read again.
      if given[setting.key] != nil, setting.written(settings) != setting.written(running) {
        waiting.append(setting.key)
      }
      setting.copy(running, &settings)
    }
    settings.isJWTSecretKeyGiven = running.isJWTSecretKeyGiven
    return waiting
  }
}
