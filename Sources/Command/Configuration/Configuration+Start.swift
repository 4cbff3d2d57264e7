import Postern

extension Configuration {
  /// The settings for a command that works with them: read, complained about (every mistake at once, status 78), and
  /// complete, with secrets made where they are missing.
  ///
  /// `asOwner`: root becomes the user that the data directory belongs to, so that nothing is made in it that the
  /// service could not read.
  static func forStart(
    _ surroundings: Surroundings, _ random: some RandomSource, asOwner: Bool = false
  ) throws(Failure) -> Configuration {
    var configuration = Configuration(surroundings)
    try configuration.stopOnMistakes()
    let directory = configuration.settings.dataDirectory
    try prepareDataDirectory(directory)
    if asOwner { try becomeOwner(of: directory) }
    if configuration.settings.secretKey.isEmpty {
      configuration.settings.secretKey = try SecretFile.secretKey.readOrMake(in: directory, random)
    }
    if configuration.settings.jwtSecretKey.isEmpty {
      configuration.settings.jwtSecretKey = try jwtSecretKey(configuration.settings, random)
    }
    return configuration
  }

  /// The first key of HS256: made only where it is what signs. It goes on being read where others have followed it.
  private static func jwtSecretKey(
    _ settings: Settings, _ random: some RandomSource
  ) throws(Failure) -> [UInt8] {
    let isFirst = try KeyDirectory(of: settings.dataDirectory).names().isEmpty
    if settings.algorithm == .hs256, isFirst {
      return try SecretFile.jwtSecretKey.readOrMake(in: settings.dataDirectory, random)
    }
    let kept = try SecretFile.jwtSecretKey.read(in: settings.dataDirectory)
    return kept ?? []
  }

  func stopOnMistakes() throws(Failure) {
    if !mistakes.isEmpty { throw Failure(.configuration, mistakes) }
  }
}
