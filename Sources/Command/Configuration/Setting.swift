import Postern

/// One row of the table of settings. Parsing, `config check`, `config show`, `docs/settings.md` and `.env.example` all
/// come from it.
struct Setting: Sendable {
  enum Topic: String, CaseIterable, Sendable {
    case site = "The site"
    case signIn = "Signing in"
    case tokens = "Tokens"
    case cookies = "Cookies"
    case sessions = "Sessions"
    case server = "The server"
    case storage = "Storage and secrets"
    case log = "Log and development"
    case providers = "Other identity providers"
    case mail = "Mail"
    case factors = "Second factors and passkeys"
    case roles = "Roles and administration"
    case limits = "Limits and cache"
  }

  /// As it is written; one `*` stands for a name that the site chooses.
  let key: String
  let topic: Topic
  /// One line that says what it does.
  let help: String
  /// The form's words for what it takes.
  let accepts: String
  /// Never shown, not even in a complaint about it.
  let isSecret: Bool
  /// What the documentation gives as the default: a value, or words where it depends on the machine or the site.
  let standard: String
  let isStandardAValue: Bool
  /// Another key for what a row above sets; both must agree.
  let isSecondName: Bool
  /// Why this version does not act on it, in a half sentence; `nil` where it does.
  let pending: String?
  /// Reads the text into the settings. Throws what is wrong with it.
  let apply: @Sendable (String, inout Settings) throws(Rejection) -> Void
  /// The value in force, as it could be written; `nil` for a row that has no place in the settings.
  let written: @Sendable (Settings) -> String?
  /// Puts the value of other settings in the place of these.
  let copy: @Sendable (_ from: Settings, _ to: inout Settings) -> Void
  /// Whether the text says just what happens without it.
  let isStandard: @Sendable (String) -> Bool

  /// A setting that lives at `path`; its default is what `Settings()` has there, unless that depends on the machine,
  /// and `standard` says how.
  init<Value>(
    _ key: String, _ topic: Topic, _ path: any WritableKeyPath<Settings, Value> & Sendable, _ form: Form<Value>,
    standard: String? = nil, isSecret: Bool = false, isSecondName: Bool = false, pending: String? = nil,
    _ help: String
  ) {
    self.key = key
    self.topic = topic
    self.help = help
    self.accepts = form.accepts
    self.isSecret = isSecret
    self.standard = standard ?? form.write(Settings()[keyPath: path])
    isStandardAValue = standard == nil
    self.isSecondName = isSecondName
    self.pending = pending
    apply = { text, settings throws(Rejection) in settings[keyPath: path] = try form.read(text) }
    written = { form.write($0[keyPath: path]) }
    copy = { $1[keyPath: path] = $0[keyPath: path] }
    isStandard = { text in (try? form.read(text)) == Settings()[keyPath: path] }
  }

  /// A setting that is known and read for mistakes, and changes nothing; `standard` is how this version behaves, and
  /// `reason` why it cannot behave otherwise (`nil` where nothing else is accepted).
  init<Value>(
    pending reason: String?, _ key: String, _ topic: Topic, _ form: Form<Value>, standard: Value,
    isSecret: Bool = false, _ help: String
  ) {
    self.key = key
    self.topic = topic
    self.help = help
    self.accepts = form.accepts
    self.isSecret = isSecret
    self.standard = form.write(standard)
    isStandardAValue = true
    isSecondName = false
    pending = reason
    apply = { text, _ throws(Rejection) in _ = try form.read(text) }
    written = { _ in nil }
    copy = { _, _ in }
    isStandard = { text in (try? form.read(text)) == standard }
  }

  /// The setting that says where others are read from.
  init(locating key: String, _ topic: Topic, standard: String, accepts: String, _ help: String) {
    self.key = key
    self.topic = topic
    self.help = help
    self.accepts = accepts
    isSecret = false
    self.standard = standard
    isStandardAValue = false
    isSecondName = false
    pending = nil
    apply = { _, _ throws(Rejection) in }
    written = { _ in nil }
    copy = { _, _ in }
    isStandard = { _ in false }
  }

  /// Every setting there is, in the order of the documentation.
  static let all: [Setting] =
    site + signIn + factors + tokens + cookies + sessions + server + storage + log + mail + later

  /// The row for a key, patterns included.
  static func named(_ key: String) -> Setting? {
    all.first { $0.key == key } ?? all.first { $0.matchesPattern(key) }
  }

  private func matchesPattern(_ candidate: String) -> Bool {
    guard let star = key.firstIndex(of: "*") else { return false }
    let (head, tail) = (key[..<star], key[key.index(after: star)...])
    return candidate.count > head.count + tail.count && candidate.hasPrefix(head) && candidate.hasSuffix(tail)
  }
}
