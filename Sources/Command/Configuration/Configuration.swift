import FastCGI
import Postern

/// The settings in force, where each came from, and everything that is wrong with them.
struct Configuration {
  enum Source: Equatable {
    case environment
    case file(path: String, line: Int)
    case standard
    /// Made at the first start and kept in this file.
    case generated(path: String)
  }

  struct Given {
    var text: String
    var source: Source
  }

  var settings = Settings()
  /// Sentences; any stops the start.
  var mistakes: [String] = []
  /// Sentences; none does.
  var warnings: [String] = []
  /// What was written, by key: the environment's before the file's.
  private(set) var given: [String: Given] = [:]
  /// Keys whose text was not taken, so that no further mistake is made of their defaults.
  private(set) var unread: Set<String> = []

  /// Reads and judges everything, changes nothing; secrets that are missing stay empty.
  init(_ surroundings: Surroundings) {
    gather(surroundings)
    for key in given.keys.sorted() where Setting.named(key) == nil {
      mistakes.append("\(key) (\(from(key))) is no setting; the nearest is \(Setting.nearest(to: key))")
    }
    for setting in Setting.all {
      for key in given.keys.sorted() where Setting.named(key)?.key == setting.key { apply(setting, key) }
    }
    settings.isJWTSecretKeyGiven = given["JWT_SECRET_KEY"] != nil
    if settings.dataDirectory.isEmpty { settings.dataDirectory = surroundings.dataDirectory }
    if settings.listen.isEmpty {
      settings.listen = surroundings.listeners(dataDirectory: settings.dataDirectory)
      if settings.listen.contains(where: { ListeningAddress($0) == nil }) {
        mistakes.append("the data directory's path is too long for a socket in it: set POSTERN_LISTEN")
      }
    }
    if !settings.databasePath.hasPrefix("/") {
      settings.databasePath = settings.dataDirectory + "/" + settings.databasePath
    }
    settings.picturesDirectory = settings.picturesDirectory ?? settings.dataDirectory + "/pictures"
    judge()
  }

  static let provenAddressKeys = ["REQUIRE_EMAIL_VERIFICATION", "AUTHSVC_REQUIRE_VERIFIED"]

  func source(of key: String) -> Source {
    if let source = given[key]?.source { return source }
    // What the one says of the other, where that is not set.
    if key == "POSTERN_REGISTRATION", settings.registration == .verified {
      return Configuration.provenAddressKeys.compactMap { given[$0]?.source }.first ?? .standard
    }
    if let file = SecretFile(forKey: key) { return .generated(path: file.path(in: settings.dataDirectory)) }
    return .standard
  }

  /// Whether it was set and could be read, or left alone.
  func isSound(_ key: String) -> Bool { !unread.contains(key) }

  /// “environment” or “/path/.env, line 3”.
  func from(_ key: String) -> String {
    switch source(of: key) {
    case .environment: "environment"
    case .file(let path, let line): "\(printable(path)), line \(line)"
    case .standard: "default"
    case .generated(let path): "made at the first start: \(printable(path))"
    }
  }

  private mutating func gather(_ surroundings: Surroundings) {
    do throws(Failure) {
      if let file = try EnvironmentFile.find(surroundings) { take(file, surroundings.environment) }
    } catch {
      mistakes += error.sentences
    }
    for (key, text) in surroundings.environment where Configuration.isOurs(key) {
      given[key] = Given(text: text, source: .environment)
    }
  }

  private mutating func take(_ file: EnvironmentFile, _ environment: [String: String]) {
    warnings += file.warnings
    for problem in file.content.problems {
      mistakes.append("\(printable(file.path)), line \(problem.line) \(problem.sentence)")
    }
    for entry in file.content.interpolated(over: environment) where Configuration.isOurs(entry.key) {
      guard let text = entry.value else {
        mistakes.append("\(printable(file.path)), line \(entry.line): \(entry.key) has no = and no value")
        continue
      }
      if entry.key == "POSTERN_ENV_FILE" {
        warnings.append(
          "\(printable(file.path)), line \(entry.line): \(entry.key) is looked for in the environment only")
        continue
      }
      if case .file(_, let line)? = given[entry.key]?.source {
        warnings.append(
          "\(printable(file.path)) sets \(entry.key) on line \(line) and again on line \(entry.line); the last counts")
      }
      given[entry.key] = Given(text: text, source: .file(path: file.path, line: entry.line))
    }
  }

  private mutating func apply(_ setting: Setting, _ key: String) {
    guard let text = given[key]?.text else { return }
    do throws(Rejection) {
      try setting.apply(text, &settings)
      if let pending = setting.pending, !setting.isStandard(text) {
        warnings.append("\(key) (\(from(key))) changes nothing in this version: \(pending)")
      }
    } catch {
      unread.insert(key)
      let value = setting.isSecret ? "" : " is “\(printable(Configuration.withoutUserInfo(text)))”"
      mistakes.append("\(key)\(value) (\(from(key))): \(error.sentence ?? "accepted is \(setting.accepts)")")
    }
  }

  private static func isOurs(_ key: String) -> Bool {
    Setting.named(key) != nil || Setting.prefixes.contains { key.hasPrefix($0) }
  }

  /// An address without the name and password in it.
  static func withoutUserInfo(_ text: String) -> String {
    guard let slashes = text.firstRange(of: "://"), let at = text.lastIndex(of: "@"), at >= slashes.upperBound else {
      return text
    }
    return text[..<slashes.upperBound] + "****" + text[at...]
  }
}
