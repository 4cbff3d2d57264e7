import COpenSSL
package import Postern

/// Seals with AES-256-GCM (NIST SP 800-38D) under a derived key for each purpose: a random nonce, the encrypted content
/// and the tag, in Base64 for addresses (RFC 4648, section 5).
package struct AESSeal: Sealer {
  private static let nonceLength = 12
  private static let tagLength = 16
  /// No text that is longer is looked at.
  private static let longest = 4_096

  private let keys: [SealPurpose: [UInt8]]
  private let random: any RandomSource

  package init(secretKey: [UInt8], random: any RandomSource) {
    self.random = random
    keys = Dictionary(
      uniqueKeysWithValues: SealPurpose.allCases.map { purpose in
        (purpose, DerivedKey(from: secretKey, for: DerivedKey.Purpose(purpose)).bytes)
      })
  }

  package func seal(_ content: [UInt8], for purpose: SealPurpose, context: [UInt8]) -> String {
    let nonce = random.bytes(AESSeal.nonceLength)
    var sealed = [UInt8](repeating: 0, count: content.count)
    var tag = [UInt8](repeating: 0, count: AESSeal.tagLength)
    let isDone = COpenSSL_AES_256_GCM_seal(
      keys[purpose]!, nonce, nonce.count, context, context.count, content, content.count, &sealed, &tag, tag.count)
    guard isDone == 1 else { fatalError("OpenSSL's AES-256-GCM failed (error \(ERR_get_error()))") }
    return Base64.url.encode(nonce + sealed + tag)
  }

  package func open(_ text: String, for purpose: SealPurpose, context: [UInt8]) -> [UInt8]? {
    guard text.utf8.count <= AESSeal.longest, let bytes = Base64.url.decode(text),
      bytes.count >= AESSeal.nonceLength + AESSeal.tagLength
    else { return nil }
    let nonce = Array(bytes.prefix(AESSeal.nonceLength))
    let sealed = Array(bytes.dropFirst(AESSeal.nonceLength).dropLast(AESSeal.tagLength))
    var tag = Array(bytes.suffix(AESSeal.tagLength))
    var content = [UInt8](repeating: 0, count: sealed.count)
    let isGenuine = COpenSSL_AES_256_GCM_open(
      keys[purpose]!, nonce, nonce.count, context, context.count, sealed, sealed.count, &content, &tag, tag.count)
    // What a forgery leaves in the thread's queue of errors is nobody else's.
    guard isGenuine == 1 else {
      ERR_clear_error()
      return nil
    }
    return content
  }
}

extension DerivedKey.Purpose {
  fileprivate init(_ purpose: SealPurpose) {
    self =
      switch purpose {
      case .signInTicket: .signInTicket
      case .totpSecret: .totpSecret
      case .passkeyChallenge: .passkeyChallenge
      case .trustedBrowser: .trustedBrowser
      }
  }
}
