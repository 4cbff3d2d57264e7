import CLinux
import Glibc
import Postern

/// Makes pictures in processes of their own, `postern decode-picture`, each for one picture. Whatever becomes of such a
/// process, it takes nobody else along.
struct SandboxedPictureMaker: PictureMaker {
  /// The program that has that command. `/proc/self/exe` is the one that runs, also where its file has been replaced.
  let program: String
  let clock: any Postern.Clock
  let log: any Log
  /// How long a picture may take altogether.
  var longest = Duration.seconds(15)

  /// No picture of 512 × 512 pixels takes more.
  private static let mostOutput = 2 << 20

  func make(_ bytes: [UInt8], _ header: PictureHeader) throws(PictureFailure) -> [PictureName.Size: [UInt8]] {
    let deadline = clock.monotonic() + longest
    let child: Child
    do throws(SystemFailure) {
      child = try Child(program, ["decode-picture", header.kind.rawValue, String(header.orientation)], input: bytes)
    } catch {
      throw .unavailable("no process to decode a picture in: \(error)")
    }
    let output = child.output(atMost: Self.mostOutput) { deadline - clock.monotonic() }
    let end = child.end(isKilled: output == nil)
    switch end {
    case .status(0): break
    case .status(DecodingEnd.unreadable.rawValue): throw .unreadable
    case .status(DecodingEnd.noLibrary.rawValue):
      throw .unavailable("pictures need libgd (Debian: libgd3), which is not there")
    case .status(DecodingEnd.noSandbox.rawValue):
      throw .unavailable("pictures need seccomp and resource limits, which cannot be had here")
    case .status, .signal:
      // What decodes pictures is told to end by its limits, or has been made to do what it must not.
      log.write(.warning, "a picture was refused: the process that decoded it has died", ["end": "\(end)"])
      throw .unreadable
    }
    guard let pictures = output.flatMap(SandboxedPictureMaker.pictures) else {
      log.write(.warning, "a picture was refused: what decoded it has answered something else", [:])
      throw .unreadable
    }
    return pictures
  }

  /// The pictures in what the process has written, largest first; `nil` where that is anything else. It may have been
  /// taken over by the picture that it decoded, so this is a stranger's word.
  static func pictures(_ output: [UInt8]) -> [PictureName.Size: [UInt8]]? {
    var pictures: [PictureName.Size: [UInt8]] = [:]
    var rest = output[...]
    for size in PictureName.Size.allCases {
      guard rest.count >= 4 else { return nil }
      let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(4)
      guard length <= rest.count else { return nil }
      let picture = Array(rest.prefix(length))
      guard isSquare(picture, atMost: size.rawValue) else { return nil }
      pictures[size] = picture
      rest = rest.dropFirst(length)
    }
    return rest.isEmpty ? pictures : nil
  }

  /// Whether it says that it is a square WebP of that size at most, and ends where it says (RFC 9649, section 2.4).
  private static func isSquare(_ bytes: [UInt8], atMost size: Int) -> Bool {
    guard let header = PictureHeader(bytes), header.kind == .webp, header.width == header.height, header.width <= size
    else { return false }
    let said = bytes[4..<8].reversed().reduce(0) { $0 << 8 | Int($1) } + 8
    return said == bytes.count
  }
}
