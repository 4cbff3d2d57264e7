import Postern

extension Configuration {
  /// As read, with the secrets that are kept in the data directory looked at but not made.
  static func forReading() throws(SystemFailure) -> Configuration {
    var configuration = Configuration(try .current())
    for file in [SecretFile.secretKey, .jwtSecretKey] {
      do throws(Failure) { _ = try file.read(in: configuration.settings.dataDirectory) } catch {
        configuration.mistakes += error.sentences
      }
    }
    return configuration
  }

  /// What is in force, a setting a line: `KEY=value  # from where`.
  func table() -> String {
    let lines = Setting.all.flatMap { setting in
      keys(for: setting).map { key in (left: "\(key)=\(value(of: setting, key))", from: from(key)) }
    }
    let width = min(60, lines.map(\.left.count).max() ?? 0)
    return lines.map { line in
      line.left + String(repeating: " ", count: max(0, width - line.left.count)) + "  # \(line.from)\n"
    }.joined()
  }

  /// The row's own key where it is in force; what was set of others, and of the second names of a setting.
  private func keys(for setting: Setting) -> [String] {
    if setting.pending == nil, !setting.isSecondName, setting.written(settings) != nil { return [setting.key] }
    return given.keys.filter { Setting.named($0)?.key == setting.key }.sorted()
  }

  private func value(of setting: Setting, _ key: String) -> String {
    if setting.isSecret { return "****" }
    let text = setting.pending == nil ? setting.written(settings) : nil
    return printable(Configuration.withoutUserInfo(text ?? given[key]?.text ?? ""))
  }
}
