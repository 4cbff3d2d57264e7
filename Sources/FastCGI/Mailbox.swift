import CLinux
import Glibc
import HTTP
import Synchronization

/// Names one connection of one reactor for as long as it is open, and one request on it.
struct Ticket: Sendable, Equatable {
  var slot: UInt32
  /// Raised whenever the slot is used again.
  var generation: UInt32
  /// Raised with every request of the connection.
  var request: UInt32 = 0
}

/// What other threads have for a reactor, which alone touches its connections. An eventfd wakes it.
final class Mailbox: Sendable {
  enum Message: Sendable {
    /// A worker's answer.
    case answer(Ticket, Response)
    /// The request waited for a worker until its deadline had passed.
    case expired(Ticket)
    /// The stream has something to take.
    case stream(Ticket)
    /// A connection that another reactor accepted and this one is to serve.
    case adopt(Int32)
    /// A listening socket is a fresh one.
    case listen
    /// Stop: nothing new, and an end by that time.
    case stop(Nanoseconds)
  }

  private let messages = Mutex<[Message]>([])
  let event: Descriptor

  init() throws(ServerError) {
    let number = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    guard number >= 0 else { throw .system("eventfd", errno) }
    event = Descriptor(number)
  }

  /// Any thread.
  func post(_ message: Message) {
    let isFirst = messages.withLock { messages in
      messages.append(message)
      return messages.count == 1
    }
    guard isFirst else { return }
    var one: UInt64 = 1
    _ = write(event.number, &one, 8)
  }

  /// The reactor's side: everything that has come, in order.
  func take() -> [Message] {
    var count: UInt64 = 0
    _ = read(event.number, &count, 8)
    return messages.withLock { messages in
      defer { messages = [] }
      return messages
    }
  }
}
