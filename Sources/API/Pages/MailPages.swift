import HTTP
import Pages
import Postern

/// The pages that send a mail with a link, alike for everybody: nobody learns from them who has an account.
enum MailPages {
  static func forgotForm(_ context: Context) -> Response { Pages.forgot(Site(context.settings)) }

  static func forgot(_ context: Context) throws -> Response {
    let text = try context.request.form()["email"] ?? ""
    guard let email = EmailAddress(text) else {
      return Pages.forgot(Site(context.settings), MailForm(email: text, problem: noAddress), status: 400)
    }
    try context.services.passwordResets.request(email: email.text, client: context.client)
    return context.onSchedule(Pages.forgotSent(Site(context.settings), email: email.text))
  }

  static func resendForm(_ context: Context) -> Response { Pages.resend(Site(context.settings)) }

  static func resend(_ context: Context) throws -> Response {
    let text = try context.request.form()["email"] ?? ""
    guard let email = EmailAddress(text) else {
      return Pages.resend(Site(context.settings), MailForm(email: text, problem: noAddress), status: 400)
    }
    try context.services.addressProofs.resend(toWhoeverHas: email.text, client: context.client)
    return context.onSchedule(Pages.checkMail(Site(context.settings), email: email.text))
  }

  /// The same to who is signed in.
  static func resendOwn(_ context: Context) throws -> Response {
    let isSent = try context.services.addressProofs.resend(for: context.ownAccount(), client: context.client)
    return context.onward(to: "account", done: isSent ? .mail : .address)
  }

  private static let noAddress = "Invalid email format"
}
