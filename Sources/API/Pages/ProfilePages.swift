import HTTP
import Pages
import Postern

/// The page on which people fill in what they say of themselves.
enum ProfilePages {
  static func form(_ context: Context) throws -> Response {
    Pages.profile(Site(context.settings), ProfileForm(try context.ownAccount().profile))
  }

  static func save(_ context: Context) throws -> Response {
    let fields = try context.request.form()
    let account = try context.ownAccount()
    var form = ProfileForm(account.profile)
    var change = ProfileChange()
    for field in ProfileField.all {
      guard let given = fields[field.name].map(ProfilePages.withLineFeeds) else { continue }
      form.profile[keyPath: field.path] = given
      let stored = account.profile[keyPath: field.path] ?? ""
      // What is the same is not set again, so that the log says what has changed. An input of one line takes line feeds
      // out by itself.
      let isSame = given.utf8.elementsEqual(stored.utf8) || given.utf8.elementsEqual(stored.utf8.filter { $0 != 0x0A })
      if !isSame { change.set(field, to: given) }
    }
    if change.isEmpty { return context.onward(to: "account", done: .profile) }
    let problems = change.problems(at: context.services.clock.now())
    guard problems.isEmpty else {
      return context.answer(to: AuthError.invalid(problems)) { answer in
        form.error = answer.formSentence
        form.problems = answer.problems
        return Pages.profile(Site(context.settings), form, status: answer.status)
      }
    }
    try context.update(account.id, change)
    return context.onward(to: "account", done: .profile)
  }

  /// A form sends CR LF for each end of a line (HTML, section 4.10.21.8); what is stored has LF.
  private static func withLineFeeds(_ text: String) -> String {
    var bytes = Array(text.utf8)
    guard bytes.contains(0x0D) else { return text }
    var kept = 0
    for (index, byte) in bytes.enumerated() {
      if byte == 0x0D, index + 1 < bytes.count, bytes[index + 1] == 0x0A { continue }
      bytes[kept] = byte
      kept += 1
    }
    return String(decoding: bytes[..<kept], as: UTF8.self)
  }
}
