/// The parameters of one request on their way to libfcgi: contents of FCGI_PARAMS records, one behind the other, with
/// headers of our own around them, so that no byte of a peer's header gets further than `Framing`.
struct ParameterBlock {
  /// FCGI_BEGIN_REQUEST, the end of the parameters, the end of the body.
  static let emptyLength = 4 * RecordHeader.size
  /// FCGI_BEGIN_REQUEST and the first FCGI_PARAMS header.
  private static let frontLength = 3 * RecordHeader.size

  let buffer: Buffer
  var contentLength: Int { buffer.count - ParameterBlock.frontLength }

  init(_ buffer: Buffer) {
    self.buffer = buffer
    buffer.removeAll()
    buffer.reserve(ParameterBlock.frontLength)
    buffer.extend(by: ParameterBlock.frontLength)
  }

  /// The same parameters in a buffer of their own size.
  init(parking block: ParameterBlock) { buffer = Buffer(copying: block.buffer.bytes) }

  func append(_ content: UnsafeBufferPointer<UInt8>) { buffer.append(content) }

  var content: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: buffer.bytes[ParameterBlock.frontLength...]) }

  /// Puts the headers around the contents. Only once.
  func seal(id: UInt16) {
    let total = contentLength
    buffer.reserve((2 + total / RecordHeader.longestContent) * RecordHeader.size)
    ParameterBlock.writeBegin(id: id, at: buffer.start)
    var (position, left) = (2 * RecordHeader.size, total)
    repeat {
      let length = min(left, RecordHeader.longestContent)
      RecordHeader(type: RecordType.parameters, requestID: id, contentLength: length).write(at: buffer.start + position)
      (position, left) = (position + RecordHeader.size + length, left - length)
      // Almost always one record holds all; where it does not, the rest moves on to make room for another header.
      if left > 0 { buffer.insert(RecordHeader.size, at: position) }
    } while left > 0
    if total > 0 { end(RecordType.parameters, id) }
    end(RecordType.standardInput, id)
  }

  private func end(_ type: UInt8, _ id: UInt16) {
    buffer.reserve(RecordHeader.size)
    RecordHeader(type: type, requestID: id, contentLength: 0).write(at: buffer.start + buffer.count)
    buffer.extend(by: RecordHeader.size)
  }

  /// Writes a request without parameters and body; `emptyLength` bytes must be there.
  static func writeEmpty(id: UInt16, at bytes: UnsafeMutablePointer<UInt8>) {
    writeBegin(id: id, at: bytes)
    RecordHeader(type: RecordType.parameters, requestID: id, contentLength: 0).write(at: bytes + 16)
    RecordHeader(type: RecordType.standardInput, requestID: id, contentLength: 0).write(at: bytes + 24)
  }

  /// FCGI_BEGIN_REQUEST for a responder that keeps its connection: the role is known here, and closing is not
  /// libfcgi's affair.
  private static func writeBegin(id: UInt16, at bytes: UnsafeMutablePointer<UInt8>) {
    RecordHeader(type: RecordType.beginRequest, requestID: id, contentLength: 8).write(at: bytes)
    let body = bytes + RecordHeader.size
    body.update(repeating: 0, count: 8)
    (body[1], body[2]) = (1, 1)
  }
}
