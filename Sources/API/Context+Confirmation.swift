import HTTP
import Postern

/// What a link asks to have confirmed: an account's address, or another that it is to have.
struct Confirmation {
  var account: AccountID
  var email: EmailAddress
  /// It is to take the present address's place.
  var isNew: Bool
  /// It has been confirmed before.
  var isDone: Bool
}

/// Following such a link, for programs and people alike. Both kinds of it lead to the same place.
extension Context {
  /// Looks at the link, and changes nothing. Throws `badLink`, `linkAccountGone`.
  func confirmation() throws -> Confirmation {
    guard let link = services.addressChanges.link(of: lastSegment) else {
      let account = try services.addressProofs.account(of: lastSegment)
      return Confirmation(account: account.id, email: account.email, isNew: false, isDone: account.isVerified)
    }
    let (account, email) = try services.addressChanges.expected(by: link)
    return Confirmation(account: account.id, email: email, isNew: true, isDone: account.email == email)
  }

  /// Does what the link is for. Where a password came along, that is a sign-in like any other. `isNew` as above.
  func confirm(with companion: AddressProofs.Companion) throws -> (confirmed: AddressProofs.Confirmed, isNew: Bool) {
    let link = services.addressChanges.link(of: lastSegment)
    let confirmed = try replacingSessions { previous in
      if let link {
        try services.addressChanges.confirm(link, with: companion, client: client, replacing: previous)
      } else {
        try services.addressProofs.confirm(lastSegment, with: companion, client: client, replacing: previous)
      }
    } where: { confirmed in
      if case .password = companion, case .signedIn = confirmed.signIn { true } else { false }
    }
    return (confirmed, link != nil)
  }
}
