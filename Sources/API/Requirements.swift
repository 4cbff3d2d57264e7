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

  /// Guard of both; held for a comparison of a few texts.
  private let known = Mutex<[Known]>([])
  private let lastComplaint = Mutex<Duration?>(nil)

  /// The requirement, `nil` where there is none that can be understood: that refuses everyone, and the log says what to
  /// write, now and then.
  func requirement(of request: Request, log: any Log) -> Requirement? {
    if request.parameters.repeats(prefix: "AUTH_") {
      complain(request, log, "an AUTH_ parameter is set twice: set each once, in the location that is protected")
      return nil
    }
    let found = request.parameters.value(of: "AUTH_REQUIRE").map { text in
      known.withLock { known in known.first { $0.text.withUnsafeBufferPointer { $0.isEqual(to: text) } } }
        ?? remember(text)
    }
    guard let found else {
      complain(request, log, "AUTH_REQUIRE is missing: set it to what this place needs, such as signed-in")
      return nil
    }
    if found.requirement == nil {
      complain(
        request, log,
        "AUTH_REQUIRE cannot be understood: write terms such as signed-in, verified, role=admin|editor, "
          + "permission=reports.read, user=a@example.com, mfa, age<=900, separated by spaces")
    }
    return found.requirement
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

  private func complain(_ request: Request, _ log: any Log, _ cure: String) {
    let isDue = lastComplaint.withLock { last in
      if let last, request.arrival - last < .seconds(10) { return false }
      last = request.arrival
      return true
    }
    guard isDue else { return }
    log.write(
      .warning, "everyone is refused",
      [
        "cure": cure, "AUTH_REQUIRE": String((request.parameters["AUTH_REQUIRE"] ?? "").prefix(200)),
        // Without its query, which may hold what nobody else should read.
        "path": String(
          decoding: (request.parameters.value(of: "REQUEST_URI") ?? []).prefix { $0 != UInt8(ascii: "?") }.prefix(200),
          as: UTF8.self),
      ])
  }
}
