import HTTP
import Postern

/// `request-password-reset` and `reset-password`.
enum PasswordResetHandlers {
  /// One answer for everybody, also where there is no address in the body, or none that is one. A `redirect_url`, which
  /// front ends send, is passed over: the mail leads to this site.
  static func request(_ context: Context) throws -> Response {
    let email = try JSONBody(context.request).text("email") ?? ""
    try context.services.passwordResets.request(email: email, client: context.client)
    return context.mailed("If an account exists, a reset link has been sent.")
  }

  static func reset(_ context: Context) throws -> Response {
    guard let new = try JSONBody(context.request).field(["password", "new_password"]), let password = new.text,
      !password.isEmpty
    else { throw AuthError.invalid([FieldProblem("password", "New password is required")]) }
    _ = try context.services.passwordResets.reset(
      context.lastSegment, to: password, field: new.name, client: context.client)
    return Response(status: 200, json: ["message": "Password has been reset successfully."])
  }
}
