import HTTP
import Postern

/// Another e-mail address for one's account: asking for it, confirming and undoing a change.
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
    var response = Response(
      status: 200,
      json: [
        "message": "Follow the link that was mailed to your new email address to confirm the change.",
        "msg": "Confirmation sent", "pending_email": .string(prepared.email.text), "user": JSON(account),
      ])
    // Nor can it be read off the time whether the address has an account.
    response.notBefore = context.nextTick
    return response
  }

  /// What `confirm` does for the link that was mailed to the new address.
  static func confirm(
    _ context: Context, _ link: LinkID, with companion: AddressProofs.Companion
  ) throws -> Response {
    let previous = context.tokens.sessions(in: context.request)
    let confirmed = try context.services.addressChanges.confirm(
      link, with: companion, client: context.client, replacing: previous.first)
    let members = AddressProofHandlers.members(
      confirmed.wasDone ? "Email changed already." : "Email changed successfully.", confirmed.account)
    guard let tokens = confirmed.tokens else { return Response(status: 200, json: .object(members)) }
    // As after any login: what other cookies came along ends, too.
    if case .password = companion { try? context.end(Array(previous.dropFirst())) }
    return context.delivering(tokens, status: 200, members)
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
