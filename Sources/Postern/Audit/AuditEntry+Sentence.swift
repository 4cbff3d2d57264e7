extension AuditEntry {
  /// What a person reads about it who looks at what they have done, and what has happened to their account. Where it is
  /// about another account, that one's number stands before it.
  package func sentence(for reader: AccountID) -> String {
    guard let target = event.target, target != reader else { return sentence }
    return "Account \(target): \(sentence)"
  }

  private var sentence: String {
    let isOwn = event.initiator.account != nil && event.target == nil
    let replaced: AuditDetails = ["reason": SessionEnd.replaced.rawValue]
    let isReplaced = event.details.json.utf8.starts(with: replaced.json.utf8.dropLast())
    return switch event.action {
    case .signup: "Registered"
    case .login: "Signed in"
    case .logout: "Signed out"
    case .verificationRequested: "Asked for a mail that confirms the e-mail address"
    case .emailVerified: "Confirmed the e-mail address"
    case .passwordResetRequested: "Somebody asked for a mail that resets the password"
    case .passwordReset: "Reset the password by mail; all sessions and API tokens were ended"
    case .passwordChange: isOwn ? "Changed the password" : "An administrator set a new password"
    case .emailChangeRequested: "Asked for another e-mail address"
    case .emailChange: "Changed the e-mail address"
    case .emailChangeUndone: "Brought back the e-mail address from before; all sessions and API tokens were ended"
    case .profileUpdate: isOwn ? "Changed the profile" : "An administrator changed the profile"
    case .pictureChange: isOwn ? "Changed the picture" : "An administrator changed the picture"
    case .roleChange: "An administrator changed the role"
    case .roleUpdated: "An administrator changed what a role demands"
    case .banned: "An administrator disabled the account"
    case .unbanned: "An administrator enabled the account"
    case .removed: isOwn ? "Deleted the account" : "An administrator deleted the account"
    case .sessionRevoked:
      if isReplaced { "Signed in anew in the same browser; its session before was ended" } else { "Ended a session" }
    case .sessionsRevoked:
      if isReplaced { "Signed in; all other sessions were ended" } else { "Ended all other sessions" }
    case .refreshReused: "Somebody used an old refresh token; the session was ended"
    case .apiTokenMade: "Made an API token"
    case .apiTokenEnded: "Ended an API token"
    case .factorAdded: "Added a second factor"
    case .factorRemoved: "Removed a second factor"
    case .recoveryCodesReplaced: "Made new recovery codes; those before are worthless"
    case .recoveryCodeUsed: "Used a recovery code"
    case .codeMailed: "Asked for a mail with a code"
    case .codesRefused: "Somebody who knows the password gave too many wrong codes"
    case .browserTrusted: "Trusted a browser, which is not asked for a second factor"
    case .browserTrustEnded: "Ended the trust in a browser"
    case .passkeyRenamed: "Renamed a passkey"
    case .passkeyRefused: "A passkey was refused: its counter had gone back, so there may be a copy of it"
    }
  }
}
