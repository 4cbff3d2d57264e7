import ArgumentParser
import CGD
import CLinux
import Glibc
import Postern

/// What a decoding process ends with, besides 0, and besides a signal.
enum DecodingEnd: Int32 {
  /// The picture cannot be decoded (EX_DATAERR).
  case unreadable = 65
  /// There is no libgd (EX_UNAVAILABLE).
  case noLibrary = 69
  /// The sandbox cannot be had (EX_OSERR): nothing was decoded.
  case noSandbox = 71
}

/// Decodes the picture on standard input, and writes it to standard output as WebP, once for each size, each behind its
/// length in four bytes. `SandboxedPictureMaker` starts it; nobody else has to.
///
/// Whoever brings a picture may have made it to take over what decodes it. So everything that is given up is given up
/// before the first of its bytes is looked at, and what is left then is a process that can only compute, and write lies
/// about a picture.
struct DecodePicture: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decode-picture", abstract: "Decodes one picture, for `serve`.", shouldDisplay: false)

  /// Bytes of memory that a picture of `Pictures.mostPixels` takes, whatever its kind, and seconds of processor time.
  static let memory: UInt64 = 560 << 20
  static let processorSeconds: UInt64 = 10
  private static let quality: Int32 = 82

  @Argument(help: "png, jpeg, gif or webp.")
  var kind: PictureKind

  @Argument(help: "The EXIF orientation, 1 to 8.")
  var orientation: Int32

  func run() throws {
    if let problem = postern_gd_load() { end(.noLibrary, String(cString: problem)) }
    let bytes = try readAll(STDIN_FILENO, "standard input", limit: Pictures.largestFile)
    guard postern_enter_sandbox(Self.memory, Self.processorSeconds) else {
      end(.noSandbox, String(cString: strerror(errno)))
    }
    guard let large = postern_gd_square(bytes, bytes.count, kind.forGD, orientation, size(.large)),
      let small = postern_gd_smaller(large, size(.small)), write(large), write(small)
    else { _exit(DecodingEnd.unreadable.rawValue) }
    _exit(0)
  }

  private func size(_ size: PictureName.Size) -> Int32 { Int32(size.rawValue) }

  private func write(_ picture: UnsafeMutableRawPointer) -> Bool {
    var count = 0
    guard let bytes = postern_gd_webp(picture, Self.quality, &count) else { return false }
    var length = UInt32(count).bigEndian
    return withUnsafeBytes(of: &length) { writeAll($0) }
      && writeAll(UnsafeRawBufferPointer(start: bytes, count: count))
  }

  private func writeAll(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var written = 0
    while written < bytes.count {
      let count = Glibc.write(STDOUT_FILENO, bytes.baseAddress! + written, bytes.count - written)
      if count <= 0 { return false }
      written += count
    }
    return true
  }

  private func end(_ end: DecodingEnd, _ reason: String) -> Never {
    tell(reason)
    _exit(end.rawValue)
  }
}

extension PictureKind: ExpressibleByArgument {
  fileprivate var forGD: postern_picture_kind {
    switch self {
    case .png: POSTERN_PNG
    case .jpeg: POSTERN_JPEG
    case .gif: POSTERN_GIF
    case .webp: POSTERN_WEBP
    }
  }
}
