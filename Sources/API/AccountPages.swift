import HTTP
import Pages
import Postern

/// The page on which a person sees who they are.
enum AccountPages {
  static func account(_ context: Context) throws -> Response {
    let claims = try context.signedIn().claims
    guard let account = try context.services.accounts.find(claims.account) else { throw AuthError.accountNotFound }
    let name = [account.profile.firstName, account.profile.lastName].compactMap(\.self).joined(separator: " ")
    let view = AccountView(
      email: account.email.text, name: name, role: account.role?.name, isVerified: account.isVerified,
      signedInSince: Instant(seconds: claims.provenAt), methods: claims.methods)
    return Pages.account(Site(context.settings), view)
  }
}
