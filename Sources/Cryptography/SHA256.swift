import COpenSSL

/// SHA-256 (FIPS 180-4).
package enum SHA256 {
  /// 32 bytes.
  package static func digest(of bytes: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 32) { digest, initialized in
      guard EVP_Q_digest(nil, "SHA256", nil, bytes, bytes.count, digest.baseAddress, nil) == 1 else {
        fatalError("OpenSSL has no SHA-256 (EVP_Q_digest, error \(ERR_get_error()))")
      }
      initialized = 32
    }
  }
}
