import HTTP
import Postern

/// The audit log, as far as it is about whoever asks.
enum AuditHandlers {
  static func own(_ context: Context) throws -> Response {
    let (_, entries) = try page(context)
    return Response(
      status: 200, json: ["count": .integer(Int64(entries.count)), "logs": .array(entries.map { JSON($0) })])
  }

  /// The same in sentences.
  static func ownActivity(_ context: Context) throws -> Response {
    let (account, entries) = try page(context)
    return Response(
      status: 200,
      json: [
        "activities": .array(entries.map { JSON(activity: $0, of: account) }),
        "count": .integer(Int64(entries.count)),
      ])
  }

  /// The part of one's own log that the query asks for.
  private static func page(_ context: Context) throws -> (AccountID, [AuditEntry]) {
    let account = try context.signedIn().claims.account
    let query = context.request.query
    let limit = try number("limit", in: query, 1...100, standard: 50)
    let offset = try number("offset", in: query, 0...1_000_000, standard: 0)
    return (account, try context.services.audit.list(of: account, limit: limit, offset: offset))
  }

  /// A number of the query. Throws what it must be where it is anything else, or came twice.
  private static func number(
    _ name: String, in query: FormFields, _ range: ClosedRange<Int>, standard: Int
  ) throws -> Int {
    if query.all(name).isEmpty { return standard }
    guard let text = query[name], text.utf8.count <= 10, let number = Int(text), range.contains(number) else {
      throw AuthError.invalid([
        FieldProblem(name, "\(name) must be a number from \(range.lowerBound) to \(range.upperBound)")
      ])
    }
    return number
  }
}

extension JSON {
  /// An entry as front ends know it; of several tenants there are none.
  init(_ entry: AuditEntry) {
    let event = entry.event
    self = [
      "action": .string(event.action.rawValue),
      "actor_user_id": event.initiator.account.map { .integer($0.value) } ?? .null,
      "error_message": JSON(event.failure), "id": .integer(entry.id),
      "ip_address": JSON(event.initiator.client?.address),
      "metadata": (try? JSON(parsing: Array(event.details.json.utf8))) ?? .null,
      "session_id": JSON(event.session?.description), "success": .bool(event.failure == nil),
      "target_user_id": event.target.map { .integer($0.value) } ?? .null, "tenant_id": .null,
      "timestamp": .string(entry.at.iso8601), "user_agent": JSON(event.initiator.client?.userAgent),
    ]
  }

  fileprivate init(activity entry: AuditEntry, of account: AccountID) {
    self = [
      "activity": .string(entry.sentence(for: account)), "created_at": .string(entry.at.iso8601),
      "id": .integer(entry.id), "ip_address": JSON(entry.event.initiator.client?.address),
      "timestamp": .string(entry.at.iso8601), "user_agent": JSON(entry.event.initiator.client?.userAgent),
      "user_id": .integer(account.value),
    ]
  }
}
