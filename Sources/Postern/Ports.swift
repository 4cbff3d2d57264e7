/// All that the domain asks of the outside: stores, cryptography, files, clocks. `Command` fills it with what is real,
/// tests with what they can look into.
package struct Ports: Sendable {
  // MARK: What is kept

  package var accounts: any AccountStore
  package var sessions: any SessionStore
  package var apiTokens: any APITokenStore
  package var factors: any FactorStore
  package var passkeys: any PasskeyStore
  package var links: any LinkStore
  package var audit: any AuditLog
  package var records: any AccountRecordStore
  package var pictureFiles: any PictureFiles

  // MARK: What is known in memory

  package var revocations: Revocations
  package var activity: Activity
  package var rates: any RateLimit
  package var attempts: any AttemptCounts
  package var failures: FailureSchedule

  // MARK: Cryptography

  package var hasher: any PasswordHasher
  package var codec: any TokenCodec
  package var assertions: any AssertionSigner
  /// The JWK set (RFC 7517, section 5) of the public keys that tokens and assertions are checked with.
  package var publicKeys: @Sendable () -> [UInt8]
  /// What a script repeats under double submit, for a session and a kind of token.
  package var csrf: @Sendable (SessionID, TokenClaims.Kind) -> String
  package var browsers: any BrowserSealer
  package var linkSealer: any LinkSealer
  package var sealer: any Sealer
  package var oneTimeCodes: any OneTimeCodes
  package var authenticators: any AuthenticatorReader
  /// A digest without a key, of what is long and random.
  package var digest: @Sendable ([UInt8]) -> [UInt8]
  /// The digest of a recovery code, under a key: it is too short for one without.
  package var recoveryDigest: @Sendable ([UInt8]) -> [UInt8]
  package var random: any RandomSource

  // MARK: The rest

  package var pictureMaker: any PictureMaker
  package var clock: any Clock
  package var log: any Log

  package init(
    accounts: any AccountStore, sessions: any SessionStore, apiTokens: any APITokenStore, factors: any FactorStore,
    passkeys: any PasskeyStore, links: any LinkStore, audit: any AuditLog, records: any AccountRecordStore,
    pictureFiles: any PictureFiles, revocations: Revocations, activity: Activity, rates: any RateLimit,
    attempts: any AttemptCounts, failures: FailureSchedule, hasher: any PasswordHasher, codec: any TokenCodec,
    assertions: any AssertionSigner, publicKeys: @escaping @Sendable () -> [UInt8],
    csrf: @escaping @Sendable (SessionID, TokenClaims.Kind) -> String, browsers: any BrowserSealer,
    linkSealer: any LinkSealer, sealer: any Sealer, oneTimeCodes: any OneTimeCodes,
    authenticators: any AuthenticatorReader, digest: @escaping @Sendable ([UInt8]) -> [UInt8],
    recoveryDigest: @escaping @Sendable ([UInt8]) -> [UInt8], random: any RandomSource,
    pictureMaker: any PictureMaker, clock: any Clock, log: any Log
  ) {
    self.accounts = accounts
    self.sessions = sessions
    self.apiTokens = apiTokens
    self.factors = factors
    self.passkeys = passkeys
    self.links = links
    self.audit = audit
    self.records = records
    self.pictureFiles = pictureFiles
    self.revocations = revocations
    self.activity = activity
    self.rates = rates
    self.attempts = attempts
    self.failures = failures
    self.hasher = hasher
    self.codec = codec
    self.assertions = assertions
    self.publicKeys = publicKeys
    self.csrf = csrf
    self.browsers = browsers
    self.linkSealer = linkSealer
    self.sealer = sealer
    self.oneTimeCodes = oneTimeCodes
    self.authenticators = authenticators
    self.digest = digest
    self.recoveryDigest = recoveryDigest
    self.random = random
    self.pictureMaker = pictureMaker
    self.clock = clock
    self.log = log
  }
}
