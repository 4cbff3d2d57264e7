import Glibc

@testable import Command

/// The program, started as a shell starts it, with an environment of the test's own.
struct ProgramRun {
  let status: Int32
  let output: String
  let messages: String

  /// Runs it to its end. `input` is what it finds on standard input.
  init(_ arguments: [String], _ environment: [String: String], input: String = "") throws {
    let directory = try TemporaryDirectory()
    let standardInput = open(try directory.write("input", input), O_RDONLY | O_CLOEXEC)
    defer { close(standardInput) }
    let program = try RunningProgram(
      arguments, environment, input: standardInput, outputPath: directory.path + "/output",
      messagesPath: directory.path + "/messages")
    status = try program.waitForEnd()
    output = try directory.read("output")
    messages = try directory.read("messages")
  }
}

/// The program while it runs.
struct RunningProgram {
  let process: pid_t

  init(
    _ arguments: [String], _ environment: [String: String], input: Int32, outputPath: String, messagesPath: String
  ) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    for (descriptor, path) in [(STDOUT_FILENO, outputPath), (STDERR_FILENO, messagesPath)] {
      posix_spawn_file_actions_addopen(&actions, descriptor, path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    }
    let path = try RunningProgram.path()
    var argv = ([path] + arguments).map { strdup($0) } + [nil]
    var envp = environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { (argv + envp).forEach { free($0) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, path, &actions, nil, &argv, &envp)
    if code != 0 { throw SystemFailure("posix_spawn", path, code: code) }
    self.process = process
  }

  /// The status that it exited with; 128 and the signal's number when a signal ended it.
  func waitForEnd() throws -> Int32 {
    var status: Int32 = 0
    _ = try retrying("waitpid") { waitpid(process, &status, 0) }
    return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
  }

  /// Products are beside the program that runs the tests.
  private static func path() throws -> String {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = try retrying("readlink") {
      buffer.withUnsafeMutableBytes { readlink("/proc/self/exe", $0.baseAddress!, $0.count) }
    }
    let runner = String(decoding: buffer[..<count], as: UTF8.self)
    return runner.prefix(upTo: runner.lastIndex(of: "/")!) + "/postern"
  }
}
