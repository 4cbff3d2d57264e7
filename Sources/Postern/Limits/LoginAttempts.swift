/// Who may try a password, and who has to wait because too many were wrong.
///
/// A browser that has not signed in to the account before counts three times: with its network for this account, with
/// its network over all accounts (ten times as much), and for this account over all networks (ten times as much: many
/// addresses that guess one password). A browser that has (`BrowserMark`) counts for itself alone, so nobody out there
/// can make it wait, and who steals its mark gets a few guesses and no more.
///
/// Whoever reaches the limit waits a minute, then after each further failure twice as long, up to the window. It is
/// forgotten when nothing has failed for as long as the window. A refused attempt does not count and prolongs nothing.
/// What is counted belongs to the account's epoch: once the password is another one (a reset by mail, `postern user
/// password`), counting begins anew, in every process. Unknown accounts count like known ones.
package struct LoginAttempts: Sendable {
  private let most: Int
  private let window: Duration
  private let counts: any AttemptCounts
  private let browsers: any BrowserSealer
  private let clock: any Clock

  package init(settings: Settings, counts: any AttemptCounts, browsers: any BrowserSealer, clock: any Clock) {
    most = settings.maxLoginAttempts
    window = settings.loginAttemptWindow
    self.counts = counts
    self.browsers = browsers
    self.clock = clock
  }

  /// Checks a password if this client may try one now: `prove` computes the hash, and returns `nil` where the password
  /// is wrong. The attempt counts from before that, so of a hundred that come at once no more than allowed are tried.
  /// Throws `tooManyAttempts`, and what `prove` throws, which then counts for nothing.
  ///
  /// - Parameters:
  ///   - account: whose password it is; `nil` where there is none.
  ///   - name: what the account is, or would be, called: its address.
  package func check<Proof>(
    _ account: Account?, name: String, client: Client, _ prove: () throws(AuthError) -> Proof?
  ) throws(AuthError) -> Proof? {
    let buckets = buckets(account, name, client)
    if let wait = counts.reserve(buckets, window: window, at: clock.monotonic()) { throw .tooManyAttempts(wait: wait) }
    let proof: Proof?
    do throws(AuthError) { proof = try prove() } catch {
      counts.settle(buckets, as: .abandoned, window: window, at: clock.monotonic())
      throw error
    }
    counts.settle(buckets, as: proof == nil ? .wrong : .right, window: window, at: clock.monotonic())
    return proof
  }

  private func buckets(_ account: Account?, _ name: String, _ client: Client) -> [AttemptBucket] {
    if let account, let mark = client.browserMarks.lazy.compactMap({ browsers.mark(of: $0, for: account) }).first {
      return [AttemptBucket(.browser(account.id, mark), most: most)]
    }
    let network = Network(of: client.address)
    let epoch = account?.epoch ?? 0
    return [
      AttemptBucket(.pair(network, name: name, epoch: epoch), most: most),
      AttemptBucket(.network(network), most: most, times: 10),
      AttemptBucket(.account(name: name, epoch: epoch), most: most, times: 10),
    ]
  }
}
