import HTTP
import Postern

/// Another e-mail address for one's account: asking for it, and undoing a change. `confirm` is in
/// `AddressProofHandlers`.
enum AddressHandlers {
  static func change(_ context: Context) throws -> Response {
    let body = try JSONBody(context.request)
    let changes = context.services.addressChanges
    guard let new = try body.field(["new_email", "newEmail"]), let text = new.text, !text.isEmpty else {
      throw AuthError.invalid([FieldProblem("new_email", "New email is required")])
    }
    let password = try body.field(["password", "current_password"])
    let account = try context.ownAccount()
    let prepared = try changes.prepare(
      account, new: text, fields: AddressChanges.Fields(email: new.name, password: password?.name ?? "password"),
      password: password?.text, provenAt: try context.signedIn().claims.provenAt, client: context.client)
    try changes.ask(prepared)
    // Nor can it be read off the time whether the address has an account.
    return context.onSchedule(
      Response(
        status: 200,
        json: [
          "message": "Follow the link that was mailed to your new email address to confirm the change.",
          "msg": "Confirmation sent", "pending_email": .string(prepared.email.text),
          "user": JSON(account, context.settings),
        ]))
  }

  static func undo(_ context: Context) throws -> Response {
    let text = try context.services.addressChanges.undo(context.lastSegment, client: context.client)
    return Response(
      status: 200,
      json: [
        "message": "The email address from before is yours again. Set a new password now.",
        "reset_url": .string(context.settings.address(of: .resetPassword, text)),
      ])
  }
}
