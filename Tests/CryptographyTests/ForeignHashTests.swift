import Postern
import PosternTesting
import Testing

@testable import Cryptography

@Suite struct ForeignHashTests {
  static func hashes(_ log: RecordingLog = RecordingLog()) -> PasswordHashes {
    PasswordHashes(settings: Argon2idHasherTests.settings(), random: SystemRandom(), log: log)
  }

  let hashes = Self.hashes()

  @Test(arguments: ForeignHashVectors.all)
  func aHashIsItsPasswordsAndNoOthers(password: String, hash: String) throws {
    #expect(try hashes.verify(password, against: hash))
    #expect(hashes.problem(with: hash) == nil)
    #expect(hashes.needsRehash(hash))
    for wrong in [password + "x", String(password.dropLast()) + "?", "y" + password] {
      #expect(try !hashes.verify(wrong, against: hash), "\(wrong)")
    }
  }

  /// For a library in C a password ends there, and HMAC fills up its key with them, so PBKDF2 and scrypt do.
  @Test(arguments: ForeignHashVectors.all)
  func whatFollowsANULIsNotPassedOver(password: String, hash: String) throws {
    #expect(try !hashes.verify(password + "\0", against: hash))
    #expect(try !hashes.verify(password + "\0anything", against: hash))
    #expect(try !hashes.verify("\0", against: hash))
  }

  @Test(arguments: ForeignHashVectors.all)
  func aHashThatIsCutOrLengthenedIsNobodys(password: String, hash: String) throws {
    let cut = [1, 5, hash.utf8.count / 2, hash.utf8.count - 1].map { String(hash.prefix($0)) }
    for text in cut + [hash + "0", hash + "$", "x" + hash, "$" + hash, hash + "\n", hash + "\0"] {
      #expect(try !hashes.verify(password, against: text), "\(text)")
    }
  }

  /// Werkzeug 3.1 leaves nothing out, and reads what older ones did: with its own parameters.
  @Test func parametersThatAreLeftOutAreWerkzeugs() throws {
    let digest =
      "6babbc6b54499e7e76f2bb1be2974bd4cafc116abed7a33e75d4e61fe06566624f73304c9fed1c22a9c465122f1ba163"
      + "bc1d1b80b3c0bc64787e93cb3684401d"
    #expect(try hashes.verify(ForeignHashVectors.phrase, against: "scrypt$IXiv65cz$" + digest))
    let salted = "Svk9c90d$97e93555103c04deb0e9549e4fbc4d5aedd2bced9598ffd14f4083c3dd0ee9af"
    #expect(try hashes.verify(ForeignHashVectors.phrase, against: "pbkdf2:sha256:1000000$" + salted))
    #expect(try hashes.verify(ForeignHashVectors.phrase, against: "pbkdf2:sha256$" + salted))
    #expect(try !hashes.verify("another password", against: "pbkdf2$" + salted))
  }

  @Test func argon2idGoesOnAsEver() throws {
    let hash = try hashes.hash("password")
    #expect(hash.hasPrefix("$argon2id$"))
    #expect(!hashes.needsRehash(hash))
    #expect(try hashes.verify("password", against: hash))
    #expect(try !hashes.verify("passwort", against: hash))
    #expect(try !hashes.verify("password", against: hashes.decoy()))
    #expect(!hashes.needsRehash(hashes.decoy()))
  }

  /// bcrypt reads 72 bytes: whatever began with those would be the password.
  @Test func whatBcryptDoesNotReadIsNoPassword() throws {
    let reads = ForeignHashVectors.bcryptReads
    let hash = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"
    #expect(try hashes.verify(reads, against: hash))
    #expect(try !hashes.verify(reads + "chars after 72 are ignored", against: hash))
    #expect(try !hashes.verify(String(reads.dropLast()), against: hash))
  }

  @Test(arguments: ["$6$saltstring$", "$y$j75$LUrsvl8tmJF8umZ7ViWeE0$", "$1$ioHm65lO$"])
  func passwordsThatLibcryptDoesNotTakeAreWrong(setting: String) throws {
    let lengths = ["$6": 86, "$y": 43, "$1": 22]
    let hash = setting + String(repeating: ".", count: lengths[String(setting.prefix(2))]!)
    for length in [0, 1, 511, 512, 1_024] {
      #expect(try !hashes.verify(String(repeating: "x", count: length), against: hash))
    }
  }

  /// Right passwords or not: each would take minutes or gigabytes if it were tried. The last is right for the phrase.
  @Test(
    .timeLimit(.minutes(1)),
    arguments: [
      ("$2b$31", "$2b$31$g4bQ3jtSk1dyFq6em1DJFOsxZ.N4SZsdTTeu12NeS/MNqjEt7vDhu"),
      ("$2y$16", "$2y$16$mLIoN0dFUAo6Ne2Cryn4.OiUJTXXQrafQgMAdLPAl4NHjnWozwsR2"),
      ("$5$rounds=999999999", "$5$rounds=999999999$salt$gEljQ80GfFRcXPhgf1ToA.4gBTmJwa81lxafyuVCvG3"),
      ("$5$rounds=99999999999", "$5$rounds=99999999999$salt$gEljQ80GfFRcXPhgf1ToA.4gBTmJwa81lxafyuVCvG3"),
      ("scrypt:16777216:8:1", "scrypt:16777216:8:1$salt$" + zeros(128)),
      ("scrypt:32768:8:1000", "scrypt:32768:8:1000$salt$" + zeros(128)),
      ("scrypt:1024:16777216:1", "scrypt:1024:16777216:1$salt$" + zeros(128)),
      ("pbkdf2:sha512:999999999999", "pbkdf2:sha512:999999999999$salt$" + zeros(128)),
      ("pbkdf2_sha1$5000001", "pbkdf2_sha1$5000001$salt$yM9YUwS+KZh4bPslXqMI2Kjspaw="),
      ("$7$LU..../....", "$7$LU..../....salt$hmd8H0qEVrNf39Gtzw4vJ7sagmK14YyYEeH3RjRXYa0"),
      ("$7$CU....zzzz.", "$7$CU....zzzz.salt$hmd8H0qEVrNf39Gtzw4vJ7sagmK14YyYEeH3RjRXYa0"),
      ("$argon2id$m=4294967295,t=1,p=1", "$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEg"),
      ("$y$jFT", "$y$jFT$h988BcpUA1NOL5wBJkp.f1$kIvTZXZ50mGD4YSKeIFdGdC78YK/pwCg05TNL8YwvX5"),
    ])
  func aHashOfAbsurdCostIsNotComputedAndTheLogSaysSoOnce(summary: String, hash: String) throws {
    let log = RecordingLog()
    let hashes = Self.hashes(log)
    for _ in 0..<3 { #expect(try !hashes.verify(ForeignHashVectors.phrase, against: hash)) }
    #expect(hashes.problem(with: hash) == .tooCostly(summary))
    #expect(hashes.memory(toVerify: hash) == 0)
    #expect(log.lines.count == 1)
    #expect(log.lines.first?.fields == ["hash": summary])
    #expect(!log.contains(hash), "the hash itself is nobody's business")
  }

  private static func zeros(_ count: Int) -> String { String(repeating: "0", count: count) }

  /// Some are right hashes of the phrase, spelled otherwise.
  @Test(arguments: [
    "", "$", "$$", "$$$$", "password", "correct horse battery staple", "{SHA}", "{SSHA}",
    "{SSHA}q/eq1kOINtvlJqojGr3i0O73TUI=",
    "{sha}q/eq1kOINtvlJqojGr3i0O73TUI=", "{SHA}q/eq1kOINtvlJqojGr3i0O73TUI",
    "{CRYPT}$1$ioHm65lO$pV1sikL2QTypW3dOLAX7g/",
    "$2x$04$g4bQ3jtSk1dyFq6em1DJFOsxZ.N4SZsdTTeu12NeS/MNqjEt7vDhu",
    "$2b$4$g4bQ3jtSk1dyFq6em1DJFOsxZ.N4SZsdTTeu12NeS/MNqjEt7vDhu",
    "$2b$+4$g4bQ3jtSk1dyFq6em1DJFOsxZ.N4SZsdTTeu12NeS/MNqjEt7vDhu",
    "$2b$03$g4bQ3jtSk1dyFq6em1DJFOsxZ.N4SZsdTTeu12NeS/MNqjEt7vDhu",
    "$2$04$g4bQ3jtSk1dyFq6em1DJFOsxZ.N4SZsdTTeu12NeS/MNqjEt7vDhu",
    "$2b$04$g4bQ3jtSk1dyFq6em1DJFOsxZ.N4SZsdTTeu12NeS/MNqjEt7vDh:",
    "$5$rounds=999$Nd0PZI7VySP3o9IW$gEljQ80GfFRcXPhgf1ToA.4gBTmJwa81lxafyuVCvG3",
    "$5$rounds=01000$Nd0PZI7VySP3o9IW$gEljQ80GfFRcXPhgf1ToA.4gBTmJwa81lxafyuVCvG3",
    "$5$rounds=1000$Nd0PZI7VySP3o9IWx$gEljQ80GfFRcXPhgf1ToA.4gBTmJwa81lxafyuVCvG3",
    "pbkdf2:md5:1000$salt$0c60c80f961f0e71f3a9b524af6012062fe037a6",
    "pbkdf2:sha1:0$salt$0c60c80f961f0e71f3a9b524af6012062fe037a6",
    "pbkdf2:sha1:-1$salt$0c60c80f961f0e71f3a9b524af6012062fe037a6",
    "pbkdf2:sha1:1:1$salt$0c60c80f961f0e71f3a9b524af6012062fe037a6",
    "pbkdf2:sha256:1$salt$55ac046e56e3089fec1691c22544b605f9418521", "md5$salt$0cc175b9c0f1b6a831c399e269772661",
    "plain$$correct horse battery staple", "scrypt:1000:8:1$salt$00", "scrypt:0:8:1$salt$00", "rqXexS6ZhobKA",
    "_J9..rasmBYk8r9AiWNc", "$y$j9T$$9rRuvcV7Kbz2VfhGHpJ1R.eo2qFbg3cqAOW7l4JWVq.",
    "$y$j$GeWeQRjtutE1FD.w.Uh6b1$9rRuvcV7Kbz2VfhGHpJ1R.eo2qFbg3cqAOW7l4JWVq.",
    "$y$zzzzzzz$GeWeQRjtutE1FD.w.Uh6b1$9rRuvcV7Kbz2VfhGHpJ1R.eo2qFbg3cqAOW7l4JWVq.",
    "$apr1$by1ebPy6", "$apr1$by1ebPy67$.znNIcsjR3vfPhAbxtjCT1", "$argon2id$", "päss$wörd$x",
  ])
  func aTextThatIsNoHashIsNobodys(text: String) throws {
    let log = RecordingLog()
    let hashes = Self.hashes(log)
    for password in [ForeignHashVectors.phrase, "", text] {
      #expect(try !hashes.verify(password, against: text))
    }
    #expect(hashes.problem(with: text) == .unreadable)
    #expect(log.lines.count == 1)
  }

  @Test func memoryIsKnownBeforeItIsTaken() {
    func memory(_ hash: String) -> Int { hashes.memory(toVerify: hash) >> 10 }
    #expect(memory("scrypt:32768:8:1$IXiv65cz$" + Self.zeros(128)) == 32)
    #expect(memory("$y$j9T$GeWeQRjtutE1FD.w.Uh6b1$9rRuvcV7Kbz2VfhGHpJ1R.eo2qFbg3cqAOW7l4JWVq.") == 16)
    #expect(memory("$7$CU..../....vBDBkhChAPpUJfZ.6bLP0/$UZy7L0VsPiCyQqZCzbo2CR2iJU4GkoQKK2l60RnPPxC") == 64)
    #expect(memory("$2b$04$g4bQ3jtSk1dyFq6em1DJFOsxZ.N4SZsdTTeu12NeS/MNqjEt7vDhu") == 0)
    #expect(memory("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc") == 64)
  }

  /// No text makes it fail, or takes longer than it may; what is taken says what it costs.
  @Test(.timeLimit(.minutes(1))) func mutatedHashesAreReadOrRefused() throws {
    var generator = SeededGenerator(state: 7914)
    let originals = ForeignHashVectors.all.map { Array($0.1.utf8) }
    var computed = 0
    for _ in 0..<20_000 {
      let original = originals.randomElement(using: &generator)!
      let text = String(decoding: mutate(original, using: &generator), as: UTF8.self)
      guard let hash = ForeignHashes.read(text) else { continue }
      #expect(hash.memory >= 0)
      // Only the quick ones, of which there are enough.
      guard hash.isAffordable, hash.memory <= 64 << 10, computed < 300, !text.utf8.elementsEqual(original) else {
        continue
      }
      if hash is WerkzeugHash || hash is DjangoHash, !hash.summary.contains("sha1") { continue }
      if hash.summary.hasPrefix("$2") && !hash.summary.hasPrefix("$2b$04") || hash.summary.contains("rounds") {
        continue
      }
      computed += 1
      #expect(try !hash.isHash(of: Array("another password".utf8)), "\(text)")
    }
    #expect(computed == 300)
  }
}
