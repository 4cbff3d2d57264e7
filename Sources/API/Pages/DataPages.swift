import HTTP
import Pages
import Postern

/// What is stored about somebody: what has happened, a copy of all of it, and its end.
enum DataPages {
  /// So much of the log is on the page.
  private static let most = 50

  static func activity(_ context: Context) throws -> Response {
    let account = try context.signedIn().claims.account
    let activity = try context.services.audit.list(of: account, limit: most, offset: 0).map { entry in
      let client = entry.event.initiator.client
      return ActivityView(
        sentence: entry.sentence(for: account), at: entry.at, address: client?.address,
        device: client.map { deviceName(ofUserAgent: $0.userAgent) }, hasFailed: entry.event.failure != nil)
    }
    return Pages.activity(Site(context.settings), activity, most: most)
  }

  static func form(_ context: Context) throws -> Response {
    Pages.deletion(Site(context.settings), DeletionForm(try context.ownAccount()))
  }

  static func delete(_ context: Context) throws -> Response {
    let password = try context.request.form()["password"]
    let account = try context.ownAccount()
    do {
      try context.services.removal.remove(
        account, password: password, provenAt: context.signedIn().claims.provenAt, client: context.client)
      var response = Pages.deleted(Site(context.settings))
      response.fields.append(TokenCookies(context.settings).removal)
      return response
    } catch {
      return context.answer(to: error) { answer in
        var form = DeletionForm(account)
        form.error = answer.formSentence
        form.problems = answer.problems
        return Pages.deletion(Site(context.settings), form, status: answer.status)
      }
    }
  }
}

extension DeletionForm {
  fileprivate init(_ account: Account) {
    self.init(email: account.email.text, hasPassword: account.passwordHash != nil)
  }
}
