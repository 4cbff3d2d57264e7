import FastCGI
import Glibc
import HTTP
import Synchronization
import Testing

/// An application made of functions. Unless told otherwise it answers at once: 200 with what it was asked.
struct Echo: Application {
  var begins: @Sendable (Request) -> Beginning = { .answer(Echo.describe($0)) }
  var performs: @Sendable (Request) -> Response = { Echo.describe($0) }
  var limit = 1 << 20

  func begin(_ request: Request) -> Beginning { begins(request) }
  func perform(_ request: Request) -> Response { performs(request) }
  func bodyLimit(for parameters: Parameters) -> Int { limit }
  func refuse(_ refusal: Refusal, _ parameters: Parameters) -> Response {
    switch refusal {
    case .bodyTooLarge: Response(status: 413)
    case .parametersTooLarge: Response(status: 431)
    case .overloaded: Response(status: 503)
    }
  }

  static func describe(_ request: Request) -> Response {
    var response = Response(status: 200)
    response.fields.append("X-Path", request.path)
    switch request.body {
    case .memory(let bytes): response.body = .bytes(bytes)
    case .file(let file):
      response.fields.append("X-File", String(file.size))
      response.body = .bytes(file.read() ?? [])
    }
    return response
  }
}

/// A server on a unix socket in a folder of its own, with the events that it logged.
final class Serving: Sendable {
  let server: Server
  let path: String
  private let events: EventList

  final class EventList: Sendable {
    let list = Mutex<[ServerEvent]>([])
  }

  init(_ application: Echo = Echo(), _ change: (inout ServerConfiguration) -> Void = { _ in }) throws {
    path = Serving.temporaryPath()
    var configuration = ServerConfiguration(addresses: [ListeningAddress("unix:\(path)")!])
    configuration.takesInheritedSockets = false
    configuration.reactors = 1
    change(&configuration)
    let events = EventList()
    self.events = events
    server = try Server(configuration, application: application) { event in events.list.withLock { $0.append(event) } }
    try server.start()
  }

  deinit { server.stop(grace: .seconds(5)) }

  var logged: [ServerEvent] { events.list.withLock { $0 } }

  func connect() throws -> Client { try Client(path) }

  /// Another connection is served, and at once, whatever a first one does.
  func servesOthers(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let clock = ContinuousClock()
    let began = clock.now
    let answer = try connect().ask(Sent.request("/other"))
    #expect(answer?.status == 200, sourceLocation: sourceLocation)
    #expect(clock.now - began < .milliseconds(1500), sourceLocation: sourceLocation)
  }

  /// A path where nothing is yet, in one folder that goes with this process.
  static func temporaryPath() -> String {
    "\(folder)/\(count.wrappingAdd(1, ordering: .relaxed).newValue)"
  }

  private static let count = Atomic<Int>(0)
  private static let folder: String = {
    var template = Array("/tmp/postern-test-XXXXXX".utf8CString)
    mkdtemp(&template)
    atexit {
      for number in 0...Serving.count.load(ordering: .relaxed) { unlink("\(Serving.folder)/\(number)") }
      rmdir(Serving.folder)
    }
    return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }()
}

/// Waits until a condition holds; five seconds at most.
func eventually(_ condition: () -> Bool) -> Bool {
  for _ in 0..<1000 {
    if condition() { return true }
    usleep(5000)
  }
  return false
}
