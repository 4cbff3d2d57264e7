import Glibc

/// How the program ends. `sysexits.h` gives the numbers.
enum ExitStatus: Int32 {
  case success = 0
  /// What was asked for could not be done; the message says why.
  case failure = 1
  /// The command line is not understood.
  case usage = 64
  /// The settings hold mistakes; each is named.
  case configuration = 78

  /// For the end of every `--help`.
  static let explanation = """
    Exit status: 0 done; 1 not done, and standard error says why; 64 the command line is not understood; 78 the \
    settings hold mistakes, and standard error names each.
    """
}

/// An end with sentences for whoever gave the command.
struct Failure: Error {
  var status: ExitStatus
  var sentences: [String]

  init(_ sentence: String) { self.init(.failure, [sentence]) }

  /// About the settings, or the files that they name.
  static func settings(_ sentence: String) -> Failure { Failure(.configuration, [sentence]) }

  init(_ status: ExitStatus, _ sentences: [String]) {
    self.status = status
    self.sentences = sentences
  }
}

/// A line for people on standard error, behind the program's name.
func tell(_ sentence: String) {
  // Where standard error is gone, there is nowhere left to say so.
  try? writeAll(STDERR_FILENO, "postern: \(sentence)\n".utf8, "standard error")
}

/// A result on standard output. Throws when nobody can read it any more.
func output(_ text: String) throws(SystemFailure) {
  try writeAll(STDOUT_FILENO, text.utf8, "standard output")
}
