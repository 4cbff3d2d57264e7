import Glibc
import Testing

@testable import Command

/// A pair of pseudo-terminal ends: what a person types and sees, and what the program has as its terminal.
private struct Terminal {
  let person: Int32
  let program: Int32

  /// Linux's own way (pty(7), ioctl_tty(2)): Swift's Glibc module lacks `posix_openpt`.
  init() throws {
    person = try retrying("open", "/dev/ptmx") { open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC) }
    var (isLocked, number): (Int32, UInt32) = (0, 0)
    guard ioctl(person, 0x4004_5431, &isLocked) == 0, ioctl(person, 0x8004_5430, &number) == 0 else {
      throw SystemFailure("ioctl", "/dev/ptmx")
    }
    let name = "/dev/pts/\(number)"
    program = try retrying("open", name) { open(name, O_RDWR | O_NOCTTY | O_CLOEXEC) }
  }

  /// What the person has seen so far.
  func seen() -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    var events = pollfd(fd: person, events: Int16(POLLIN), revents: 0)
    guard poll(&events, 1, 0) == 1 else { return [] }
    return Array(buffer.prefix(max(0, read(person, &buffer, buffer.count))))
  }
}

@Suite struct TerminalTests {
  private let directory: TemporaryDirectory
  private let environment: [String: String]

  init() throws {
    directory = try TemporaryDirectory()
    environment = sound(in: directory)
  }

  /// Types each answer once its question is there; the program's status and all that it said. Typing ahead would be
  /// thrown away, since the program flushes what came before it stopped showing.
  private func typing(_ answers: [(question: String, keys: String)], _ arguments: [String]) throws -> (Int32, String) {
    let terminal = try Terminal()
    defer {
      close(terminal.person)
      close(terminal.program)
    }
    let program = try RunningProgram(
      arguments, environment, input: terminal.program, outputPath: "/dev/null",
      messagesPath: directory.path + "/messages")
    for (index, answer) in answers.enumerated() {
      try waitFor(answer.question, times: answers[...index].filter { $0.question == answer.question }.count)
      try writeAll(terminal.person, answer.keys.utf8, "terminal")
    }
    let status = try program.waitForEnd()
    let seen = String(decoding: terminal.seen(), as: UTF8.self)
    let words = answers.filter { $0.question != "Type yes: " }.flatMap { $0.keys.split { !$0.isLetter } }
    #expect(words.allSatisfy { !seen.contains($0) }, "the terminal showed what was typed")
    var state = termios()
    tcgetattr(terminal.program, &state)
    #expect(state.c_lflag & tcflag_t(ECHO) != 0, "the terminal is left silent")
    return (status, try directory.read("messages"))
  }

  /// Bounded: ten seconds.
  private func waitFor(_ question: String, times: Int) throws {
    for _ in 0..<1_000 {
      if let text = try? directory.read("messages"), text.ranges(of: question).count >= times { return }
      poll(nil, 0, 10)
    }
    throw Failure("the program never asked “\(question)”")
  }

  @Test func passwordHashIsAskedForOnceAndNotShown() throws {
    let (status, messages) = try typing(
      [("Password hash for ann@example.com: ", "{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE=\r")],
      ["user", "add", "ann@example.com", "--password-hash"])
    #expect(status == 0)
    #expect(messages.hasSuffix("postern: account 1 made for ann@example.com\n"))
  }

  @Test func passwordIsAskedForTwiceAndNotShown() throws {
    let (status, messages) = try typing(
      [("Password for ann@example.com: ", "correct horse\r"), ("The same again: ", "correct horse\r")],
      ["user", "add", "ann@example.com"])
    #expect(status == 0)
    #expect(messages.hasSuffix("postern: account 1 made for ann@example.com\n"))
  }

  @Test func keysThatCorrectWork() throws {
    let (status, _) = try typing(
      [
        ("Password for ann@example.com: ", "nonsense\u{15}correcté\u{7F} horsx\u{8}e\r"),
        ("again: ", "correct horse\r"),
      ],
      ["user", "add", "ann@example.com"])
    #expect(status == 0)
  }

  @Test func twoDifferentPasswordsAreRefused() throws {
    let (status, messages) = try typing(
      [("Password for", "correct horse\r"), ("again: ", "correct house\r")], ["user", "add", "ann@example.com"])
    #expect(status == 1)
    #expect(messages.hasSuffix("postern: the two passwords differ\n"))
  }

  @Test(arguments: ["\u{3}", "\u{4}", "abc\u{3}"])
  func controlCAndControlDEndTheQuestion(keys: String) throws {
    let (status, _) = try typing([("Password for", keys)], ["user", "add", "ann@example.com"])
    #expect(status == 1)
  }

  @Test func removalIsAskedOnceMore() throws {
    #expect(
      try ProgramRun(["user", "add", "ann@example.com"], environment, input: "correct horse\n").status == 0)
    let (refused, _) = try typing([("Type yes: ", "y\r")], ["user", "remove", "ann@example.com"])
    #expect(refused == 1)
    let (removed, _) = try typing([("Type yes: ", "yes\r")], ["user", "remove", "ann@example.com"])
    #expect(removed == 0)
  }
}
