import CLinux
import HTTP

/// One connection of a web server: what is on its way in, what on its way out, and what it waits for. It belongs to
/// one reactor, whose thread alone touches it.
final class Connection {
  enum Activity {
    /// Idle, or a request is arriving.
    case receiving
    /// A worker has the request.
    case working
    /// The answer is there; its time is not.
    case holding(Response)
    case streaming(ResponseStream)
    /// All is said; what the peer still sends is thrown away, because a close would reset the connection under it.
    case lingering
  }

  enum InputState {
    /// The bytes in `input` have not been looked at.
    case unread
    /// They are the beginning of a record.
    case partial
    /// They are a next request, which has to wait.
    case waiting
  }

  let descriptor: Int32
  var ticket: Ticket
  var isOpen = true

  /// Unchecked: one thread, and nothing that it is handed calls back.
  @exclusivity(unchecked) var intake = Intake()
  /// Bytes received and not used.
  var input: Buffer?
  var inputState = InputState.unread
  /// How long the record at the start of `input` will be.
  var recordLength = 0
  /// The socket may have bytes that have not been read.
  var socketHasMore = true
  /// The peer has shut its side down; and that has been read.
  var peerHasShut = false
  var inputHasEnded = false

  /// Bytes of answers that the socket has not taken.
  var output: Buffer?
  var closesWhenSent = false

  var activity = Activity.receiving
  /// The peer of the request that is worked on.
  var peer: Request.Peer?

  /// The epoll events that are asked for. Each is told once (EPOLLET): a connection that has been read costs epoll
  /// nothing until more comes, and none of them is ever told of what it does not want to read yet.
  static let reads = EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
  var interest = Connection.reads
  /// When the reactor must look at it; and the earliest note of that in `Deadlines`.
  var deadline = Nanoseconds.max
  var noted = Nanoseconds.max
  /// When the current request's first byte came.
  var arrival: Nanoseconds = 0
  /// When the last byte came or went.
  var progress: Nanoseconds = 0

  init(descriptor: Int32, ticket: Ticket) {
    self.descriptor = descriptor
    self.ticket = ticket
  }

  /// Nothing of a request is here, nor of an answer.
  var isIdle: Bool {
    guard case .receiving = activity else { return false }
    return intake.framing.phase == .idle && input == nil && output == nil
  }
}

/// The connections of one reactor by slot. A ticket of a connection that has gone finds nothing.
struct ConnectionTable {
  private struct Slot {
    var connection: Connection?
    var generation: UInt32 = 0
  }

  private var slots: [Slot] = []
  private var free: [UInt32] = []
  private(set) var count = 0

  /// Every open connection.
  var all: [Connection] { slots.compactMap(\.connection) }

  mutating func insert(descriptor: Int32) -> Connection {
    let slot = free.popLast() ?? UInt32(slots.count)
    if slot == slots.count { slots.append(Slot()) }
    let connection = Connection(
      descriptor: descriptor, ticket: Ticket(slot: slot, generation: slots[Int(slot)].generation))
    slots[Int(slot)].connection = connection
    count += 1
    return connection
  }

  mutating func remove(_ connection: Connection) {
    let slot = Int(connection.ticket.slot)
    slots[slot].connection = nil
    slots[slot].generation &+= 1
    free.append(connection.ticket.slot)
    count -= 1
  }

  @inline(__always)
  func find(slot: UInt32, generation: UInt32) -> Connection? {
    guard slot < slots.count, slots[Int(slot)].generation == generation else { return nil }
    return slots[Int(slot)].connection
  }

  /// The connection, if its request is still the ticket's.
  func find(_ ticket: Ticket) -> Connection? {
    let found = find(slot: ticket.slot, generation: ticket.generation)
    return found?.ticket.request == ticket.request ? found : nil
  }
}
