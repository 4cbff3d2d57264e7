import Glibc

/// Reads a password: twice from the terminal, without showing it; or one line from standard input when that is no
/// terminal. Never from the command line, which every process of the machine can read. Throws a failure when there is
/// none, the two differ, or Control-C was pressed.
func readPassword(for subject: String) throws -> String {
  guard isatty(STDIN_FILENO) == 1 else { return try lineOfStandardInput() }
  let password = try promptWithoutEcho("Password for \(printable(subject)): ")
  guard try promptWithoutEcho("The same again: ") == password else { throw Failure("the two passwords differ") }
  return password
}

/// Reads the hash of a password, in the same ways, but once: it is pasted, not typed.
func readPasswordHash(for subject: String) throws -> String {
  guard isatty(STDIN_FILENO) == 1 else { return try lineOfStandardInput() }
  return try promptWithoutEcho("Password hash for \(printable(subject)): ")
}

/// Asks a question that `yes` answers; true without asking when standard input is no terminal.
func isConfirmed(_ question: String) throws -> Bool {
  guard isatty(STDIN_FILENO) == 1 else { return true }
  try writeAll(STDERR_FILENO, "postern: \(question) Type yes: ".utf8, "standard error")
  return try lineOfStandardInput() == "yes"
}

/// Longer than any password may be.
private let longestLine = 4_096

/// One byte at a time, so that what follows stays for whoever reads next.
private func lineOfStandardInput() throws -> String {
  var line: [UInt8] = []
  var byte: UInt8 = 0
  while try retrying("read", "standard input", { read(STDIN_FILENO, &byte, 1) }) == 1, byte != UInt8(ascii: "\n") {
    line.append(byte)
    if line.count > longestLine { throw Failure("the line on standard input is longer than \(longestLine) bytes") }
  }
  if line.last == UInt8(ascii: "\r") { line.removeLast() }
  return try text(of: line)
}

/// The terminal is asked for single bytes and for no signals, so that no key can end the program while it shows
/// nothing of what is typed.
private func promptWithoutEcho(_ prompt: String) throws -> String {
  var before = termios()
  guard tcgetattr(STDIN_FILENO, &before) == 0 else { throw SystemFailure("tcgetattr") }
  var silent = before
  silent.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
  guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0 else { throw SystemFailure("tcsetattr") }
  defer {
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
    try? writeAll(STDERR_FILENO, "\n".utf8, "standard error")
  }
  try writeAll(STDERR_FILENO, prompt.utf8, "standard error")
  var line: [UInt8] = []
  var byte: UInt8 = 0
  while try retrying("read", "terminal", { read(STDIN_FILENO, &byte, 1) }) == 1 {
    switch byte {
    case 0x0A, 0x0D: return try text(of: line)
    case 0x03, 0x1C: throw Failure("cancelled")
    case 0x04: if line.isEmpty { throw Failure("no password was given") } else { return try text(of: line) }
    case 0x08, 0x7F:
      while let last = line.popLast(), last & 0xC0 == 0x80 {}
    case 0x15: line.removeAll()
    default:
      line.append(byte)
      if line.count > longestLine { throw Failure("that is longer than \(longestLine) bytes") }
    }
  }
  throw Failure("no password was given")
}

private func text(of line: [UInt8]) throws -> String {
  guard let text = String(validating: line, as: UTF8.self) else { throw Failure("the password is not UTF-8") }
  return text
}
