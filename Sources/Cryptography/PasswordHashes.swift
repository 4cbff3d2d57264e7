package import Postern
import Synchronization

/// All kinds of stored hashes: Argon2id, and those of other programs, which are only verified. They are replaced at the
/// next login, since they need a rehash.
///
/// One that would cost minutes, or all memory, is not computed: it is nobody's password, and the log says why, once.
package final class PasswordHashes: PasswordHasher {
  private let argon2: Argon2idHasher
  private let log: any Log
  /// What the log has said. Guard: held while a text is looked for.
  private let said = Mutex<Set<String>>([])

  package init(settings: Argon2Settings, random: any RandomSource, log: any Log) {
    argon2 = Argon2idHasher(settings: settings, random: random)
    self.log = log
  }

  /// Why a hash cannot be used.
  package enum Problem: Error, Equatable {
    /// Of no kind that is known, or malformed.
    case unreadable
    /// With its kind and parameters.
    case tooCostly(String)
  }

  private enum Stored {
    case argon2(Argon2idHash)
    case foreign(any ForeignHash)
  }

  /// The kinds that `verify` knows, for a sentence.
  package static var kinds: String { "Argon2id ($argon2id$), \(ForeignHashes.names)" }

  package func hash(_ password: String) throws(StoreError) -> String { try argon2.hash(password) }

  package func decoy() -> String { argon2.decoy() }

  package func needsRehash(_ text: String) -> Bool { argon2.needsRehash(text) }

  package func verify(_ password: String, against text: String) throws(StoreError) -> Bool {
    switch usable(text) {
    case .success(.argon2): return try argon2.verify(password, against: text)
    case .success(.foreign(let hash)): return try hash.isHash(of: password)
    case .failure(.unreadable):
      say("a stored password hash is of no known kind", "")
      return false
    case .failure(.tooCostly(let summary)):
      say("a stored password hash is too costly to compute", summary)
      return false
    }
  }

  /// `nil` when it can be verified.
  package func problem(with text: String) -> Problem? {
    if case .failure(let problem) = usable(text) { problem } else { nil }
  }

  /// What it takes to verify it, in KiB; 0 for one that will not be computed.
  package func memory(toVerify text: String) -> Int {
    switch usable(text) {
    case .success(.argon2(let hash)): Int(hash.parameters.memory)
    case .success(.foreign(let hash)): hash.memory
    case .failure: 0
    }
  }

  /// Kind and parameters of another program's hash that can be verified: all with the same take the same time. `nil`
  /// for any other text.
  package func kind(ofForeign text: String) -> String? {
    if case .success(.foreign(let hash)) = usable(text) { hash.summary } else { nil }
  }

  private func usable(_ text: String) -> Result<Stored, Problem> {
    if let hash = Argon2idHash(text) {
      let parameters = hash.parameters
      return argon2.isAffordable(parameters)
        ? .success(.argon2(hash))
        : .failure(.tooCostly("$argon2id$m=\(parameters.memory),t=\(parameters.passes),p=\(parameters.lanes)"))
    }
    guard let hash = ForeignHashes.read(text) else { return .failure(.unreadable) }
    return hash.isAffordable ? .success(.foreign(hash)) : .failure(.tooCostly(hash.summary))
  }

  private func say(_ event: String, _ summary: String) {
    let isNew = said.withLock { said in said.count < 100 && said.insert(event + summary).inserted }
    if isNew { log.write(.warning, event, summary.isEmpty ? [:] : ["hash": summary]) }
  }
}
