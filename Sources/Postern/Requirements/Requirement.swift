/// What a web server demands of whoever wants to pass, read from `AUTH_REQUIRE`: terms separated by spaces, all of
/// which must hold. A text that is missing, empty, or holds a term that cannot be understood is no requirement at all,
/// and refuses everyone.
package struct Requirement: Sendable, Equatable {
  package enum Term: Sendable, Equatable {
    case signedIn
    /// The account's address is proven.
    case verified
    /// One of these roles.
    case role([String])
    /// One of these permissions; a granted `reports.*` covers `reports.read`.
    case permission([String])
    /// One of these people, by proven address.
    case user([EmailAddress])
    /// A second factor was used in this session.
    case secondFactor
    /// The person proved who they are at most so many seconds ago.
    case age(Int64)
  }

  package let terms: [Term]

  package enum Unreadable: Error, Equatable {
    case missing
    case unknown(term: String)
  }

  package init(parsing text: String) throws(Unreadable) {
    var terms: [Term] = []
    for word in text.split(separator: " ") {
      guard let term = Requirement.term(String(word)) else { throw .unknown(term: String(word)) }
      terms.append(term)
    }
    guard !terms.isEmpty else { throw .missing }
    self.terms = terms
  }

  private static func term(_ word: String) -> Term? {
    switch word {
    case "signed-in": return .signedIn
    case "verified": return .verified
    case "mfa": return .secondFactor
    default: break
    }
    if let names = alternatives(of: word, after: "role=") { return .role(names) }
    if let names = alternatives(of: word, after: "permission=") { return .permission(names) }
    if let names = alternatives(of: word, after: "user=") {
      let addresses = names.compactMap { EmailAddress($0) }
      return addresses.count == names.count ? .user(addresses) : nil
    }
    if word.hasPrefix("age<="), let seconds = UInt32(word.dropFirst(5)) { return .age(Int64(seconds)) }
    return nil
  }

  private static func alternatives(of word: String, after prefix: String) -> [String]? {
    guard word.hasPrefix(prefix) else { return nil }
    let names = word.dropFirst(prefix.count).split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    return names.contains("") ? nil : names
  }
}

extension Requirement {
  package enum Verdict: Sendable, Equatable {
    case allowed
    /// Signed in, and that is not enough: what `X-Auth-Error` says.
    case forbidden(Reason)
    /// A fresh proof, or a second factor, would be enough.
    case stepUp(StepUp)
  }
  package enum Reason: String, Sendable { case role, permission, user, verified, require }
  package enum StepUp: String, Sendable { case secondFactor, age }

  /// Judges somebody who is signed in. What a fresh proof cannot mend goes before what it can; the password goes before
  /// the factor, which is then asked for with it.
  package func judge(_ identity: Identity, now: Instant) -> Verdict {
    var stepUp: StepUp?
    for term in terms {
      switch term {
      case .signedIn: break
      case .verified: if !identity.isVerified { return .forbidden(.verified) }
      case .role(let names):
        guard let role = identity.role, names.contains(role) else { return .forbidden(.role) }
      case .permission(let names):
        guard names.contains(where: identity.holds) else { return .forbidden(.permission) }
      case .user(let addresses):
        guard identity.isVerified, addresses.contains(where: { $0.text == identity.email }) else {
          return .forbidden(.user)
        }
      case .secondFactor: if !identity.methods.contains("mfa") { stepUp = stepUp ?? .secondFactor }
      case .age(let seconds):
        // A signed token may say any number; a difference that overflows lies outside both bounds.
        let age = identity.provenAt.map { now.seconds &- $0 }
        if age.map({ $0 > seconds || $0 < -60 }) ?? true { stepUp = .age }
      }
    }
    return stepUp.map(Verdict.stepUp) ?? .allowed
  }
}
