import Cryptography
import Postern
import Testing

@Suite struct TokenMutationTests {
  let codec = JWTCodec(key: TokenFixtures.key)

  @Test func noMutatedTokenIsTaken() {
    var generator = SeededGenerator(state: 7519)
    let originals = [TokenFixtures.token(), codec.sign(TokenFixtures.claims)].map { Array($0.utf8) }
    for _ in 0..<50_000 {
      let original = originals.randomElement(using: &generator)!
      let mutated = mutate(original, using: &generator)
      guard !originals.contains(mutated) else { continue }
      let isTaken = mutated.withUnsafeBufferPointer { bytes in (try? codec.verify(bytes)) != nil }
      if isTaken { Issue.record("taken: \(String(decoding: mutated, as: UTF8.self))") }
    }
  }

  /// Behind a right signature any text may stand; whatever is taken must mean what it says, in its own words too.
  @Test func aMutatedPayloadIsReadOrRefused() {
    var generator = SeededGenerator(state: 8259)
    let originals = [TokenFixtures.payload, #"{"a":[1,{"b":"\u00e9"}],"# + TokenFixtures.payload.dropFirst()]
    let header = Base64.url.encode(TokenFixtures.header.utf8)
    let key = HMACSHA256(key: TokenFixtures.key)
    var taken = 0
    for _ in 0..<20_000 {
      let payload = mutate(Array(originals.randomElement(using: &generator)!.utf8), using: &generator)
      let message = "\(header).\(Base64.url.encode(payload))"
      let token = "\(message).\(Base64.url.encode(key.tag(of: message.utf8)))"
      guard let claims = try? codec.verify(token) else { continue }
      taken += 1
      #expect((try? codec.verify(codec.sign(claims))) == claims)
    }
    // Mutations inside texts and unknown values are taken; were all refused, this test would show nothing.
    #expect(taken > 100)
  }
}

/// One to three bytes changed, added or taken away.
func mutate(_ original: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
  var bytes = original
  for _ in 0..<Int.random(in: 1...3, using: &generator) {
    let position = Int.random(in: 0..<bytes.count, using: &generator)
    switch Int.random(in: 0..<6, using: &generator) {
    case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case 1: bytes[position] = UInt8.random(in: 0...255, using: &generator)
    case 2: bytes[position] = original.randomElement(using: &generator)!
    case 3: bytes.insert(original.randomElement(using: &generator)!, at: position)
    case 4: bytes.remove(at: position)
    default: bytes.removeSubrange(position..<min(bytes.count, position + Int.random(in: 1...20, using: &generator)))
    }
    if bytes.isEmpty { return bytes }
  }
  return bytes
}
