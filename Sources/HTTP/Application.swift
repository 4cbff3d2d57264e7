/// What the FastCGI server serves. `API` implements it; the server knows nothing of routes.
package protocol Application: Sendable {
  /// Called on a reactor, with the request complete: must not block, not on a disk, a network, a hash, nor a lock that
  /// one of those holds. Either the answer, or the lane in which a worker makes it.
  func begin(_ request: Request) -> Beginning

  /// Called on a worker thread of the lane that `begin` named; may block until the request's deadline.
  func perform(_ request: Request) -> Response

  /// Called on a reactor once the parameters are complete: how many bytes of body this request may bring.
  func bodyLimit(for parameters: Parameters) -> Int

  /// Called on a reactor: the answer to a request that the server will not hand over, and why.
  func refuse(_ refusal: Refusal, _ parameters: Parameters) -> Response
}

package enum Beginning: Sendable {
  case answer(Response)
  case work(Lane)
}

/// What a worker is needed for; each lane has its own threads and its own bounded queue.
package enum Lane: Sendable, CaseIterable {
  /// What only reads from the database, and what only takes long: it waits for no write, neither for the disk nor for a
  /// lock of another program. But for two, that come once: a refresh token that is used again ends its session, and the
  /// first assertion makes a key.
  case reading
  /// What writes to the database, and files.
  case storage
  /// Password hashing: as many at once as memory is set aside for, at a lower scheduling priority.
  case hashing
  /// Pictures that people bring: each takes a process of its own, and half a gigabyte at worst.
  case pictures
}

/// Why the server itself turns a request away; the connection stays usable.
package enum Refusal: Sendable {
  /// More than `bodyLimit` bytes: 413.
  case bodyTooLarge
  /// More than 64 KiB of parameters: 431.
  case parametersTooLarge
  /// The lane's queue is full or its oldest entry has waited too long: 503 with `Retry-After`.
  case overloaded
}
