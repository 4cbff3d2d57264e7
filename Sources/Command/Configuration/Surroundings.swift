import Glibc

/// What the settings depend on besides themselves.
struct Surroundings {
  var environment: [String: String]
  var workingDirectory: String
  /// The effective user; root gets the system's directories.
  var user: uid_t
  /// Read where there is no `.env` in the working directory.
  var systemFile = "/etc/postern/postern.env"

  /// Those of this process.
  static func current() throws(SystemFailure) -> Surroundings {
    guard let directory = getcwd(nil, 0) else { throw SystemFailure("getcwd") }
    defer { free(directory) }
    return Surroundings(
      environment: processEnvironment(), workingDirectory: String(cString: directory), user: geteuid())
  }

  /// Of a name given twice the first counts, as with `getenv`.
  private static func processEnvironment() -> [String: String] {
    var variables: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
      let text = String(cString: entry)
      if let equals = text.firstIndex(of: "="), variables[String(text[..<equals])] == nil {
        variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
      }
      next += 1
    }
    return variables
  }

  var dataDirectory: String {
    if user == 0 { return "/var/lib/postern" }
    if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") { return data + "/postern" }
    return (environment["HOME"] ?? workingDirectory) + "/.local/share/postern"
  }

  func listeners(dataDirectory: String) -> [String] {
    ["unix:" + (user == 0 ? "/run/postern" : dataDirectory) + "/postern.sock"]
  }
}
