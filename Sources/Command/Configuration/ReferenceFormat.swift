/// The documentation that is made from the table of settings.
enum ReferenceFormat: String, CaseIterable, Sendable {
  /// `docs/settings.md`
  case markdown
  /// `.env.example`
  case env

  var text: String {
    switch self {
    case .markdown: ReferenceFormat.markdownText
    case .env: ReferenceFormat.envText
    }
  }

  private static let markdownText: String = {
    var text = """
      # Settings

      <!-- Made by `postern config reference --format markdown`; a test holds that it is current. -->

      Settings are environment variables, or lines of a `.env` file; the environment goes before the file. The file is \
      the one that `POSTERN_ENV_FILE` names, else `.env` in the working directory, else `/etc/postern/postern.env`: \
      only one is read, in the grammar of python-dotenv (quotes, `export`, comments behind a value, values over several \
      lines, `${NAME}` and `${NAME:-default}`). A line that cannot be read stops the start.

      Values may be written as in Python (`True`, `None`, `'text'`, `['cookies', 'headers']`) or plainly (`true`, \
      `cookies,headers`). A duration is a number of seconds, unless its row says otherwise, or has its unit behind it: \
      `90s`, `15m`, `2h`, `30d`.

      An unknown key that begins with \(oneOf(Setting.prefixes.map { "`\($0)`" })) stops the start, and so does a value \
      that is not accepted. All mistakes are named at once; `postern config check` does just that, and `postern config \
      show` prints what is in force and where each value came from.

      """
    for topic in Setting.Topic.allCases {
      text += "\n## \(topic.rawValue)\n\n| key | default | accepted | what it does |\n| --- | --- | --- | --- |\n"
      for setting in Setting.all where setting.topic == topic {
        let pending = setting.pending.map { " **Without effect in this version:** \(cell($0))." } ?? ""
        text +=
          "| `\(setting.key)` | \(cell(setting.standard)) | \(cell(setting.accepts)) | "
          + "\(cell(setting.help))\(pending) |\n"
      }
    }
    return text
  }()

  private static func cell(_ text: String) -> String {
    text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
  }

  private static let envText: String = {
    var text = """
      # Settings of Postern, for a .env file: take away the `# ` before those that you change.
      # Made by `postern config reference --format env`; docs/settings.md says more.

      POSTERN_PUBLIC_URL=https://www.example.com

      """
    for topic in Setting.Topic.allCases {
      let settings = Setting.all.filter { $0.topic == topic && $0.pending == nil && $0.standard != "required" }
      if settings.isEmpty { continue }
      text += "\n# --- \(topic.rawValue) ---\n"
      for setting in settings {
        text += "\n# \(setting.help)\n"
        if !setting.isStandardAValue { text += "# Default: \(setting.standard).\n" }
        text += "# \(setting.key)=\(setting.isStandardAValue ? quoted(setting.standard) : "")\n"
      }
    }
    return text
  }()

  /// In double quotes where a `.env` file needs them.
  private static func quoted(_ text: String) -> String {
    text.contains { " #'\"\\$".contains($0) } ? "\"\(text)\"" : text
  }
}
