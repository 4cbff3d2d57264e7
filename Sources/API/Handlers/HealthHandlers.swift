import HTTP
import Postern

/// For whoever watches over the process.
enum HealthHandlers {
  /// The process answers.
  static func alive(_ context: Context) -> Response { Response(status: 200, json: ["status": "ok"]) }

  /// The storage was asked within the last second, and answered.
  static func ready(_ context: Context) -> Response {
    context.services.revocations.isFresh(at: context.request.arrival)
      ? Response(status: 200, json: ["status": "ready"])
      : Response(status: 503, json: ["status": "storage does not answer"])
  }
}
