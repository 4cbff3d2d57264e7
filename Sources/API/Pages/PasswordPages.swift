import HTTP
import Pages
import Postern

/// The page on which somebody sets another password.
enum PasswordPages {
  static func form(_ context: Context) throws -> Response {
    Pages.password(Site(context.settings), PasswordForm(try context.ownAccount()))
  }

  /// Goes on to the account with new tokens, or shows the form with what was wrong.
  static func change(_ context: Context) throws -> Response {
    let claims = try context.signedIn().claims
    let fields = try context.request.form()
    let account = try context.ownAccount()
    do {
      let change = try context.services.passwords.prepare(
        account, current: fields["current_password"] ?? "", new: fields["new_password"] ?? "", field: "new_password",
        client: context.client)
      let outcome = try context.services.passwords.commit(change, keeping: claims.session, client: context.client)
      var response = context.onward(to: "account", done: .password)
      response.fields.append(TokenCookies(context.settings).fields(for: outcome.tokens))
      return response
    } catch {
      return context.answer(to: error) { answer in
        var form = PasswordForm(account)
        form.error = answer.formSentence
        form.problems = answer.problems
        return Pages.password(Site(context.settings), form, status: answer.status)
      }
    }
  }
}

extension PasswordForm {
  fileprivate init(_ account: Account) {
    self.init(email: account.email.text, hasPassword: account.passwordHash != nil)
  }
}
