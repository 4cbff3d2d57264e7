@testable import Cryptography
import Postern
import Testing

@Suite struct HMACSHA256Tests {
  /// RFC 4231, sections 4.2 to 4.5, 4.7 and 4.8: key, message, tag.
  static let published: [(key: [UInt8], message: [UInt8], tag: String)] = [
    (
      [UInt8](repeating: 0x0B, count: 20), Array("Hi There".utf8),
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    ),
    (
      Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    ),
    (
      [UInt8](repeating: 0xAA, count: 20), [UInt8](repeating: 0xDD, count: 50),
      "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
    ),
    (
      Array(1...25), [UInt8](repeating: 0xCD, count: 50),
      "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
    ),
    (
      [UInt8](repeating: 0xAA, count: 131), Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    ),
    (
      [UInt8](repeating: 0xAA, count: 131),
      Array(
        ("This is a test using a larger than block-size key and a larger than block-size data. "
          + "The key needs to be hashed before being used by the HMAC algorithm.").utf8),
      "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
    ),
  ]

  @Test(arguments: published)
  func tagsOfTheRFCAreRightEachTime(key: [UInt8], message: [UInt8], tag: String) {
    let hmac = HMACSHA256(key: key)
    // The second comes from a context that has been used.
    #expect(Hexadecimal.encode(hmac.tag(of: message)) == tag)
    #expect(Hexadecimal.encode(hmac.tag(of: message)) == tag)
  }

  @Test func onlyTheWholeTagIsTheTag() {
    let hmac = HMACSHA256(key: Array("Jefe".utf8))
    let message = Array("what do ya want for nothing?".utf8)
    let tag = hmac.tag(of: message)
    func isTag(_ candidate: [UInt8]) -> Bool {
      candidate.withUnsafeBufferPointer { candidate in message.withUnsafeBufferPointer { hmac.isTag(candidate, of: $0) }
      }
    }
    #expect(isTag(tag))
    #expect(!isTag([]))
    #expect(!isTag(Array(tag.dropLast())))
    #expect(!isTag(tag + [0]))
    for index in tag.indices {
      var other = tag
      other[index] ^= 1
      #expect(!isTag(other))
    }
  }

  @Test func anEmptyMessageHasATag() {
    // Key "key", message "", as Python's hmac gives it.
    #expect(
      Hexadecimal.encode(HMACSHA256(key: Array("key".utf8)).tag(of: []))
        == "5d5d139563c95b5967b9bd9a8c9b233a9dedb45072794cd232dc1b74832607d0")
  }

  @Test func manyThreadsShareOneKey() async {
    let hmac = HMACSHA256(key: Array("Jefe".utf8))
    let messages = (0..<32).map { number in [UInt8](repeating: UInt8(number), count: 100 + number) }
    let expected = messages.map { HMACSHA256(key: Array("Jefe".utf8)).tag(of: $0) }
    let areRight = await withTaskGroup(of: Bool.self) { group in
      for number in messages.indices {
        group.addTask { (0..<200).allSatisfy { _ in hmac.tag(of: messages[number]) == expected[number] } }
      }
      return await group.allSatisfy { $0 }
    }
    #expect(areRight)
  }

  @Test func bytesAreComparedWhole() {
    #expect(ConstantTime.areEqual([1, 2, 3], [1, 2, 3]))
    #expect(ConstantTime.areEqual([], []))
    #expect(!ConstantTime.areEqual([1, 2, 3], [1, 2, 4]))
    #expect(!ConstantTime.areEqual([1, 2, 3], [1, 2]))
    #expect(!ConstantTime.areEqual([], [1]))
  }
}
