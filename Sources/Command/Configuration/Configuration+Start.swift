import Postern

extension Configuration {
  /// The settings for a command that works with them: read, complained about (every mistake at once, status 78), and
  /// complete, with secrets made where they are missing.
  static func forStart(_ surroundings: Surroundings, _ random: some RandomSource) throws(Failure) -> Configuration {
    var configuration = Configuration(surroundings)
    try configuration.stopOnMistakes()
    do throws(Rejection) {
      let directory = configuration.settings.dataDirectory
      try prepareDataDirectory(directory)
      if configuration.settings.secretKey.isEmpty {
        configuration.settings.secretKey = try SecretFile.secretKey.readOrMake(in: directory, random)
      }
      if configuration.settings.jwtSecretKey.isEmpty {
        configuration.settings.jwtSecretKey = try SecretFile.jwtSecretKey.readOrMake(in: directory, random)
      }
    } catch {
      throw Failure(.configuration, [error.sentence ?? "the data directory cannot be used"])
    }
    return configuration
  }

  func stopOnMistakes() throws(Failure) {
    if !mistakes.isEmpty { throw Failure(.configuration, mistakes) }
  }
}
