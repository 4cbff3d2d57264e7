import Glibc

@testable import FastCGI

/// What a web server sends, as bytes.
enum Sent {
  static func record(_ type: UInt8, id: UInt16 = 1, _ content: [UInt8] = [], padding: Int = 0) -> [UInt8] {
    [
      1, type, UInt8(id >> 8), UInt8(id & 255), UInt8(content.count >> 8), UInt8(content.count & 255), UInt8(padding),
      0,
    ] + content + [UInt8](repeating: 0, count: padding)
  }

  static func begin(id: UInt16 = 1, role: UInt8 = 1, keeps: Bool = true) -> [UInt8] {
    record(RecordType.beginRequest, id: id, [0, role, keeps ? 1 : 0, 0, 0, 0, 0, 0])
  }

  static func pairs(_ pairs: [(String, String)]) -> [UInt8] {
    func length(_ count: Int) -> [UInt8] {
      count < 128
        ? [UInt8(count)]
        : [UInt8(count >> 24 | 128), UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255)]
    }
    return pairs.flatMap { length($0.0.utf8.count) + length($0.1.utf8.count) + Array($0.0.utf8) + Array($0.1.utf8) }
  }

  /// A whole stream: as many records as it takes, and its end.
  static func stream(_ type: UInt8, id: UInt16 = 1, _ content: [UInt8], padding: Int = 0) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = content[...]
    while !rest.isEmpty {
      bytes += record(type, id: id, Array(rest.prefix(65_535)), padding: padding)
      rest = rest.dropFirst(65_535)
    }
    return bytes + record(type, id: id)
  }

  static func request(
    _ path: String = "/", id: UInt16 = 1, role: UInt8 = 1, keeps: Bool = true, _ more: [(String, String)] = [],
    body: [UInt8] = [], padding: Int = 0
  ) -> [UInt8] {
    begin(id: id, role: role, keeps: keeps)
      + stream(
        RecordType.parameters, id: id, pairs([("REQUEST_METHOD", "GET"), ("SCRIPT_NAME", path)] + more),
        padding: padding) + stream(RecordType.standardInput, id: id, body, padding: padding)
  }
}

/// A record as it came back.
struct Received: Equatable {
  var type: UInt8
  var id: UInt16
  var content: [UInt8]
}

/// An answer as it came back: what FCGI_STDOUT said, and how it ended.
struct Answer {
  var id: UInt16 = 0
  var output: [UInt8] = []
  var protocolStatus: UInt8 = 0

  var text: String { String(decoding: output, as: UTF8.self) }
  /// Status and fields, each line with its end.
  var head: String { String(decoding: output.prefix(headLength), as: UTF8.self) }
  var body: [UInt8] { Array(output.dropFirst(headLength)) }
  var status: Int { head.hasPrefix("Status: ") ? Int(head.dropFirst(8).prefix(3)) ?? 0 : 0 }

  private var headLength: Int {
    output.indices.first { output[$0...].starts(with: [13, 10, 13, 10]) }.map { $0 + 4 } ?? output.count
  }
}

/// A web server's end of one connection. Every call gives up after five seconds.
final class Client {
  struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
  }

  let socket: Int32
  private var pending: [UInt8] = []
  /// Where the next record begins in `pending`.
  private var position = 0

  init(_ path: String) throws {
    socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else { throw Failure("connect: \(String(cString: strerror(errno)))") }
    setTimeouts()
  }

  /// Over TCP, to 127.0.0.1.
  init(port: UInt16) throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    let loopback = PeerAddress("127.0.0.1")!
    guard loopback.withSocketAddress(port: port, { connect(socket, $0, $1) }) == 0 else {
      throw Failure("connect: \(String(cString: strerror(errno)))")
    }
    setTimeouts()
  }

  deinit { Glibc.close(socket) }

  private func setTimeouts() {
    var time = timeval(tv_sec: 5, tv_usec: 0)
    for name in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(socket, SOL_SOCKET, name, &time, socklen_t(MemoryLayout<timeval>.size))
    }
  }

  func send(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard sent > 0 else { throw Failure("send: \(String(cString: strerror(errno)))") }
      rest = rest.dropFirst(sent)
    }
  }

  /// Sends what fits without waiting.
  func sendWithoutWaiting(_ bytes: [UInt8]) -> Int {
    bytes.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT)) }
  }

  func shutDown() { shutdown(socket, Int32(SHUT_WR)) }

  /// The next record; `nil` at the end of the connection.
  func record() throws -> Received? {
    while true {
      if pending.count - position >= 8 {
        let header = pending.withUnsafeBufferPointer { RecordHeader(at: $0.baseAddress! + position) }
        if pending.count - position >= header.total {
          let start = position + 8
          position += header.total
          return Received(
            type: header.type, id: header.requestID, content: Array(pending[start..<start + header.contentLength]))
        }
      }
      pending = Array(pending[position...])
      position = 0
      var bytes = [UInt8](repeating: 0, count: 65_536)
      let count = recv(socket, &bytes, bytes.count, 0)
      if count == 0 || count < 0 && errno == ECONNRESET { return nil }
      guard count > 0 else { throw Failure("recv: \(String(cString: strerror(errno)))") }
      pending += bytes[..<count]
    }
  }

  /// The next answer; `nil` at the end of the connection.
  func answer() throws -> Answer? {
    var answer = Answer()
    while let record = try record() {
      answer.id = record.id
      switch record.type {
      case RecordType.standardOutput: answer.output += record.content
      case RecordType.endRequest:
        answer.protocolStatus = record.content[4]
        return answer
      default: throw Failure("a record of type \(record.type)")
      }
    }
    return nil
  }

  func ask(_ request: [UInt8]) throws -> Answer? {
    try send(request)
    return try answer()
  }
}
