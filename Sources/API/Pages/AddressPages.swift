import HTTP
import Pages
import Postern

/// The page of one's e-mail address: asking for another one.
enum AddressPages {
  static func form(_ context: Context) throws -> Response {
    var form = AddressForm(try context.ownAccount())
    form.pending = try context.services.addressChanges.pending(of: context.signedIn().claims.account)?.text
    form.hasAsked = context.request.query.isEqual("asked", "1")
    form.notice = context.notice
    return Pages.address(Site(context.settings), form)
  }

  /// Asks for the change. Where nobody may learn which addresses have an account, one that has looks like any other.
  static func ask(_ context: Context) throws -> Response {
    let fields = try context.request.form()
    let account = try context.ownAccount()
    let changes = context.services.addressChanges
    do {
      let prepared = try changes.prepare(
        account, new: fields["new_email"] ?? "", password: fields["password"],
        provenAt: context.signedIn().claims.provenAt, client: context.client)
      try changes.ask(prepared)
      return context.onSchedule(context.onward(to: "account/email?asked=1"))
    } catch {
      return context.answer(to: error) { answer in
        var form = AddressForm(account)
        form.newEmail = fields["new_email"] ?? ""
        form.error = answer.formSentence
        form.problems = answer.problems
        return Pages.address(Site(context.settings), form, status: answer.status)
      }
    }
  }
}

extension AddressForm {
  fileprivate init(_ account: Account) {
    self.init(
      email: account.email.text, isVerified: account.isVerified, hasPassword: account.passwordHash != nil)
  }
}
