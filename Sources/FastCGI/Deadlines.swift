/// When connections have to be looked at, earliest first. An entry is a note, not the deadline itself: a connection
/// keeps its own, so that moving it, or dropping it, is a store and no more.
struct Deadlines {
  struct Entry {
    let time: Nanoseconds
    let ticket: Ticket
  }

  private var heap: [Entry] = []

  var count: Int { heap.count }
  var earliest: Nanoseconds? { heap.first?.time }

  mutating func insert(_ entry: Entry) {
    var child = heap.count
    heap.append(entry)
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].time < heap[parent].time else { break }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  /// Takes out one entry that is due at `now`.
  mutating func popDue(_ now: Nanoseconds) -> Entry? {
    guard let first = heap.first, first.time <= now else { return nil }
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].time < heap[least].time {
        least = child
      }
      guard least != parent else { break }
      heap.swapAt(parent, least)
      parent = least
    }
    return first
  }
}
