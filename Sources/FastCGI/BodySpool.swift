import CLinux
import Glibc
import HTTP

/// A body as it arrives: in memory, and in a temporary file beyond a limit.
struct BodySpool {
  private var memory: [UInt8] = []
  private var file: Descriptor?
  private(set) var count = 0
  /// errno of the temporary file, when it could not be had or written.
  private(set) var failure: Int32?

  /// Bytes held in memory.
  var inMemory: Int { memory.count }

  /// Room for `length` more bytes, which `body` fills; the spool keeps them when it says true.
  mutating func append(
    _ length: Int, memoryLimit: Int, folder: String, _ body: (UnsafeMutableBufferPointer<UInt8>) -> Bool
  ) -> Bool {
    if file == nil, count + length > memoryLimit { moveToFile(folder) }
    guard file != nil else {
      let start = memory.count
      memory.append(contentsOf: repeatElement(0, count: length))
      let isFilled = memory.withUnsafeMutableBufferPointer { body(UnsafeMutableBufferPointer(rebasing: $0[start...])) }
      count += length
      return isFilled
    }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: length) { bytes in
      guard body(bytes) else { return false }
      write(UnsafeBufferPointer(bytes))
      count += length
      return true
    }
  }

  /// The body; the file stands at its beginning.
  func finish() -> Request.Body {
    guard let file else { return .memory(memory) }
    lseek(file.number, 0, SEEK_SET)
    return .file(TemporaryFile(descriptor: file.number, size: count) { _ in _ = file })
  }

  private mutating func moveToFile(_ folder: String) {
    let descriptor = postern_open_nameless_file(folder)
    if descriptor < 0 { failure = errno }
    file = Descriptor(descriptor)
    memory.withUnsafeBufferPointer { write($0) }
    memory = []
  }

  private mutating func write(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard failure == nil, let file else { return }
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = Glibc.write(file.number, UnsafeBufferPointer(rebasing: rest).baseAddress, rest.count)
      if written < 0, errno == EINTR { continue }
      guard written > 0 else {
        failure = errno
        return
      }
      rest = rest.dropFirst(written)
    }
  }
}
