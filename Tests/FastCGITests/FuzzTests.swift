import Glibc
import HTTP
import Testing

@testable import FastCGI

/// What comes over a connection is taken to be hostile; these are meant to run under the sanitizers, too, with
/// POSTERN_FUZZ_ROUNDS set to the number of records. A failure repeats with its seed.
@Suite struct FuzzTests {
  static let rounds = getenv("POSTERN_FUZZ_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 100_000

  @Test func spoiltRecordsNeitherCrashNorConfuse() {
    var means = Intake.Means(limits: ServerLimits(), application: Echo(limit: 500), codec: Codec(answerLimit: 1 << 16))
    var (done, seed, requests) = (0, UInt64(1), 0)
    while done < FuzzTests.rounds {
      var mutations = Mutations(seed: seed)
      let (bytes, count) = mutations.records()
      done += count
      var intake = Intake()
      requests += feed(bytes, &intake, &means, seed: seed)
      intake.finish(&means)
      if seed % 64 == 0 {
        var fresh = Intake()
        #expect(feed(Sent.request(), &fresh, &means, seed: seed) == 1, "libfcgi has suffered from seed \(seed)")
        fresh.finish(&means)
      }
      seed += 1
    }
    // Otherwise the records would be spoilt too much to get anywhere.
    #expect(requests > FuzzTests.rounds / 100)
  }

  /// Takes all records in and answers every request. Returns how many there were.
  private func feed(_ bytes: [UInt8], _ intake: inout Intake, _ means: inout Intake.Means, seed: UInt64) -> Int {
    var requests = 0
    bytes.withUnsafeBufferPointer { all in
      var used = 0
      while used < all.count {
        let before = used
        switch intake.take(UnsafeBufferPointer(rebasing: all[used...]), consumed: &used, &means) {
        case .incomplete(let length):
          if length <= all.count - used { Issue.record("not incomplete, seed \(seed)") }
          return
        case .waiting, .malformed: return
        case .request:
          requests += 1
          answer(&intake, means.codec, seed: seed)
          intake.finish(&means)
        case .progress, .reply, .aborted: break
        }
        if used <= before {
          Issue.record("no progress, seed \(seed)")
          return
        }
      }
    }
    return requests
  }

  private func answer(_ intake: inout Intake, _ codec: Codec, seed: UInt64) {
    guard intake.refusal == nil else { return }
    if intake.parameters == nil {
      guard let block = intake.block, codec.open(block.buffer.bytes) else {
        Issue.record("libfcgi refuses what framing took, seed \(seed)")
        return
      }
      var parameters = Parameters()
      // False for a NUL, which a flipped bit can make.
      guard codec.readParameters(into: &parameters) == intake.expectedLength else { return codec.abandon() }
    } else {
      codec.open(id: intake.framing.requestID)
    }
    codec.writeHead(Response(status: 204))
    if codec.close()?.count ?? 0 < 40 { Issue.record("no answer, seed \(seed)") }
  }

  @Test func spoiltConnectionsDisturbNobody() throws {
    let serving = try Serving()
    let bystander = try serving.connect()
    for seed in 1...2000 as ClosedRange<UInt64> {
      var mutations = Mutations(seed: seed &* 7919)
      let client = try serving.connect()
      _ = client.sendWithoutWaiting(mutations.records().bytes)
      if seed % 3 == 0 { client.shutDown() }
      if seed % 100 == 0 { #expect(try bystander.ask(Sent.request())?.status == 200, "seed \(seed)") }
    }
    try serving.servesOthers()
  }
}
