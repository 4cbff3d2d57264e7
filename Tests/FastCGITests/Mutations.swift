@testable import FastCGI

/// Numbers that look random and repeat with their seed (splitmix64).
struct SeededNumbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

/// Records as a web server sends them, most of them spoilt in one way or another.
struct Mutations {
  var numbers: SeededNumbers

  init(seed: UInt64) { numbers = SeededNumbers(state: seed) }

  private mutating func below(_ bound: Int) -> Int { Int(numbers.next() % UInt64(bound)) }

  /// Up to seven records that follow one another, and how many they are.
  mutating func records() -> (bytes: [UInt8], count: Int) {
    let count = 2 + below(6)
    let id = UInt16(below(8))
    var bytes: [UInt8] = []
    for position in 0..<count { bytes += record(id: id, expected: position) }
    return (bytes, count)
  }

  /// Mostly the record that belongs at that position of a request.
  private mutating func record(id: UInt16, expected position: Int) -> [UInt8] {
    var record: [UInt8]
    let id = below(12) == 0 ? UInt16(truncatingIfNeeded: numbers.next()) : id
    switch below(8) == 0 ? below(9) : position {
    case 0: record = Sent.begin(id: id, role: UInt8(1 + below(3)), keeps: below(4) > 0)
    case 1, 2: record = Sent.record(RecordType.parameters, id: id, pairs(), padding: below(9))
    case 3: record = Sent.record(RecordType.parameters, id: id)
    case 4: record = Sent.record(RecordType.standardInput, id: id, content(below(300)), padding: below(9))
    case 5: record = Sent.record(RecordType.standardInput, id: id)
    case 6: record = Sent.record(RecordType.getValues, id: 0, values())
    case 7: record = Sent.record(RecordType.abortRequest, id: id)
    default: record = Sent.record(UInt8(below(16)), id: id, content(below(40)))
    }
    if below(8) == 0 { spoil(&record) }
    return record
  }

  private mutating func content(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: numbers.next()) }
  }

  private mutating func pairs() -> [UInt8] {
    var bytes = Sent.pairs((0..<below(5)).map { ("NAME_\($0)", String(repeating: "v", count: below(200))) })
    if below(4) == 0 {
      bytes += [[0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0xFE], [0xFF, 0xFF, 0xFF, 0xF0]][below(3)] + [1]
    }
    return bytes
  }

  private mutating func values() -> [UInt8] {
    let name = ["FCGI_MAX_CONNS", "FCGI_MAX_REQS", "FCGI_MPXS_CONNS", "OTHER"][below(4)]
    return Sent.pairs(Array(repeating: (name, ""), count: below(20)))
  }

  private mutating func spoil(_ record: inout [UInt8]) {
    switch below(5) {
    case 0: record[below(record.count)] ^= UInt8(1 << below(8))
    case 1: record[below(8)] = [0, 1, 127, 128, 255][below(5)]
    case 2: record.removeLast(min(record.count - 1, 1 + below(12)))
    case 3: record.insert(contentsOf: content(1 + below(4)), at: below(record.count))
    default: record += record.prefix(8 + below(20))
    }
  }
}
