import Glibc
import HTTP
import Testing

@testable import FastCGI

@Suite struct ListenerTests {
  @Test func addressesAreReadAsPeopleWriteThem() {
    #expect(ListeningAddress("unix:/run/a.sock") == .unix(path: "/run/a.sock"))
    #expect(ListeningAddress("127.0.0.1:9000")?.description == "127.0.0.1:9000")
    #expect(ListeningAddress("[::1]:9000")?.description == "[::1]:9000")
    for text in [
      "", "unix:", "unix:run/a", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "::1:9000", "[127.0.0.1]:1",
      "localhost:9000",
      "unix:/" + String(repeating: "a", count: 107),
    ] { #expect(ListeningAddress(text) == nil, "\(text)") }
    #expect(PeerAddress("::ffff:192.0.2.1") == PeerAddress("192.0.2.1"))
    #expect(PeerAddress("192.0.2.1/24") == nil)
    #expect(PeerAddress("127.9.9.9")?.isLoopback == true)
    #expect(PeerAddress("0.0.0.0")?.isLoopback == false)
  }

  private func configuration(_ address: String) -> ServerConfiguration {
    var configuration = ServerConfiguration(addresses: [ListeningAddress(address)!])
    configuration.takesInheritedSockets = false
    configuration.reactors = 1
    return configuration
  }

  private func open(_ configuration: ServerConfiguration) -> ServerError? {
    do throws(ServerError) {
      for listener in try Listener.open(configuration) { listener.removeFile() }
      return nil
    } catch {
      return error
    }
  }

  @Test func aStaleSocketFileIsReplaced() throws {
    let path = Serving.temporaryPath()
    do {
      let left = try Listener(.unix(path: path), configuration("unix:\(path)"))
      #expect(left.name == "unix:\(path)")
    }
    #expect(access(path, F_OK) == 0)
    #expect(open(configuration("unix:\(path)")) == nil)
    #expect(access(path, F_OK) != 0)
  }

  @Test func aSocketInUseIsAnErrorAndStays() throws {
    let serving = try Serving()
    #expect(open(configuration("unix:\(serving.path)")) == .addressInUse("unix:\(serving.path)"))
    try serving.servesOthers()
    let tcp = try Serving { $0.addresses = [ListeningAddress("127.0.0.1:0")!] }
    #expect(open(configuration(tcp.server.addresses[0])) == .addressInUse(tcp.server.addresses[0]))
  }

  @Test func aLinkInPlaceOfTheSocketGivesNothingAway() throws {
    let path = Serving.temporaryPath()
    let secret = Serving.temporaryPath()
    close(creat(secret, 0o600))
    #expect(symlink(secret, path) == 0)
    defer { for made in [path, secret] { unlink(made) } }
    var configuration = configuration("unix:\(path)")
    configuration.socketMode = 0o666
    // A group that the file does not have, where that can be given.
    if getuid() == 0 { configuration.socketGroup = "12345" }
    #expect(throws: ServerError.self) { try SocketFile.share(path, configuration) }
    var status = stat()
    #expect(stat(secret, &status) == 0 && status.st_mode & 0o777 == 0o600 && status.st_gid == getgid())
  }

  @Test func aFileThatIsNoSocketStays() throws {
    let path = Serving.temporaryPath()
    close(creat(path, 0o600))
    #expect(open(configuration("unix:\(path)")) == .notASocket(path))
    #expect(access(path, F_OK) == 0)
  }

  @Test func modeAndGroupAreSet() throws {
    let path = Serving.temporaryPath()
    var configuration = configuration("unix:\(path)")
    configuration.socketMode = 0o604
    configuration.socketGroup = String(getgid())
    let listener = try Listener(.unix(path: path), configuration)
    defer { listener.removeFile() }
    var status = stat()
    #expect(stat(path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o604)
    configuration.socketGroup = "no such group"
    #expect(open(configuration) == .addressInUse("unix:\(path)"))
    configuration.addresses = [.unix(path: Serving.temporaryPath())]
    #expect(open(configuration) == .noSuchGroup("no such group"))
  }

  @Test func aSocketFileThatIsGoneComesBack() throws {
    let serving = try Serving { $0.reactors = 2 }
    let kept = try serving.connect()
    #expect(try kept.ask(Sent.request())?.status == 200)
    serving.server.restoreSockets()
    #expect(!serving.logged.contains(.socketRestored("unix:\(serving.path)")))
    for _ in 0..<3 {
      unlink(serving.path)
      #expect(throws: Client.Failure.self) { try serving.connect() }
      serving.server.restoreSockets()
      for _ in 0..<8 { try serving.servesOthers() }
      #expect(try kept.ask(Sent.request())?.status == 200)
    }
    #expect(serving.logged.count { $0 == .socketRestored("unix:\(serving.path)") } == 3)
    serving.server.stop(grace: .seconds(5))
    #expect(access(serving.path, F_OK) != 0)
    serving.server.restoreSockets()
    #expect(access(serving.path, F_OK) != 0, "after the stop nobody listens")
  }

  @Test func whatStandsInTheWayOfASocketFileIsLeftAloneAndSaidOnce() throws {
    let serving = try Serving()
    unlink(serving.path)
    close(creat(serving.path, 0o600))
    let complaint = ServerEvent.socketLost("\(ServerError.notASocket(serving.path))")
    for _ in 0..<3 { serving.server.restoreSockets() }
    #expect(serving.logged.count { $0 == complaint } == 1)
    unlink(serving.path)
    serving.server.restoreSockets()
    try serving.servesOthers()
  }

  @Test func tcpServesToo() throws {
    let serving = try Serving {
      $0.addresses = [ListeningAddress("127.0.0.1:0")!, .unix(path: Serving.temporaryPath())]
    }
    guard case .tcp(_, let port) = ListeningAddress(serving.server.addresses[0]) else {
      throw Client.Failure("no port")
    }
    let client = try Client(port: port)
    #expect(try client.ask(Sent.request("/tcp"))?.head.contains("/tcp") == true)
    #expect(try client.ask(Sent.request(keeps: false))?.status == 200)
    #expect(try client.record() == nil)
  }

  @Test func beyondLoopbackOnlyNamedPeersGetIn() throws {
    var open = configuration("0.0.0.0:0")
    #expect(self.open(open) == .peersNotNamed("0.0.0.0:0"))
    open.allowedPeers = [PeerAddress("192.0.2.1")!]
    #expect(self.open(open) == nil)
    for (peer, isServed) in [("192.0.2.1", false), ("127.0.0.1", true)] {
      let serving = try Serving {
        $0.addresses = [ListeningAddress("0.0.0.0:0")!]
        $0.allowedPeers = [PeerAddress(peer)!]
      }
      guard case .tcp(_, let port) = ListeningAddress(serving.server.addresses[0]) else {
        throw Client.Failure("no port")
      }
      let client = try Client(port: port)
      let answer = (try? client.ask(Sent.request())) ?? nil
      #expect((answer?.status == 200) == isServed)
      #expect(serving.logged.contains(.peerRefused(PeerAddress("127.0.0.1")!)) != isServed)
    }
  }

  @Test func socketsThatAreHandedOverAreTaken() throws {
    let path = Serving.temporaryPath()
    let given = try Listener(.unix(path: path), configuration("unix:\(path)"))
    let pid = String(getpid())
    let number = given.socket.number
    #expect(Listener.inherited(first: 7, zero: -1) { ["LISTEN_FDS": "2", "LISTEN_PID": pid][$0] } == [7, 8])
    #expect(Listener.inherited(zero: -1) { ["LISTEN_FDS": "2", "LISTEN_PID": "1"][$0] } == [])
    #expect(Listener.inherited(zero: number) { _ in nil } == [number])
    let taken = try Listener(inherited: dup(number), configuration("unix:\(path)"))
    #expect(fcntl(taken.socket.number, F_GETFD) & FD_CLOEXEC != 0)
    #expect(fcntl(taken.socket.number, F_GETFL) & O_NONBLOCK != 0)
    taken.removeFile()
    #expect(access(path, F_OK) == 0, "the file belongs to whoever made it")
    given.removeFile()
  }
}
