import HTTP
import Testing

/// SplitMix64 (Steele, Lea, Flood, 2014): the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

@Suite struct JSONFuzzTests {
  private static let seeds = [
    #"{"email":"ada@example.com","password":"correct horse","remember":true,"n":[0,-1.5e3,9223372036854775807]}"#,
    #"{"\u0065mail":"\ud83d\ude00\n","a":{"b":{"c":[[],{},null,false,""]}},"é":"東京"}"#,
    #"[1e308,5e-324,0.1,-0,12345678901234567890,"\\\"\/\b\f\r\t\u0000",[[[[[]]]]]]"#,
  ]

  /// Twenty thousand texts, each a few mutations away from a good one: none crashes, and what is taken is written as
  /// a text that reads as the same value.
  @Test func mutatedTextsAreRefusedOrComeBackEqual() throws {
    var generator = SeededGenerator(state: 8259)
    let alphabet = Array(#"{}[]",:\u0123456789eE+-.tfn "#.utf8) + [0x00, 0x1F, 0x7F, 0x80, 0xC3, 0xED, 0xF4, 0xFF]
    var accepted = 0
    for round in 0..<20_000 {
      var bytes = Array(Self.seeds[round % Self.seeds.count].utf8)
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: bytes[place] = alphabet.randomElement(using: &generator)!
        case 1: bytes.insert(alphabet.randomElement(using: &generator)!, at: place)
        case 2 where bytes.count > 1: bytes.remove(at: place)
        case 3:
          let end = min(bytes.count, place + Int.random(in: 1...20, using: &generator))
          bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &generator))
        default: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        }
      }
      guard let value = try? JSON(parsing: bytes) else { continue }
      accepted += 1
      let written = value.bytes
      let again = try JSON(parsing: written)
      if again != value || again.bytes != written {
        Issue.record(
          "\(String(decoding: bytes, as: UTF8.self)) came back as \(String(decoding: written, as: UTF8.self))")
      }
    }
    #expect(accepted > 500, "the mutations are too wild to say anything: \(accepted) were taken")
    #expect(accepted < 19_500, "the mutations are too tame to say anything: \(accepted) were taken")
  }
}
