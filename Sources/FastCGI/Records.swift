/// The constants of FastCGI (specification 1.0, section 8).
enum RecordType {
  static let beginRequest: UInt8 = 1
  static let abortRequest: UInt8 = 2
  static let endRequest: UInt8 = 3
  static let parameters: UInt8 = 4
  static let standardInput: UInt8 = 5
  static let standardOutput: UInt8 = 6
  static let getValues: UInt8 = 9
  static let getValuesResult: UInt8 = 10
  static let unknownType: UInt8 = 11
}

enum ProtocolStatus: UInt8 {
  case requestComplete = 0
  case cannotMultiplex = 1
  case unknownRole = 3
}

/// The eight bytes in front of every record (section 3.3).
struct RecordHeader {
  static let size = 8
  static let longestContent = 65_535

  var version: UInt8 = 1
  var type: UInt8
  var requestID: UInt16
  var contentLength: Int
  var paddingLength: Int = 0

  init(type: UInt8, requestID: UInt16, contentLength: Int) {
    self.type = type
    self.requestID = requestID
    self.contentLength = contentLength
  }

  /// Reads the first eight bytes at `bytes`.
  @inline(__always)
  init(at bytes: UnsafePointer<UInt8>) {
    version = bytes[0]
    type = bytes[1]
    requestID = UInt16(bytes[2]) << 8 | UInt16(bytes[3])
    contentLength = Int(bytes[4]) << 8 | Int(bytes[5])
    paddingLength = Int(bytes[6])
  }

  /// The length of the whole record.
  var total: Int { RecordHeader.size + contentLength + paddingLength }

  /// Writes the eight bytes at `bytes`; they must be there.
  @inline(__always)
  func write(at bytes: UnsafeMutablePointer<UInt8>) {
    bytes[0] = version
    bytes[1] = type
    bytes[2] = UInt8(truncatingIfNeeded: requestID >> 8)
    bytes[3] = UInt8(truncatingIfNeeded: requestID)
    bytes[4] = UInt8(truncatingIfNeeded: contentLength >> 8)
    bytes[5] = UInt8(truncatingIfNeeded: contentLength)
    bytes[6] = UInt8(truncatingIfNeeded: paddingLength)
    bytes[7] = 0
  }
}

/// A record that the server sends by itself, without the application and without libfcgi.
enum Reply: Equatable {
  /// FCGI_END_REQUEST (section 5.5).
  case endRequest(UInt16, ProtocolStatus)
  /// FCGI_UNKNOWN_TYPE (section 4.2).
  case unknownType(UInt8)
  /// FCGI_GET_VALUES_RESULT (section 4.1) with those variables that were asked for.
  case values(Variables)

  struct Variables: OptionSet {
    let rawValue: UInt8
    static let mostConnections = Variables(rawValue: 1)
    static let mostRequests = Variables(rawValue: 2)
    static let multiplexes = Variables(rawValue: 4)
  }

  /// The whole record.
  /// - Parameter mostConnections: what FCGI_MAX_CONNS and FCGI_MAX_REQS are; they are equal where nothing is
  ///   multiplexed.
  func bytes(mostConnections: Int) -> [UInt8] {
    switch self {
    case .endRequest(let id, let status):
      return Reply.record(RecordType.endRequest, id, [0, 0, 0, 0, status.rawValue, 0, 0, 0])
    case .unknownType(let type):
      return Reply.record(RecordType.unknownType, 0, [type, 0, 0, 0, 0, 0, 0, 0])
    case .values(let variables):
      var content: [UInt8] = []
      for (variable, name, value) in [
        (Variables.mostConnections, "FCGI_MAX_CONNS", String(mostConnections)),
        (.mostRequests, "FCGI_MAX_REQS", String(mostConnections)),
        (.multiplexes, "FCGI_MPXS_CONNS", "0"),
      ] where variables.contains(variable) {
        content += [UInt8(name.utf8.count), UInt8(value.utf8.count)] + name.utf8 + value.utf8
      }
      return Reply.record(RecordType.getValuesResult, 0, content)
    }
  }

  private static func record(_ type: UInt8, _ id: UInt16, _ content: [UInt8]) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: RecordHeader.size)
    header.withUnsafeMutableBufferPointer {
      RecordHeader(type: type, requestID: id, contentLength: content.count).write(at: $0.baseAddress!)
    }
    return header + content
  }
}

/// Name-value pairs (section 3.4).
enum Pairs {
  /// Calls `body` with the bounds of each name and value, as long as it returns true. False when the lengths do not
  /// fill `bytes` exactly: nothing else may read them then.
  @inline(__always)
  static func forEach(
    in bytes: UnsafeBufferPointer<UInt8>, _ body: (_ name: Range<Int>, _ value: Range<Int>) -> Void
  ) -> Bool {
    var position = 0
    while position < bytes.count {
      guard let nameLength = length(in: bytes, at: &position), let valueLength = length(in: bytes, at: &position),
        nameLength <= bytes.count - position, valueLength <= bytes.count - position - nameLength
      else { return false }
      let middle = position + nameLength
      body(position..<middle, middle..<middle + valueLength)
      position = middle + valueLength
    }
    return true
  }

  /// One byte, or four with the highest bit set; `nil` at the end of the bytes.
  @inline(__always)
  private static func length(in bytes: UnsafeBufferPointer<UInt8>, at position: inout Int) -> Int? {
    guard position < bytes.count else { return nil }
    let first = Int(bytes[position])
    if first < 0x80 {
      position += 1
      return first
    }
    guard bytes.count - position >= 4 else { return nil }
    defer { position += 4 }
    return (first & 0x7F) << 24 | Int(bytes[position + 1]) << 16 | Int(bytes[position + 2]) << 8
      | Int(bytes[position + 3])
  }
}
