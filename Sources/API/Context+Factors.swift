import HTTP
import Pages
import Postern

/// What the pages have in common on which people change what signs them in.
extension Context {
  /// Shows such a page, `page` being its name below `account/security`. Whoever has not proven a moment ago that they
  /// are the account's owner, or has a factor that their session has not used, is led to where they do, and from there
  /// back.
  func changingFactors(
    at page: String, next: ReturnAddress? = nil, _ show: (Account) throws -> Response
  ) throws -> Response {
    let account: Account
    do {
      account = try ownerOfFactors(password: nil)
    } catch AuthError.secondFactorRequired {
      return proof(at: "mfa", for: page, next)
    } catch AuthError.proofTooOld {
      return proof(at: "login", for: page, next)
    } catch AuthError.invalid {
      // A password would do, too; the login asks for it.
      return proof(at: "login", for: page, next)
    }
    return try show(account)
  }

  private func proof(at proof: String, for page: String, _ next: ReturnAddress?) -> Response {
    let site = Site(settings)
    let back = ReturnAddress(site.address(of: "account/security/\(page)", next: next), origins: [])
    return onward(to: address(of: proof, next: back) + (proof == "login" ? "&step_up=1" : ""))
  }

  /// After a factor has been added: its recovery codes where there are new ones, or else `account/security`, with the
  /// tokens of a session that has used it.
  func factorAdded(
    _ recoveryCodes: [String]?, _ signIn: SignIn.Outcome?, done: AccountNotice, next: ReturnAddress?
  ) -> Response {
    var response: Response
    if let codes = recoveryCodes {
      response = Pages.recoveryCodes(Site(settings), codes, next: next)
    } else if signIn != nil, let next {
      response = onward(to: next.text)
    } else {
      let separator = next == nil ? "?" : "&"
      response = onward(to: address(of: "account/security", next: next) + "\(separator)done=\(done.rawValue)")
    }
    if let signIn {
      response.fields.append(TokenCookies(settings).fields(for: signIn.tokens))
      response.afterwards = signIn.afterwards
    }
    return response
  }

  private func address(of page: String, next: ReturnAddress?) -> String { Site(settings).address(of: page, next: next) }

  private func onward(to address: String) -> Response {
    var response = Response(status: 303)
    response.fields.append("Location", address)
    return response
  }
}
