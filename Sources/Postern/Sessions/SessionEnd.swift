/// Why a session ends before its time; the raw value is what the session keeps of it.
package enum SessionEnd: String, Sendable, CaseIterable {
  case signedOut = "signed out"
  case replaced = "replaced by a new login"
  /// From another session of the same person.
  case endedByOwner = "ended by its owner"
  /// Somebody has used a refresh token again, later than two racing tabs would.
  case refreshReused = "refresh token reused"
  case passwordChanged = "password changed"
  /// By a mailed link.
  case passwordReset = "password reset"
  case accountDisabled = "account disabled"
  case addressChanged = "e-mail address changed"
  case addressChangeUndone = "e-mail address brought back"
  case factorsRemoved = "second factors removed"

  /// What the audit log calls it.
  package var action: AuditAction {
    switch self {
    case .signedOut: .logout
    case .replaced, .endedByOwner: .sessionRevoked
    case .refreshReused: .refreshReused
    case .passwordChanged: .passwordChange
    case .passwordReset: .passwordReset
    case .accountDisabled: .banned
    case .addressChanged: .emailChange
    case .addressChangeUndone: .emailChangeUndone
    case .factorsRemoved: .factorRemoved
    }
  }

  /// Whether it is the session's own person who ends it, wherever nobody else is known to.
  var isByOwner: Bool { self == .signedOut || self == .endedByOwner }
}
