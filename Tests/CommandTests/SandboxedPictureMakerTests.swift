import Glibc
import Postern
import PosternTesting
import Testing

@testable import Command

/// With programs in the place of the decoder: what it may do once a picture has taken it over. The decoder itself is
/// tested in Tests/EndToEnd/test_pictures.py and test_threats_pictures.py.
@Suite struct SandboxedPictureMakerTests {
  private let directory: TemporaryDirectory
  private let log = RecordingLog()
  private static let head: [UInt8] =
    [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 1, 44, 0, 0, 0, 200]

  init() throws { directory = try TemporaryDirectory() }

  /// What comes of a decoder that is this script of sh.
  private func make(_ script: String, longest: Duration = .seconds(15), input: [UInt8] = head) throws
    -> [PictureName.Size: [UInt8]]
  {
    let program = try directory.write("decoder", "#!/bin/sh\n" + script + "\n", mode: 0o700)
    let maker = SandboxedPictureMaker(program: program, clock: SystemClock(), log: log, longest: longest)
    return try maker.make(input, try #require(PictureHeader(Self.head)))
  }

  @Test(arguments: [
    "exit 65", "exit 1", "kill -9 $$", "kill -31 $$", "exit 0", "printf 'garbage that is no picture'",
    "yes | head -c 3000000", "yes", "printf '\\377\\377\\377\\377RIFF'", "printf '\\0\\0\\0\\0\\0\\0\\0\\0'",
  ])
  func whateverTheDecoderDoesThePictureIsRefused(_ script: String) throws {
    #expect(throws: PictureFailure.unreadable) { try make(script) }
  }

  @Test func aDecoderThatHangsIsEnded() throws {
    let start = SystemClock().monotonic()
    #expect(throws: PictureFailure.unreadable) { try make("exec sleep 60", longest: .milliseconds(300)) }
    // It has closed its output, and lives on.
    #expect(throws: PictureFailure.unreadable) {
      try make("exec sleep 1 >&-", longest: .seconds(20))
    }
    #expect(SystemClock().monotonic() - start < .seconds(20))
    #expect(log.contains("signal 9"))
  }

  @Test(arguments: [69, 71]) func aDecoderThatCannotWorkIsNotThePicturesFault(_ status: Int) throws {
    #expect {
      try make("exit \(status)")
    } throws: { error in
      if case PictureFailure.unavailable = error { true } else { false }
    }
    #expect {
      let none = SandboxedPictureMaker(program: "/nonexistent", clock: SystemClock(), log: log)
      _ = try none.make(Self.head, try #require(PictureHeader(Self.head)))
    } throws: { error in
      if case PictureFailure.unavailable = error { true } else { false }
    }
  }

  /// The input comes whole, and nothing else does: no environment but what sh makes itself, no descriptor, no signal
  /// that is blocked or ignored.
  @Test func theDecoderGetsThePictureAndNothingElse() throws {
    setenv("SECRET_OF_THE_TEST", "x", 1)
    let path = directory.path
    var input = Self.head
    input += [UInt8](repeating: 7, count: 3 << 20)
    #expect(throws: PictureFailure.unreadable) {
      try make(
        """
        /usr/bin/env > \(path)/env; /bin/ls /proc/self/fd > \(path)/fds; echo "$@" > \(path)/words
        /usr/bin/wc -c > \(path)/count; /bin/grep -E 'Sig(Blk|Ign)' /proc/self/status > \(path)/signals; exit 65
        """, input: input)
    }
    #expect(try !directory.read("env").contains("SECRET"))
    #expect(try directory.read("words") == "decode-picture png 1\n")
    #expect(try directory.read("count") == "\(input.count)\n")
    // Of these, 3 is that of ls itself, and sh keeps its script as 10.
    let descriptors = Set(try directory.read("fds").split(separator: "\n"))
    #expect(descriptors.isSubset(of: ["0", "1", "2", "3", "10"]), "\(descriptors)")
    // 32 and 33 are of the C library's own, and spawning leaves them ignored.
    let masks = try directory.read("signals").split(separator: "\n").map { UInt64($0.suffix(16), radix: 16) }
    #expect(masks.map { $0.map { $0 & ~(3 << 31) } } == [0, 0])
  }

  @Test func onlySquarePicturesThatEndWhereTheySayAreTaken() {
    func webp(_ side: Int, _ kind: String = "VP8L", extra: Int = 0) -> [UInt8] {
      let bits = (side - 1) | (side - 1) << 14
      let content = [0x2F] + (0..<4).map { UInt8(truncatingIfNeeded: bits >> ($0 * 8)) } + [0]
      return Array("RIFF".utf8) + [UInt8(content.count + 12 + extra), 0, 0, 0] + Array("WEBP\(kind)".utf8)
        + [UInt8(content.count), 0, 0, 0] + content
    }
    func written(_ pictures: [UInt8]...) -> [UInt8] { pictures.flatMap { [0, 0, 0, UInt8($0.count)] + $0 } }
    typealias Maker = SandboxedPictureMaker
    #expect(Maker.pictures(written(webp(512), webp(128))) == [.large: webp(512), .small: webp(128)])
    #expect(Maker.pictures(written(webp(40), webp(40)))?.count == 2)
    for output in [
      [], written(webp(512)), written(webp(512), webp(129)), written(webp(513), webp(128)),
      written(webp(512), webp(128), webp(1)), written(webp(512), webp(128)).dropLast(),
      written(webp(512), webp(128)) + [0],
      written(webp(512, extra: 2), webp(128)), written(webp(512, "VP8?"), webp(128)), written(Self.head, Self.head),
    ] as [[UInt8]] {
      #expect(Maker.pictures(Array(output)) == nil)
    }
  }
}
