/// Making, proving and ending personal API tokens.
package struct APITokens: Sendable {
  /// So many that have not expired an account may have.
  package static let most = 50
  /// Seconds. A token that nobody thinks of any more must not be good for ever: without a wish it lives for 90 days,
  /// and for a year and a day at most.
  package static let defaultLife: Int64 = 90 * 86_400
  package static let longestLife: Int64 = 366 * 86_400
  /// So many that have expired are kept beside them.
  package static let mostExpired = 50
  /// How long an expired token is still listed, so that its owner sees why a program is refused.
  package static let listedAfterExpiry = Duration.seconds(30 * 86_400)

  private let settings: Settings
  private let store: any APITokenStore
  private let accounts: any AccountStore
  private let revocations: Revocations
  private let digest: @Sendable ([UInt8]) -> [UInt8]
  private let clock: any Clock
  private let random: any RandomSource
  private let log: any Log

  /// - Parameter digest: SHA-256. A token is random, so nothing slower is needed to keep it.
  package init(
    settings: Settings, store: any APITokenStore, accounts: any AccountStore, revocations: Revocations,
    digest: @escaping @Sendable ([UInt8]) -> [UInt8], clock: any Clock, random: any RandomSource, log: any Log
  ) {
    self.settings = settings
    self.store = store
    self.accounts = accounts
    self.revocations = revocations
    self.digest = digest
    self.clock = clock
    self.random = random
    self.log = log
  }

  /// A token that was just made, with the text that is shown once.
  package struct Made: Sendable {
    package var text: String
    package var token: APIToken
  }

  /// Whom a token is good for.
  package struct Proof: Sendable {
    package var token: APIToken
    package var account: Account
  }

  /// Makes a token for the account, in the epoch of the session that asks for it. `life` is in seconds. Throws
  /// `invalid`, `tooManyAPITokens`, and `token(.revoked)` where the session has ended meanwhile.
  package func make(
    for account: AccountID, epoch: Int64, name: String, life: Int64?, scopes: [String]?, client: Client
  ) throws(AuthError) -> Made {
    guard let owner = try stored({ () throws(StoreError) in try accounts.find(account) }), owner.epoch == epoch,
      settings.admits(owner)
    else { throw .token(.revoked) }
    let life = life ?? APITokens.defaultLife
    let problems = problems(name: name, life: life, scopes: scopes, owner: owner)
    guard problems.isEmpty else { throw .invalid(problems) }
    let text = APITokenText.make(random: random)
    let new = NewAPIToken(
      account: account, epoch: epoch, digest: digest(Array(text.utf8)), name: name,
      scopes: scopes.map { scopes in Permissions.common(scopes, scopes) }, life: .seconds(life))
    let token: APIToken?
    do { token = try store.create(new, most: APITokens.most, mostExpired: APITokens.mostExpired, client: client) } catch
    {
      throw error == .accountGone ? .token(.revoked) : AuthError(error)
    }
    guard let token else { throw .tooManyAPITokens(most: APITokens.most) }
    log.write(
      .info, "API token made",
      ["account": account.description, "token": token.id.description, "address": client.address])
    return Made(text: text, token: token)
  }

  /// Whom the token stands for, asked of the storage. Throws `token`: `.problem(.malformed)` for what cannot be one,
  /// `.problem(.expired)`, and `.revoked` for one that is not there (any more), or whose owner is disabled, gone, has
  /// begun a new epoch, or is to prove their address first.
  package func prove(_ text: [UInt8]) throws(AuthError) -> Proof {
    guard APITokenText.isWellFormed(text) else { throw .token(.problem(.malformed)) }
    let digest = digest(text)
    guard let token = try stored({ () throws(StoreError) in try store.find(digest: digest) }),
      let account = try stored({ () throws(StoreError) in try accounts.find(token.account) }),
      settings.admits(account), account.epoch == token.epoch
    else { throw .token(.revoked) }
    guard token.expiresAt > clock.now() else { throw .token(.problem(.expired)) }
    return Proof(token: token, account: account)
  }

  package func list(of account: AccountID) throws(AuthError) -> [APIToken] {
    try stored { () throws(StoreError) in try store.list(of: account) }
  }

  /// Ends a token of that account, at once. Throws `apiTokenNotFound`, for one of another account, too.
  package func end(_ id: APIToken.ID, of account: AccountID, client: Client) throws(AuthError) {
    let isRemoved = try stored { () throws(StoreError) in try store.remove(id, of: account, client: client) }
    guard isRemoved else { throw .apiTokenNotFound }
    revocations.insert(apiToken: id, at: clock.now())
    log.write(
      .info, "API token ended", ["account": account.description, "token": id.description, "address": client.address])
  }

  private func problems(name: String, life: Int64, scopes: [String]?, owner: Account) -> [FieldProblem] {
    var problems: [FieldProblem] = []
    let length = name.unicodeScalars.count
    if name.utf8.allSatisfy({ $0 == 0x20 }) || length > 100 {
      problems.append(FieldProblem("name", "name must be 1 to 100 characters"))
    } else if name.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }) {
      problems.append(FieldProblem("name", "name must not contain control characters"))
    }
    if !(1...APITokens.longestLife).contains(life) {
      problems.append(FieldProblem("expires_in", "expires_in must be 1 to \(APITokens.longestLife) seconds"))
    }
    if let scopes, let sentence = problem(scopes: scopes, owner: owner) {
      problems.append(FieldProblem("scopes", sentence))
    }
    return problems
  }

  private func problem(scopes: [String], owner: Account) -> String? {
    guard scopes.count <= 100 else { return "scopes must be 100 at most" }
    let granted = owner.role?.permissions ?? []
    for scope in scopes {
      // Bytes first: two texts are compared in a time quadratic in a hostile text's combining marks.
      guard (1...100).contains(scope.utf8.count), scope.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
        return "scopes must be names of permissions"
      }
      guard granted.contains(where: { Permissions.covers($0, scope) }) else {
        return "scopes must be among your own permissions: \(scope) is not"
      }
    }
    return nil
  }
}
