import Glibc
import Postern
import Testing

@testable import Cryptography

@Suite struct Argon2idHasherTests {
  static func settings(memory: UInt32 = 64, passes: UInt32 = 1, lanes: UInt32 = 1) -> Argon2Settings {
    var settings = Argon2Settings()
    settings.memory = memory
    settings.passes = passes
    settings.lanes = lanes
    return settings
  }

  static func cheap(memory: UInt32 = 64, passes: UInt32 = 1, lanes: UInt32 = 1) -> Argon2idHasher {
    Argon2idHasher(settings: settings(memory: memory, passes: passes, lanes: lanes), random: SystemRandom())
  }

  /// From the test program of the reference implementation, for version 1.3.
  @Test(arguments: [
    ("password", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"),
    ("password", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"),
    ("password", "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"),
    ("password", "$argon2id$v=19$m=65536,t=1,p=1$c29tZXNhbHQ$9qWtwbpyPd3vm1rB1GThgPzZ3/ydHL92zKL+15XZypg"),
    ("differentpassword", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$C4TWUs9rDEvq7w3+J4umqA32aWKB1+DSiRuBfYxFj94"),
    ("password", "$argon2id$v=19$m=65536,t=2,p=1$ZGlmZnNhbHQ$vfMrBczELrFdWP0ZsfhWsRPaHppYdP3MVEMIVlqoFBw"),
  ])
  func hashesOfTheReferenceAreVerified(password: String, hash: String) throws {
    #expect(try Self.cheap().verify(password, against: hash))
    #expect(try !Self.cheap().verify(password + "x", against: hash))
  }

  /// Made by argon2-cffi 25.1; the first password holds NUL and a character of four bytes.
  @Test(arguments: [
    ("päss\0w😀rd", "$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$G5qab6QTJZxIIhJJq2lI+F0SDUiuwEKsCeN7wsndcdE"),
    (
      "correct horse battery staple",
      "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$gy5SuVm5Z7Vw7keB9se9p87QGcomaseB/S2U1OhTsM0"
    ),
    ("password", "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$5cmjPIOJnS9cibudqE+DN3oCkFOfh2Mv"),
  ])
  func hashesOfPythonAreVerified(password: String, hash: String) throws {
    #expect(try Self.cheap().verify(password, against: hash))
  }

  @Test(arguments: ["", "password", "a\0b", "a\0c", "Zoë 😀", String(repeating: "long ", count: 1_000)])
  func aHashVerifiesItsPasswordAndNoOther(password: String) throws {
    let hasher = Self.cheap()
    let hash = try hasher.hash(password)
    #expect(try hasher.verify(password, against: hash))
    #expect(try !hasher.verify(password + "\0", against: hash))
    #expect(try !hasher.verify("a", against: hash))
    #expect(!hasher.needsRehash(hash))
  }

  @Test func theDefaultParametersAreInTheHash() throws {
    let hash = try Argon2idHasher(settings: Argon2Settings(), random: SystemRandom()).hash("password")
    let parts = hash.split(separator: "$")
    #expect(parts[0...2] == ["argon2id", "v=19", "m=19456,t=2,p=1"])
    #expect(Base64.standard.decode(String(parts[3]))?.count == 16)
    #expect(Base64.standard.decode(String(parts[4]))?.count == 32)
  }

  @Test func noSaltComesTwice() throws {
    let hasher = Self.cheap(memory: 8)
    let hashes = try (0..<100).map { _ throws(StoreError) in try hasher.hash("password") }
    #expect(Set(hashes).count == 100)
  }

  @Test func otherParametersAskForARehash() throws {
    let hash = try Self.cheap(memory: 64, passes: 2, lanes: 2).hash("password")
    #expect(!Self.cheap(memory: 64, passes: 2, lanes: 2).needsRehash(hash))
    #expect(Self.cheap(memory: 65, passes: 2, lanes: 2).needsRehash(hash))
    #expect(Self.cheap(memory: 64, passes: 3, lanes: 2).needsRehash(hash))
    #expect(Self.cheap(memory: 64, passes: 2, lanes: 1).needsRehash(hash))
    #expect(try Self.cheap().verify("password", against: hash))
    let shortTag = "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$5cmjPIOJnS9cibudqE+DN3oCkFOfh2Mv"
    #expect(Self.cheap(memory: 256, passes: 2, lanes: 2).needsRehash(shortTag))
    #expect(Self.cheap().needsRehash("scrypt:32768:8:1$salt$00"))
  }

  /// All but the first cell are `password` hashed in other ways, or the first cell respelled.
  @Test(arguments: [
    "", "$", "password", "$argon2id$", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ",
    "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
    "$argon2id$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    "$argon2id$v=16$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    "$argon2id$v=19$t=2,m=256,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    "$argon2id$v=19$m=+256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    "$argon2id$v=19$m=0256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    "$argon2id$v=19$m=256,t=0,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    "$argon2id$v=19$m=256,t=2,p=0$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    "$argon2id$v=19$m=256,t=2,p=33$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    "$argon2id$v=19$m=256,t=2,p=1,data=AA$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ=$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR_uIPnA4rEsF5h7TKyQwu9U1bMCHGi_4",
    "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4 ",
    "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgL", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$",
    "$argon2id$v=19$m=256,t=2,p=1$c29t$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
  ])
  func aHashOfAnotherSpellingVerifiesNothing(hash: String) throws {
    #expect(try !Self.cheap().verify("password", against: hash))
  }

  /// Each would take gigabytes, minutes or thousands of threads if it were tried.
  @Test(arguments: [
    "m=4294967295,t=1,p=1", "m=64,t=4294967295,p=1", "m=8000,t=1,p=1000", "m=4294967296,t=1,p=1",
    "m=99999999999999999999,t=1,p=1",
  ])
  func aHashOfAbsurdCostIsRefusedUntried(parameters: String) throws {
    let hash = "$argon2id$v=19$\(parameters)$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
    #expect(try !Self.cheap().verify("password", against: hash))
  }

  @Test func theBoundsOfCostAreThese() {
    let hasher = Self.cheap()
    #expect(hasher.isAffordable(Self.settings(memory: 2_097_152, passes: 2, lanes: 64)))
    #expect(!hasher.isAffordable(Self.settings(memory: 2_097_153)))
    #expect(!hasher.isAffordable(Self.settings(memory: 2_097_152, passes: 3)))
    #expect(!hasher.isAffordable(Self.settings(memory: 64, passes: 65_537)))
    #expect(!hasher.isAffordable(Self.settings(memory: 1_024, lanes: 65)))
    #expect(
      Self.cheap(memory: 4_194_304, passes: 9, lanes: 99).isAffordable(
        Self.settings(memory: 4_194_304, passes: 9, lanes: 99)))
  }

  @Test(.enabled(if: mallocCanFail, "malloc must be able to fail"))
  func memoryThatCannotBeHadIsUnavailable() {
    let refusal = "no memory for a password hash of 4294967295 KiB. Lower POSTERN_HASHERS or POSTERN_ARGON2_MEMORY."
    #expect(throws: StoreError.unavailable(refusal)) {
      try Self.cheap(memory: .max).hash("password")
    }
  }

  /// False where the kernel hands out more than it has, so that the attempt would succeed and end badly, and under a
  /// sanitizer, which ends the program instead.
  static var mallocCanFail: Bool {
    guard dlsym(nil, "__sanitizer_print_stack_trace") == nil,
      let file = fopen("/proc/sys/vm/overcommit_memory", "r")
    else { return false }
    defer { fclose(file) }
    return fgetc(file) != Int32(UInt8(ascii: "1"))
  }
}
