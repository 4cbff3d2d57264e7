import Postern

/// The words of all mails: those of this program, and those of a site in their place.
///
/// `KIND.txt` has `Subject: …` as its first line and an empty one behind it, then the text. `KIND.html` is the same in
/// HTML; it is put into `frame.html` in the place of `{{content}}`.
package struct Templates: Sendable {
  static let frame = "frame.html"

  /// By the names of files.
  private let replacements: [String: String]

  /// This program's own words.
  package init() { replacements = [:] }

  /// With those files in the place of its own. Throws everything that is wrong with them.
  ///
  /// - Parameter files: contents by the names of files, such as `reset-password.txt`.
  package init(replacing files: [String: [UInt8]]) throws(TemplateMistakes) {
    var (replacements, mistakes) = ([String: String](), [String]())
    for (name, bytes) in files.sorted(by: { $0.key < $1.key }) {
      guard let text = String(validating: bytes, as: UTF8.self) else {
        mistakes.append("\(name) is not written in UTF-8")
        continue
      }
      mistakes += Templates.mistakes(of: name, text).map { "\(name) \($0)" }
      replacements[name] = text
    }
    if !mistakes.isEmpty { throw TemplateMistakes(sentences: mistakes) }
    self.replacements = replacements
  }

  /// What a mail of that kind says.
  func words(_ kind: Mail.Kind) -> (subject: Template, text: Template, html: Template, frame: Template) {
    let (subject, text) = Templates.split(source("\(kind.rawValue).txt"))
    return (
      Template(subject ?? ""), Template(text), Template(source("\(kind.rawValue).html")),
      Template(source(Templates.frame))
    )
  }

  private func source(_ name: String) -> String {
    replacements[name] ?? String(decoding: Templates.own(name), as: UTF8.self)
  }

  /// The subject, `nil` where the first line has none, and what follows.
  private static func split(_ source: String) -> (subject: String?, text: String) {
    let lines = source.utf8.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
    let first = lines[0].filter { $0 != 0x0D }
    guard first.starts(with: "Subject:".utf8) else { return (nil, source) }
    let subject = String(decoding: first.dropFirst(8).drop { $0 == 0x20 }, as: UTF8.self)
    let rest = lines.count > 1 ? lines[1].drop { $0 == 0x0A || $0 == 0x0D } : lines[0][lines[0].endIndex...]
    return (subject, String(Substring(rest)))
  }

  /// What is wrong with a site's file, in words that follow its name.
  private static func mistakes(of name: String, _ source: String) -> [String] {
    let kind = Mail.Kind.allCases.first { name == "\($0.rawValue).txt" || name == "\($0.rawValue).html" }
    guard kind != nil || name == frame else {
      let names = Mail.Kind.allCases.map(\.rawValue).joined(separator: ", ")
      return ["is the template of no mail: there are \(frame), and .txt and .html of \(names)"]
    }
    let template = Template(source)
    var mistakes = template.unclosed.map { "has {{ without }} on line \($0)" }
    let known = name == frame ? Values.names.union(["content"]) : Values.names
    for unknown in template.names.subtracting(known).sorted() {
      mistakes.append("has {{\(unknown)}}, which is nothing: there are \(known.sorted().joined(separator: ", "))")
    }
    if name.hasSuffix(".txt"), split(source).subject?.isEmpty ?? true {
      mistakes.append("has no “Subject: …” as its first line")
    }
    if name == frame, !template.names.contains("content") {
      mistakes.append("has no {{content}}: the mail's own words")
    }
    if kind == .signInCode, !template.names.contains("code") {
      mistakes.append("has no {{code}}: who gets the mail could do nothing")
    }
    if let kind, kind.hasLink, !template.names.contains("link") {
      mistakes.append("has no {{link}}: who gets the mail could do nothing")
    }
    return mistakes
  }

  // Every file has a name of its own in the program.
  static func own(_ name: String) -> [UInt8] {
    switch name {
    case "confirm-address.txt": PackageResources.confirm_address_txt
    case "confirm-address.html": PackageResources.confirm_address_html
    case "address-taken.txt": PackageResources.address_taken_txt
    case "address-taken.html": PackageResources.address_taken_html
    case "reset-password.txt": PackageResources.reset_password_txt
    case "reset-password.html": PackageResources.reset_password_html
    case "password-changed.txt": PackageResources.password_changed_txt
    case "password-changed.html": PackageResources.password_changed_html
    case "confirm-new-address.txt": PackageResources.confirm_new_address_txt
    case "confirm-new-address.html": PackageResources.confirm_new_address_html
    case "address-change-asked.txt": PackageResources.address_change_asked_txt
    case "address-change-asked.html": PackageResources.address_change_asked_html
    case "address-changed.txt": PackageResources.address_changed_txt
    case "address-changed.html": PackageResources.address_changed_html
    case "second-factor-added.txt": PackageResources.second_factor_added_txt
    case "second-factor-added.html": PackageResources.second_factor_added_html
    case "second-factor-removed.txt": PackageResources.second_factor_removed_txt
    case "second-factor-removed.html": PackageResources.second_factor_removed_html
    case "recovery-codes-replaced.txt": PackageResources.recovery_codes_replaced_txt
    case "recovery-codes-replaced.html": PackageResources.recovery_codes_replaced_html
    case "recovery-code-used.txt": PackageResources.recovery_code_used_txt
    case "recovery-code-used.html": PackageResources.recovery_code_used_html
    case "account-deleted.txt": PackageResources.account_deleted_txt
    case "account-deleted.html": PackageResources.account_deleted_html
    case "sign-in-code.txt": PackageResources.sign_in_code_txt
    case "sign-in-code.html": PackageResources.sign_in_code_html
    case "codes-failed.txt": PackageResources.codes_failed_txt
    case "codes-failed.html": PackageResources.codes_failed_html
    case "test.txt": PackageResources.test_txt
    case "test.html": PackageResources.test_html
    default: PackageResources.frame_html
    }
  }
}

/// What is wrong with a site's templates, a sentence for each mistake.
package struct TemplateMistakes: Error {
  package var sentences: [String]
}

extension Mail.Kind {
  /// Whether its mails bring a link.
  var hasLink: Bool {
    switch self {
    case .confirmAddress, .resetPassword, .confirmNewAddress, .addressChanged: true
    case .secondFactorAdded, .secondFactorRemoved, .recoveryCodesReplaced, .recoveryCodeUsed: false
    case .addressTaken, .passwordChanged, .addressChangeAsked, .accountDeleted, .signInCode, .codesFailed, .test: false
    }
  }
}
