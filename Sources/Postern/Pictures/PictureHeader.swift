/// What a picture says of itself before anything of it is decoded: its kind, its size, and which way up it is.
///
/// It is read from a stranger's bytes, and no more of them than is needed.
package struct PictureHeader: Sendable, Equatable {
  package let kind: PictureKind
  /// In pixels, at least 1.
  package let width: Int
  package let height: Int
  /// As in the tag `Orientation` of EXIF (TIFF 6.0, page 36): 1 to 8, where 1 is upright.
  package let orientation: Int

  /// `nil` where the bytes are no beginning of such a picture, or it has no pixels.
  package init?(_ bytes: [UInt8]) {
    guard let kind = PictureKind(bytes[...]) else { return nil }
    let reader = PictureBytes(bytes)
    let size: (width: Int, height: Int)?
    var orientation = 1
    switch kind {
    case .png: size = reader.pngSize()
    case .gif: size = reader.gifSize()
    case .webp: size = reader.webpSize()
    case .jpeg:
      let found = reader.jpegFrame()
      size = found.size
      orientation = found.orientation ?? 1
    }
    guard let size, size.width > 0, size.height > 0 else { return nil }
    self.kind = kind
    width = size.width
    height = size.height
    self.orientation = orientation
  }
}

/// Numbers in a stranger's bytes; what lies behind their end is `nil`.
struct PictureBytes {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func byte(_ place: Int) -> Int? { place >= 0 && place < bytes.count ? Int(bytes[place]) : nil }

  /// An unsigned number of so many bytes, 4 at most.
  func number(_ place: Int, _ count: Int, littleEndian: Bool = false) -> Int? {
    guard place >= 0, place <= bytes.count - count else { return nil }
    let part = bytes[place..<place + count]
    return littleEndian
      ? part.reversed().reduce(0) { $0 << 8 | Int($1) } : part.reduce(0) { $0 << 8 | Int($1) }
  }

  func holds(_ text: StaticString, at place: Int) -> Bool {
    guard place >= 0, place <= bytes.count - text.utf8CodeUnitCount else { return false }
    return bytes[place...].starts(with: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// The first chunk of a PNG has the size (RFC 2083, section 4.1.1).
  func pngSize() -> (width: Int, height: Int)? {
    guard number(8, 4) == 13, holds("IHDR", at: 12), let width = number(16, 4), let height = number(20, 4),
      width < 1 << 31, height < 1 << 31
    else { return nil }
    return (width, height)
  }

  /// The larger of the logical screen and the first frame (GIF89a, sections 18 and 20). Where no frame is found within
  /// the first blocks, there is no picture.
  func gifSize() -> (width: Int, height: Int)? {
    guard let screenWidth = number(6, 2, littleEndian: true), let screenHeight = number(8, 2, littleEndian: true),
      let flags = byte(10)
    else { return nil }
    var place = 13 + (flags & 0x80 != 0 ? 3 << (flags & 7 + 1) : 0)
    for _ in 0..<1_000 {
      switch byte(place) {
      case 0x2C:
        guard let width = number(place + 5, 2, littleEndian: true),
          let height = number(place + 7, 2, littleEndian: true),
          width > 0, height > 0
        else { return nil }
        return (max(width, screenWidth), max(height, screenHeight))
      case 0x21:
        place += 2
        // Sub-blocks, up to an empty one.
        while let length = byte(place), length > 0 { place += length + 1 }
        place += 1
      default: return nil
      }
    }
    return nil
  }

  /// RFC 9649, sections 2.5 to 2.7: the size is in the first chunk, of whichever of the three kinds that is.
  func webpSize() -> (width: Int, height: Int)? {
    if holds("VP8 ", at: 12), byte(23) == 0x9D, byte(24) == 0x01, byte(25) == 0x2A,
      let width = number(26, 2, littleEndian: true), let height = number(28, 2, littleEndian: true)
    {
      return (width & 0x3FFF, height & 0x3FFF)
    }
    if holds("VP8L", at: 12), byte(20) == 0x2F, let bits = number(21, 4, littleEndian: true) {
      return (bits & 0x3FFF + 1, bits >> 14 & 0x3FFF + 1)
    }
    if holds("VP8X", at: 12), let width = number(24, 3, littleEndian: true),
      let height = number(27, 3, littleEndian: true)
    {
      return (width + 1, height + 1)
    }
    return nil
  }

  /// The segments of a JPEG up to its first frame (ITU-T T.81, annex B), and the orientation of an EXIF segment that
  /// stands before it.
  func jpegFrame() -> (size: (width: Int, height: Int)?, orientation: Int?) {
    var place = 2
    var orientation: Int?
    // A picture of five megabytes can have 80 segments of full length; one that has thousands is none.
    for _ in 0..<4_096 {
      guard byte(place) == 0xFF, let marker = byte(place + 1) else { break }
      // Fill bytes, and markers that stand alone.
      if marker == 0xFF {
        place += 1
        continue
      }
      if marker == 0x01 || (0xD0...0xD7).contains(marker) {
        place += 2
        continue
      }
      guard let length = number(place + 2, 2), length >= 2 else { break }
      switch marker {
      case 0xC0...0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
        guard let height = number(place + 5, 2), let width = number(place + 7, 2) else { break }
        return ((width, height), orientation)
      case 0xE1 where orientation == nil && holds("Exif\0\0", at: place + 4):
        orientation = exifOrientation(place + 10, end: min(place + 2 + length, bytes.count))
      // The end, or data without a frame before it.
      case 0xD8, 0xD9, 0xDA: return (nil, nil)
      default: break
      }
      place += 2 + length
    }
    return (nil, nil)
  }

  /// The orientation in the first directory of a TIFF header (TIFF 6.0, section 2); `nil` where there is none.
  private func exifOrientation(_ start: Int, end: Int) -> Int? {
    let isLittle = holds("II", at: start)
    guard isLittle || holds("MM", at: start), number(start + 2, 2, littleEndian: isLittle) == 42,
      let offset = number(start + 4, 4, littleEndian: isLittle), offset >= 8,
      let count = number(start + offset, 2, littleEndian: isLittle)
    else { return nil }
    for index in 0..<min(count, 200) {
      let entry = start + offset + 2 + index * 12
      guard entry + 12 <= end else { return nil }
      if number(entry, 2, littleEndian: isLittle) == 0x0112 {
        let value = number(entry + 8, 2, littleEndian: isLittle) ?? 1
        return (1...8).contains(value) ? value : 1
      }
    }
    return nil
  }
}
