/// What a stored picture is called: 32 hexadecimal digits, the beginning of the SHA-256 of its content. Each is there
/// in every `Size`.
package struct PictureName: Sendable, Hashable, CustomStringConvertible {
  /// How many pixels a square picture has on each side, at most: none is made larger than it came.
  package enum Size: Int, Sendable, CaseIterable {
    case large = 512
    case small = 128
  }

  package let text: String

  package init?(_ text: some Collection<UInt8>) {
    guard text.count == 32, text.allSatisfy({ PictureName.digits.contains($0) }) else { return nil }
    self.text = String(decoding: text, as: UTF8.self)
  }

  package init?(_ text: String) { self.init(text.utf8) }

  /// - Parameter digest: the SHA-256 of the large picture.
  package init(digest: [UInt8]) {
    text = String(
      decoding: digest.prefix(16).flatMap { [PictureName.digits[Int($0 >> 4)], PictureName.digits[Int($0 & 15)]] },
      as: UTF8.self)
  }

  private static let digits = Array("0123456789abcdef".utf8)

  /// The name of its file, and the last part of its address: `NAME-512.webp`.
  package func file(_ size: Size) -> String { "\(text)-\(size.rawValue).webp" }

  /// Which picture, and in which size, a file of that name has; `nil`: none of ours. Strict, so that no name leads
  /// anywhere else.
  package static func parse(file: some Collection<UInt8>) -> (name: PictureName, size: Size)? {
    guard let name = PictureName(file.prefix(32)) else { return nil }
    return Size.allCases.first { name.file($0).utf8.elementsEqual(file) }.map { (name, $0) }
  }

  package var description: String { text }
}
