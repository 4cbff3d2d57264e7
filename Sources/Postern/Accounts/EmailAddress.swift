/// An e-mail address that has been checked and is kept in the one form in which addresses are compared: lower case.
///
/// Taken is the `Mailbox` of RFC 5321, section 4.1.2, without quoted local parts and address literals, in ASCII:
/// 64 bytes before the one `@`, 254 in all. Two spellings of one address could otherwise be two accounts.
package struct EmailAddress: Sendable, Hashable, CustomStringConvertible {
  package let text: String
  package var description: String { text }

  /// `nil` when the text is no such address. Spaces around it are not part of it.
  package init?(_ candidate: String) {
    let trimmed = candidate.utf8.drop { $0 == 0x20 }
    let bytes = Array(trimmed.reversed().drop { $0 == 0x20 }.reversed())
    guard bytes.count <= 254 else { return nil }
    let halves = bytes.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    guard halves.count == 2, halves[0].count <= 64, EmailAddress.isDotAtom(halves[0]),
      EmailAddress.isDomain(halves[1])
    else { return nil }
    text = String(decoding: bytes, as: UTF8.self).lowercased()
  }

  private static func isDotAtom(_ local: ArraySlice<UInt8>) -> Bool {
    let others = Array("!#$%&'*+-/=?^_`{|}~".utf8)
    return local.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { atom in
      !atom.isEmpty && atom.allSatisfy { isLetterOrDigit($0) || others.contains($0) }
    }
  }

  private static func isDomain(_ domain: ArraySlice<UInt8>) -> Bool {
    let hyphen = UInt8(ascii: "-")
    return domain.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
      !label.isEmpty && label.count <= 63 && label.first != hyphen && label.last != hyphen
        && label.allSatisfy { isLetterOrDigit($0) || $0 == hyphen }
    }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}
