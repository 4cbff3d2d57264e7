import Testing

@testable import Postern

@Suite struct PictureHeaderTests {
  private static func big(_ number: Int, _ count: Int) -> [UInt8] {
    (0..<count).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
  }
  private static func little(_ number: Int, _ count: Int) -> [UInt8] { big(number, count).reversed() }

  static func png(_ width: Int, _ height: Int) -> [UInt8] {
    [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + big(13, 4) + "IHDR".utf8 + big(width, 4) + big(height, 4)
      + [8, 2, 0, 0, 0]
  }

  private static func gif(_ screen: (Int, Int), _ blocks: [UInt8], table: UInt8 = 0) -> [UInt8] {
    Array("GIF89a".utf8) + little(screen.0, 2) + little(screen.1, 2) + [table, 0, 0] + blocks
  }

  private static func frame(_ width: Int, _ height: Int) -> [UInt8] {
    [0x2C, 0, 0, 0, 0] + little(width, 2) + little(height, 2) + [0]
  }

  private static func webp(_ kind: String, _ content: [UInt8]) -> [UInt8] {
    Array("RIFF".utf8) + little(0, 4) + "WEBP".utf8 + kind.utf8 + little(content.count, 4) + content
  }

  private static func segment(_ marker: UInt8, _ content: [UInt8]) -> [UInt8] {
    [0xFF, marker] + big(content.count + 2, 2) + content
  }

  private static func jpeg(_ segments: [UInt8]...) -> [UInt8] { [0xFF, 0xD8] + segments.joined() }

  private static let frame = segment(0xC2, [8] + big(200, 2) + big(300, 2) + [3])

  private static func exif(_ value: Int, isLittle: Bool, entries: Int = 3) -> [UInt8] {
    func number(_ number: Int, _ count: Int) -> [UInt8] { isLittle ? little(number, count) : big(number, count) }
    var bytes = Array("Exif\0\0".utf8) + (isLittle ? "II" : "MM").utf8 + number(42, 2) + number(8, 4)
    bytes += number(entries, 2)
    for _ in 1..<entries { bytes += number(0x010F, 2) + number(2, 2) + number(1, 4) + number(0, 4) }
    return segment(0xE1, bytes + number(0x0112, 2) + number(3, 2) + number(1, 4) + number(value, 2) + number(0, 2))
  }

  @Test(
    arguments: [
      (png(300, 200), .png), (gif((300, 200), frame(10, 10)), .gif), (gif((1, 1), frame(300, 200)), .gif),
      (gif((300, 200), [0x21, 0xF9, 2, 1, 1, 3, 1, 1, 1, 0] + frame(1, 1)), .gif),
      (gif((300, 200), [UInt8](repeating: 0, count: 12) + frame(1, 1), table: 0x81), .gif),
      (webp("VP8 ", [0, 0, 0, 0x9D, 1, 0x2A] + little(300 | 1 << 14, 2) + little(200, 2)), .webp),
      (webp("VP8L", [0x2F] + little(299 | 199 << 14 | 1 << 28, 4)), .webp),
      (webp("VP8X", [0, 0, 0, 0] + little(299, 3) + little(199, 3)), .webp), (jpeg(frame), .jpeg),
      (jpeg(segment(0xE0, [1, 2]), [0xFF, 0xFF], segment(0xC4, [0]), [0xFF, 0x01], frame), .jpeg),
    ] as [([UInt8], PictureKind)])
  func sizeAndKindAreReadOffEachKind(_ bytes: [UInt8], kind: PictureKind) throws {
    let header = try #require(PictureHeader(bytes + [UInt8](repeating: 0, count: 20)))
    #expect(header.kind == kind)
    #expect([header.width, header.height] == [300, 200])
    #expect(header.orientation == 1)
  }

  @Test(
    arguments: [
      [], Array("<svg>".utf8), png(0, 9), png(9, 0), png(1 << 31, 1), gif((9, 9), []), gif((9, 9), [0x3B]),
      gif((9, 9), frame(0, 9)),
      gif((9, 9), Array(repeatElement([0x21, 0xFE, 0], count: 1_001).joined()) + frame(1, 1)),
      webp("VP8 ", [0, 0, 0, 0x9D, 1, 0x2B, 9, 0, 9, 0]), webp("ALPH", [0, 0, 0, 0]), webp("VP8L", [0x2E, 9, 9, 9, 9]),
      jpeg(segment(0xDA, [0]), frame), jpeg([0xFF, 0xD9], frame), jpeg([0xFF, 0xE0, 0, 1], frame), jpeg([0], frame),
      jpeg(segment(0xC0, [8, 0, 0, 0, 9])), Array("GIF87b".utf8) + [1, 0, 1, 0, 0, 0, 0], Array("RIFF1234WAVE".utf8),
    ] as [[UInt8]])
  func whatHasNoSizeIsNoPicture(_ bytes: [UInt8]) { #expect(PictureHeader(bytes) == nil) }

  @Test(arguments: [true, false])
  func orientationIsReadOffExif(isLittle: Bool) {
    for value in 1...8 {
      #expect(PictureHeader(Self.jpeg(Self.exif(value, isLittle: isLittle), Self.frame))?.orientation == value)
    }
    for value in [0, 9, 65_535] {
      #expect(PictureHeader(Self.jpeg(Self.exif(value, isLittle: isLittle), Self.frame))?.orientation == 1)
    }
    // The first one counts, and none behind the frame.
    let two = Self.jpeg(Self.exif(6, isLittle: isLittle), Self.exif(3, isLittle: isLittle), Self.frame)
    #expect(PictureHeader(two)?.orientation == 6)
    #expect(PictureHeader(Self.jpeg(Self.frame, Self.exif(6, isLittle: isLittle)))?.orientation == 1)
    #expect(
      PictureHeader(Self.jpeg(Self.exif(6, isLittle: isLittle, entries: 300), Self.frame))?.orientation == 1,
      "too many entries before it")
  }

  /// Whatever is cut off or changed: a header or none, and never a trap.
  @Test func everyBeginningAndEveryChangedByteIsReadOrRefused() {
    let whole = [
      Self.png(300, 200), Self.gif((300, 200), [0x21, 0xF9, 2, 1, 1, 0] + Self.frame(9, 9)),
      Self.webp("VP8X", [0, 0, 0, 0, 9, 0, 0, 9, 0, 0]), Self.webp("VP8L", [0x2F, 9, 9, 9, 9]),
      Self.jpeg(Self.exif(6, isLittle: true), Self.frame), Self.jpeg(Self.exif(6, isLittle: false), Self.frame),
    ]
    var read = 0
    for bytes in whole {
      for length in 0..<bytes.count where PictureHeader(Array(bytes[..<length])) != nil { read += 1 }
      for place in bytes.indices {
        for value in [0, 1, 0x7F, 0x80, 0xFE, 0xFF] as [UInt8] {
          var changed = bytes
          changed[place] = value
          if let header = PictureHeader(changed) {
            read += 1
            #expect(header.width > 0 && header.height > 0 && (1...8).contains(header.orientation))
          }
        }
      }
    }
    #expect(read > 500)
  }
}
