import ArgumentParser
import Cryptography
import HTTP
import Postern

struct KeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys", abstract: "Lists and rotates the keys that sign tokens.",
    discussion: """
      Works on the data directory itself, whether `serve` is running or not: a running one takes notice within a second. \
      Given by root, a command works as the user that the data directory belongs to.
      """,
    subcommands: [KeysList.self, KeysRotate.self])
}

struct KeysList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists the keys, without what is secret of them.",
    discussion: """
      One line for each: name, algorithm, what it signs, when it was made (UTC), state. With --json, an array of objects.

      \(ExitStatus.explanation)
      """)

  @Flag(help: "Prints JSON.")
  var json = false

  func run() throws {
    let settings = try Configuration.forStart(.current(), SystemRandom(), asOwner: true).settings
    let ring = try KeyRing(settings)
    let now = SystemClock().now()
    let rows = ring.keys.map { KeyRow($0, ring, at: now) }
    if json {
      let objects = rows.map { "\n" + String(decoding: $0.object.bytes, as: UTF8.self) }.joined(separator: ",")
      try output(rows.isEmpty ? "[]\n" : "[\(objects)\n]\n")
    } else {
      for row in rows { try output(row.line) }
    }
  }
}

/// A key as it is listed.
struct KeyRow {
  let key: KeyRing.Key
  let state: String
  let isSigning: Bool
  private let end: Instant?

  init(_ key: KeyRing.Key, _ ring: KeyRing, at now: Instant) {
    self.key = key
    end = key.end.flatMap { $0 > now ? $0 : nil }
    if let end = key.end {
      isSigning = false
      state = end > now ? "verifies until \(end.iso8601.prefix { $0 != "." })" : "dead"
    } else {
      isSigning = ring.isSigning(key)
      state = isSigning ? "signs" : "verifies"
    }
  }

  private var isGiven: Bool {
    switch key.origin {
    case .privateKey, .publicKey: true
    case .jwtSecretKey(let isGiven): isGiven
    case .file: false
    }
  }

  /// The `kid` of its tokens; where it has none, what the file or the setting is called.
  var name: String {
    switch key.origin {
    case .jwtSecretKey(let isGiven): isGiven ? "JWT_SECRET_KEY" : SecretFile.jwtSecretKey.name
    case .file, .privateKey, .publicKey: key.id
    }
  }

  private var purpose: String { key.isForAssertions ? "assertions" : "tokens" }

  private var made: String? {
    guard let first = key.begins.first, let moment = first else { return nil }
    return String(moment.iso8601.prefix { $0 != "." })
  }

  /// Columns with tabs between.
  var line: String {
    let columns = [
      name, key.algorithm.rawValue, purpose, made ?? "-", state + (isGiven ? ", set by configuration" : ""),
    ]
    return columns.joined(separator: "\t") + "\n"
  }

  var object: JSON {
    [
      "name": .string(name), "kid": JSON(key.publicKey?.id), "algorithm": .string(key.algorithm.rawValue),
      "purpose": .string(purpose), "made": JSON(made), "signs": .bool(isSigning),
      "verifies_until": JSON(end.map { String($0.iso8601.prefix { $0 != "." }) }),
      "state": .string(state), "set_by_configuration": .bool(isGiven),
    ]
  }
}
