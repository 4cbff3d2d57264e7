import HTTP
import Postern
import Synchronization

/// Reads `AUTH_REQUIRE` and remembers what was read: only the web server's configuration sets it, so there are few.
final class Requirements: Sendable {
  private struct Known {
    let text: [UInt8]
    let requirement: Requirement?
  }

  private static let most = 64

  /// Each is its own guard; held for a comparison of a few texts.
  private let known = Mutex<[Known]>([])
  private let complaints = Mutex(Complaints())

  /// What was complained of since a moment.
  private struct Complaints {
    var since = Duration.seconds(-10)
    var made: Set<[UInt8]> = []
  }

  /// The requirement, `nil` where there is none that can be understood: that refuses everyone, and the log says what to
  /// write.
  func requirement(of request: Request, log: any Log) -> Requirement? {
    if request.parameters.repeats(prefix: "AUTH_") {
      complain(request, log, "an AUTH_ parameter is set twice: set each once, in the location that is protected")
      return nil
    }
    guard let text = request.parameters.value(of: "AUTH_REQUIRE"), !text.isEmpty else {
      complain(
        request, log,
        "this place demands nothing: give AUTH_REQUIRE what it needs, such as signed-in (in nginx's files, "
          + "`set $auth_require \"signed-in\";` in the location, before the include of postern-protect.conf)")
      return nil
    }
    let found = known.withLock { known in known.first { $0.text.withUnsafeBufferPointer { $0.isEqual(to: text) } } }
    let known = found ?? remember(text)
    if known.requirement == nil {
      complain(
        request, log,
        "AUTH_REQUIRE cannot be understood: write terms such as signed-in, verified, role=admin|editor, "
          + "permission=reports.read, user=a@example.com, mfa, age<=900, separated by spaces")
    }
    return known.requirement
  }

  private func remember(_ text: ArraySlice<UInt8>) -> Known {
    let new = Known(
      text: Array(text), requirement: try? Requirement(parsing: String(decoding: text, as: UTF8.self)))
    known.withLock { known in
      if known.count == Requirements.most { known.removeFirst() }
      known.append(new)
    }
    return new
  }

  /// Once for each demand and path within ten seconds, and ten of them in all: a stranger can ask for any number.
  private func complain(_ request: Request, _ log: any Log, _ cure: String) {
    let demand = String((request.parameters["AUTH_REQUIRE"] ?? "").prefix(200))
    // Without its query, which may hold what nobody else should read.
    let path = (request.parameters.value(of: "REQUEST_URI") ?? []).prefix { $0 != UInt8(ascii: "?") }.prefix(200)
    let isDue = complaints.withLock { complaints in
      if request.arrival - complaints.since >= .seconds(10) { complaints = Complaints(since: request.arrival) }
      return complaints.made.count < 10 && complaints.made.insert(Array(demand.utf8) + [0] + path).inserted
    }
    guard isDue else { return }
    log.write(
      .warning, "everyone is refused",
      ["cure": cure, "AUTH_REQUIRE": demand, "path": String(decoding: path, as: UTF8.self)])
  }
}
