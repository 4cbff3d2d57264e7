import COpenSSL

package enum OpenSSL {
  /// Starts it without its tables of error texts and names, which nobody reads and which would stay in memory. To be
  /// called before anything else here is used; whoever does not, has the tables.
  package static func start() {
    let unread = OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_NO_ADD_ALL_DIGESTS
    OPENSSL_init_crypto(UInt64(unread), nil)
  }

  /// Names the digests of certificates' signatures, which are looked up in one of those tables: without it no
  /// certificate is taken. To be called before TLS is spoken.
  package static func prepareForTLS() {
    for digest in [EVP_sha1(), EVP_sha224(), EVP_sha256(), EVP_sha384(), EVP_sha512()] { EVP_add_digest(digest) }
  }
}
