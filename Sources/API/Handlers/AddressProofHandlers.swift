import HTTP
import Postern

/// `confirm` and `resend-verification-email`: proving the address of an account, or another that it is to have.
enum AddressProofHandlers {
  /// Changes something, as it always has: whoever follows the link is signed in to the account, in this browser. That
  /// another site sends a browser here does no harm. It would need a link that was mailed to the very person whom the
  /// browser is signed in as, and what it would bring about is what they were asked to do with it.
  static func follow(_ context: Context) throws -> Response {
    let companion = try context.sessionCompanion()
    if context.request.parameters.isEqual("REQUEST_METHOD", "HEAD") {
      // Changes nothing: the link is looked at, and who follows it.
      let account = try context.confirmation().account
      if context.settings.confirmation == .session {
        guard case .session(_, account) = companion else { throw AuthError.signInToConfirm }
      }
      return Response(status: 200, json: [:])
    }
    return try confirm(context, with: companion)
  }

  /// The same, by password or session. The password signs in, as a login does.
  static func confirm(_ context: Context) throws -> Response {
    if let password = try context.optionalBody()?.text("password") {
      return try confirm(context, with: .password(password))
    }
    return try confirm(context, with: try context.sessionCompanion())
  }

  private static func confirm(_ context: Context, with companion: AddressProofs.Companion) throws -> Response {
    let (confirmed, isNew) = try context.confirm(with: companion)
    let sentence =
      switch (isNew, confirmed.wasDone) {
      case (false, false): "Email verified successfully."
      case (false, true): "Account already verified."
      case (true, false): "Email changed successfully."
      case (true, true): "Email changed already."
      }
    let account = confirmed.account
    let members = [
      JSON.Member("message", .string(sentence)), JSON.Member("success", .bool(true)),
      JSON.Member(
        "user",
        [
          "email": .string(account.email.text), "id": .integer(account.id.value),
          "is_verified": .bool(account.isVerified),
        ]),
    ]
    switch confirmed.signIn {
    case nil: return Response(status: 200, json: .object(members))
    case .signedIn(let outcome):
      var response = context.delivering(outcome.tokens, status: 200, members)
      response.afterwards = outcome.afterwards
      return response
    case .secondStep(let pending): return context.asking(for: pending, members)
    }
  }

  /// To whoever is signed in, or else to whoever has the address in the body, which is answered alike for everybody.
  static func resend(_ context: Context) throws -> Response {
    let email = try context.optionalBody()?.text("email")
    do {
      var signedIn = context
      signedIn.caller = try context.signedInCaller()
      let isSent = try context.services.addressProofs.resend(for: signedIn.ownAccount(), client: context.client)
      return Response(
        status: 200,
        json: ["message": isSent ? "Verification email sent successfully" : "User is already verified"])
    } catch let failure as TokenFailure {
      if email == nil { throw failure }
    } catch AuthError.token(let failure) {
      if email == nil { throw AuthError.token(failure) }
    }
    try context.services.addressProofs.resend(toWhoeverHas: email ?? "", client: context.client)
    return context.mailed("If an account with this address waits to be confirmed, a link has been sent.")
  }
}

extension Context {
  /// The session that this request brings, as far as it is alive. A double submit that fails is no absence of one.
  func sessionCompanion() throws -> AddressProofs.Companion {
    do {
      let claims = try signedInCaller().claims
      return .session(claims.session, claims.account)
    } catch let failure as TokenFailure where failure != .missingCSRF && failure != .wrongCSRF {
      return .nothing
    } catch AuthError.token {
      return .nothing
    }
  }

  /// The JSON object of a request that need not bring one.
  func optionalBody() throws -> JSONBody? { try request.bytes().isEmpty ? nil : JSONBody(request) }

  /// The one answer to whatever goes by mail, on the schedule of wrong passwords: it tells nobody whether there was
  /// somebody to write to.
  func mailed(_ sentence: String, status: Int = 200, _ members: [JSON.Member] = []) -> Response {
    onSchedule(Response(status: status, json: .object([JSON.Member("message", .string(sentence))] + members)))
  }
}
